using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>
/// Reads where a volume begins on its disk. BitLocker decrypts at the volume (Microsoft Learn, "BitLocker Filter Driver"): an unlocked
/// one shows there as if it were not encrypted, and on its disk as it is stored.
/// </summary>
internal static class DiskSector
{
    private const int AccessDenied = 5;
    private const int MoreData = 234;
    private const uint GenericRead = 0x8000_0000;
    private const int ShareReadWrite = 3;
    private const int OpenExisting = 3;

    // winioctl.h: IOCTL_VOLUME_GET_VOLUME_DISK_EXTENTS, VOLUME_DISK_EXTENTS, DISK_EXTENT.
    private const uint GetDiskExtents = 0x0056_0000;
    private const int DiskNumberOffset = 8;
    private const int StartOffset = 16;
    private const int ExtentsSize = 32;

    /// <summary>A whole sector, whether sectors have 512 or 4096 bytes (Microsoft Learn, "CreateFile", "Physical Disks and Volumes").</summary>
    private const int SectorSize = 4096;

    /// <summary>The first bytes of a volume as they are on its disk.</summary>
    /// <param name="volume">Its drive, such as <c>C:</c>.</param>
    /// <exception cref="EvidenceUnavailableException">They can't be read; administrators may read them.</exception>
    public static byte[] ReadFirst(string volume)
    {
        byte[] extents = new byte[ExtentsSize];
        using SafeFileHandle handle = Open(volume, access: 0);
        if (!DeviceIoControl(handle, GetDiskExtents, IntPtr.Zero, 0, extents, extents.Length, out _, IntPtr.Zero))
        {
            int error = Marshal.GetLastWin32Error();
            throw error == MoreData ? new EvidenceUnavailableException($"{volume} lies on several disks.") : Unavailable(volume, error);
        }

        return Read(BitConverter.ToInt32(extents, DiskNumberOffset), BitConverter.ToInt64(extents, StartOffset));
    }

    /// <summary>A disk's bytes.</summary>
    /// <param name="disk">Its number.</param>
    /// <param name="offset">Where a sector begins.</param>
    /// <exception cref="EvidenceUnavailableException">They can't be read; administrators may read them.</exception>
    public static byte[] Read(int disk, long offset)
    {
        string name = FormattableString.Invariant($"PhysicalDrive{disk}");
        byte[] sector = new byte[SectorSize];
        using SafeFileHandle handle = Open(name, GenericRead);
        if (!SetFilePointerEx(handle, offset, IntPtr.Zero, 0) || !ReadFile(handle, sector, sector.Length, out int length, IntPtr.Zero))
        {
            throw Unavailable(name, Marshal.GetLastWin32Error());
        }

        return length == sector.Length ? sector : throw new EvidenceUnavailableException($"{name} ends before the volume that begins there.");
    }

    private static SafeFileHandle Open(string device, uint access)
    {
        SafeFileHandle handle = CreateFile($@"\\.\{device}", access, ShareReadWrite, IntPtr.Zero, OpenExisting, 0, IntPtr.Zero);
        if (!handle.IsInvalid)
        {
            return handle;
        }

        int error = Marshal.GetLastWin32Error();
        handle.Dispose();
        throw Unavailable(device, error);
    }

    private static EvidenceUnavailableException Unavailable(string device, int error) => new(error == AccessDenied
        ? $"What is stored on {device} may not be read: run this as an administrator."
        : $"What is stored on {device} can't be read: {new Win32Exception(error).Message}");

    [DllImport("kernel32.dll", EntryPoint = "CreateFileW", CharSet = CharSet.Unicode, ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern SafeFileHandle CreateFile(string name, uint access, int share, IntPtr security, int disposition, int flags, IntPtr template);

    [DllImport("kernel32.dll", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool DeviceIoControl(SafeFileHandle device, uint code, IntPtr input, int inputLength, byte[] output, int outputLength, out int length, IntPtr overlapped);

    [DllImport("kernel32.dll", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool SetFilePointerEx(SafeFileHandle file, long distance, IntPtr position, int from);

    [DllImport("kernel32.dll", ExactSpelling = true, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static extern bool ReadFile(SafeFileHandle file, byte[] buffer, int count, out int length, IntPtr overlapped);
}
