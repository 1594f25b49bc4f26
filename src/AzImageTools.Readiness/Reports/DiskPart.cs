using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;

namespace AzImageTools.Readiness.Reports;

/// <summary>A stretch of a disk: a partition, or what lies between two.</summary>
/// <param name="Partition">The partition; null between two.</param>
/// <param name="Volume">The volume in it; null where none was recognised.</param>
/// <param name="Length">Its length in bytes.</param>
internal sealed record DiskPart(Partition? Partition, VolumeInfo? Volume, long Length)
{
    /// <summary>What is between partitions is told from this length on; less is alignment.</summary>
    private const long SmallestGap = 16L << 20;

    /// <summary>How much of the volume is used, from 0 to 1; null where it does not tell.</summary>
    public double? UsedShare => Volume is { FreeBytes: { } free, Capacity: > 0 } volume
        ? Math.Min(1, Math.Max(0, (volume.Capacity - free) / (double)volume.Capacity))
        : null;

    /// <summary>A disk's parts in their order.</summary>
    public static List<DiskPart> Split(DiskInfo disk)
    {
        List<DiskPart> parts = [];
        long end = 0;
        foreach (Partition partition in disk.Partitions.OrderBy(partition => partition.Offset))
        {
            if (partition.Offset - end >= SmallestGap)
            {
                parts.Add(new DiskPart(null, null, partition.Offset - end));
            }

            parts.Add(new DiskPart(partition, disk.Volumes.FirstOrDefault(volume => volume.PartitionNumber == partition.Number), Math.Max(0, partition.Length)));
            end = Math.Max(end, partition.Offset + partition.Length);
        }

        if (disk.Capacity - end >= SmallestGap || parts.Count == 0)
        {
            parts.Add(new DiskPart(null, null, disk.Capacity - end));
        }

        return parts;
    }
}
