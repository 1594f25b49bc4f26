using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AzImageTools.Disks.Items;

/// <summary>
/// A folder that stays the one that was opened, whatever is put in its place meanwhile. On Linux, files in it are reached through
/// the open folder itself (proc(5), /proc/PID/fd); on Windows, it can't be renamed or removed as long as it is open. Where neither
/// holds (macOS), it is reached by its path.
/// </summary>
internal sealed class PinnedFolder : IDisposable
{
    private readonly SafeFileHandle? _handle;

    private PinnedFolder(string path, SafeFileHandle? handle)
    {
        Path = path;
        _handle = handle;
    }

    /// <summary>The path to reach it by as long as it is open.</summary>
    public string Path { get; }

    public void Dispose() => _handle?.Dispose();

    /// <summary>Opens a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="followsLinks">Whether a link is taken for the folder that it leads to.</param>
    /// <returns>The folder; null where it is a link that is not followed, or has become no folder.</returns>
    /// <exception cref="IOException">It can't be opened.</exception>
    public static PinnedFolder? Open(string path, bool followsLinks)
#if NET
        => OperatingSystem.IsWindows() ? OpenOnWindows(path, followsLinks)
            : OperatingSystem.IsLinux() ? OpenOnLinux(path, followsLinks)
            : followsLinks || new DirectoryInfo(path).LinkTarget is null ? new PinnedFolder(path, handle: null)
            : null;

    private const int OpenDirectoryOnX64 = 0x10000;
    private const int OpenNoFollowOnX64 = 0x20000;
    private const int OpenDirectoryOnArm = 0x4000;
    private const int OpenNoFollowOnArm = 0x8000;
    private const int OpenCloseOnExec = 0x80000;
    private const int NotADirectory = 20;
    private const int TooManyLinks = 40;

    private static PinnedFolder? OpenOnLinux(string path, bool followsLinks)
    {
        bool isArm = RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Arm64;
        int flags = OpenCloseOnExec | (isArm ? OpenDirectoryOnArm : OpenDirectoryOnX64);
        flags |= followsLinks ? 0 : isArm ? OpenNoFollowOnArm : OpenNoFollowOnX64;
        SafeFileHandle handle = OpenFolder(path, flags);
        if (!handle.IsInvalid)
        {
            string place = FormattableString.Invariant($"/proc/self/fd/{handle.DangerousGetHandle()}");
            return new PinnedFolder(Directory.Exists(place) ? place : path, handle);
        }

        int error = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return error is NotADirectory or TooManyLinks ? null : throw new IOException($"The folder {path} can't be opened: {new Win32Exception(error).Message}.");
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern SafeFileHandle OpenFolder([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
#else
        => OpenOnWindows(path, followsLinks);
#endif

    private const uint ListDirectory = 1;
    private const uint OpenExisting = 3;
    private const uint BackupSemantics = 0x02000000;
    private const uint OpenReparsePoint = 0x00200000;

    private static PinnedFolder? OpenOnWindows(string path, bool followsLinks)
    {
        SafeFileHandle handle = CreateFile(path, ListDirectory, FileShare.ReadWrite, IntPtr.Zero, OpenExisting, BackupSemantics | (followsLinks ? 0 : OpenReparsePoint), IntPtr.Zero);
        if (handle.IsInvalid)
        {
            int error = Marshal.GetLastWin32Error();
            handle.Dispose();
            throw new IOException($"The folder {path} can't be opened: {new Win32Exception(error).Message}");
        }

        // Nothing can take its place any more: what its path says now is said of what is open.
        FileAttributes attributes = File.GetAttributes(path);
        if (attributes.HasFlag(FileAttributes.Directory) && (followsLinks || !attributes.HasFlag(FileAttributes.ReparsePoint)))
        {
            return new PinnedFolder(path, handle);
        }

        handle.Dispose();
        return null;
    }

    [DllImport("kernel32.dll", EntryPoint = "CreateFileW", CharSet = CharSet.Unicode, SetLastError = true)]
    private static extern SafeFileHandle CreateFile(string path, uint access, FileShare share, IntPtr security, uint disposition, uint flags, IntPtr template);
}
