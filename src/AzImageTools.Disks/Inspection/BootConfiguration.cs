using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>The boot configuration data of Windows: a hive that the boot manager reads, and a running Windows shows as HKLM\BCD00000000.</summary>
public static class BootConfiguration
{
    /// <summary>What a running Windows calls the hive below HKLM.</summary>
    public const string HiveName = "BCD00000000";

    /// <summary>The type of an EFI system partition (UEFI specification, "Defined GPT Partition Entry - Partition Type GUIDs").</summary>
    private static readonly Guid EfiSystem = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");

    // Where UEFI firmware and where a BIOS finds the boot manager.
    private static readonly string[] Paths = [@"EFI\Microsoft\Boot\BCD", @"Boot\BCD"];

    /// <summary>The file systems of a disk, those that firmware starts from first.</summary>
    /// <param name="volumes">The disk's volumes.</param>
    public static IReadOnlyList<IFileSystem> OrderVolumes(IEnumerable<DiskVolume> volumes)
        => [.. volumes
            .OrderByDescending(static volume => volume.Partition is { } partition && (partition.IsActive || partition.TypeId == EfiSystem))
            .Select(static volume => volume.FileSystem)
            .OfType<IFileSystem>()];

    /// <summary>Opens the boot configuration; null where no volume holds one.</summary>
    /// <param name="volumes">The volumes that may hold it, the likelier ones first; must stay readable as long as the hive is.</param>
    /// <exception cref="DiskFormatException">The hive, or a file system on the way to it, is damaged.</exception>
    public static RegistryHive? Open(IReadOnlyList<IFileSystem> volumes)
        => FindAll(volumes).Select(static found => RegistryHive.TryOpen(found.Volume, found.Path)).FirstOrDefault(static hive => hive is not null);

    /// <summary>Where the boot configuration may lie, the likeliest place first.</summary>
    internal static IEnumerable<(IFileSystem Volume, string Path)> FindAll(IReadOnlyList<IFileSystem> volumes)
    {
        foreach (string path in Paths)
        {
            if (volumes.FirstOrDefault(volume => volume.GetEntry(path) is { IsDirectory: false }) is { } holder)
            {
                yield return (holder, path);
            }
        }
    }
}
