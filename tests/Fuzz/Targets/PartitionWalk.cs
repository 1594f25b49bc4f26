using AzImageTools.Disks.Images;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Targets;

/// <summary>What can be done with a disk's partition table.</summary>
internal static class PartitionWalk
{
    public static bool Read(MutableImage image, FuzzRandom random, ReadWatch? watch = null)
    {
        // A table made on a disk with sectors of one size is met on disks with the other.
        ImageSource disk = new(image, random.OneIn(3) ? 4096 : 512, watch);
        bool isRead = false;
        DiskWalk.Attempt(() =>
        {
            PartitionTable table = PartitionTable.Read(disk);
            isRead = table.Partitions.Count > 0;
            _ = string.Concat(table.Problems);
            _ = string.Concat(table.Partitions.Select(static partition => partition.TypeName + partition.Name));
            foreach (DiskVolume volume in new OpenedImage(disk).Volumes)
            {
                DiskWalk.Attempt(() => volume.Content.Read(Math.Max(0, volume.Content.Length - 1), new byte[Math.Min(1, volume.Content.Length)]));
            }
        });
        DiskWalk.Attempt(() => _ = new OpenedImage(disk).FreeSpace.GetExtents(0, disk.Length).Count());
        return isRead;
    }
}
