using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>Which virtual machines can start from a disk (Microsoft Learn, "Support for Generation 2 VMs on Azure").</summary>
internal static class BootCheck
{
    // UEFI 2.10, 3.5.1.1: what firmware starts from a disk that nothing else is known of.
    private static readonly string[] Loaders = [@"\EFI\Boot\bootx64.efi", @"\EFI\Boot\bootaa64.efi"];

    public static VmGenerations FindGenerations(PartitionTable table, IReadOnlyList<DiskVolume> volumes, List<string> problems)
    {
        bool isV1 = table.HasActivePartition || table.Partitions.Any(static partition => partition.TypeId == PartitionTypes.BiosBoot);
        bool isV2 = volumes.Any(volume => volume.Partition?.TypeId == PartitionTypes.EfiSystem && HasLoader(volume, problems));
        return (isV1 ? VmGenerations.V1 : VmGenerations.None) | (isV2 ? VmGenerations.V2 : VmGenerations.None);
    }

    private static bool HasLoader(DiskVolume volume, List<string> problems)
    {
        try
        {
            return volume.FileSystem is { } fileSystem && Loaders.Any(path => fileSystem.GetEntry(path) is { IsDirectory: false });
        }
        catch (DiskFormatException exception)
        {
            problems.Add(exception.Message);
            return false;
        }
    }
}
