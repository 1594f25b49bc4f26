namespace AzImageTools.Disks.Conversion;

/// <summary>Tells a volume that ran full from other failures to write.</summary>
internal static class DiskFull
{
    // Windows, "System Error Codes", as HRESULTs.
    private const int WindowsDiskFull = unchecked((int)0x8007_0070);
    private const int WindowsHandleDiskFull = unchecked((int)0x8007_0027);

    // errno(3): ENOSPC everywhere, EDQUOT on Linux and on macOS.
    private const int NoSpace = 28;
    private const int LinuxOverQuota = 122;
    private const int MacOverQuota = 69;

    public static bool IsCauseOf(Exception exception)
        => exception is IOException { HResult: WindowsDiskFull or WindowsHandleDiskFull or NoSpace or LinuxOverQuota or MacOverQuota };
}
