#if NET
using System.Runtime.InteropServices;

#endif
namespace AzImageTools.Disks;

/// <summary>
/// Looks at a file before it is opened. Opening a named pipe waits for who writes to it, a device may do anything when it is
/// opened, and a link beside a disk may have been put there by whoever wants another file read.
/// </summary>
public static class OrdinaryFile
{
    private const string IsALink = "is a link to another place, which is not followed";

#if NET
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint TypeMask = 1;
    private const int ModeOffset = 28;
#endif

    /// <summary>Why a path must not be opened as a file with content; null where it may be, or nothing is there.</summary>
    /// <param name="path">The path.</param>
    /// <param name="followsLinks">Whether a link is taken for what it leads to; where a file was found rather than named by the user, it is not.</param>
    /// <returns>A predicate for a sentence, such as "is a named pipe".</returns>
    public static string? FindHindrance(string path, bool followsLinks)
    {
        if (path is null)
        {
            throw new ArgumentNullException(nameof(path));
        }

#if NET
        if (OperatingSystem.IsLinux())
        {
            return Describe(ReadMode(path, followsLinks));
        }
#endif
        return !followsLinks && IsLink(path) ? IsALink : null;
    }

#if NET
    private static string? Describe(int? mode) => (mode & 0xF000) switch
    {
        0x1000 => "is a named pipe",
        0x2000 => "is a device without a length",
        0xA000 => IsALink,
        0xC000 => "is a socket",
        _ => null,
    };

    /// <summary>Asks for type and permissions (statx(2), whose answer is laid out alike on all processors); null where there is no answer.</summary>
    private static unsafe int? ReadMode(string path, bool followsLinks)
    {
        byte* answer = stackalloc byte[256];
        return StatX(CurrentFolder, path, followsLinks ? 0 : NoFollow, TypeMask, answer) == 0 ? *(ushort*)(answer + ModeOffset) : null;
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    [DllImport("libc", EntryPoint = "statx", BestFitMapping = false, ThrowOnUnmappableChar = true)]
    private static extern unsafe int StatX(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte* answer);
#else
    private static bool IsLink(string path) => new FileInfo(path) is { Exists: true } file && file.Attributes.HasFlag(FileAttributes.ReparsePoint);
#endif
}
