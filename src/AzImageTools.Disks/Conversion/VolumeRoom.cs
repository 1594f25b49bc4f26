namespace AzImageTools.Disks.Conversion;

/// <summary>What a volume still takes.</summary>
/// <param name="FreeBytes">How many bytes this user may still write there.</param>
/// <param name="KeepsHoles">Whether ranges of a file that were never written take no room.</param>
internal sealed record VolumeRoom(long FreeBytes, bool KeepsHoles)
{
    // Each as Windows and as Linux or macOS call it.
    private static readonly string[] WithoutHoles = ["FAT", "FAT32", "exFAT", "vfat", "msdos", "hfs"];

    /// <summary>Asks about the volume of a folder; null where the system does not tell, as of a share without a drive letter.</summary>
    public static VolumeRoom? Of(string folder)
    {
        DriveInfo drive;
        try
        {
            drive = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(folder) ?? folder : folder);
        }
        catch (ArgumentException)
        {
            return null;
        }

        return new VolumeRoom(drive.AvailableFreeSpace, !WithoutHoles.Contains(drive.DriveFormat, StringComparer.OrdinalIgnoreCase));
    }
}
