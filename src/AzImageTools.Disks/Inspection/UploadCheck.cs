using System.Globalization;
using AzImageTools.Disks.Partitions;

namespace AzImageTools.Disks.Inspection;

/// <summary>What keeps a disk from becoming an Azure disk, whatever is converted on the way.</summary>
internal static class UploadCheck
{
    /// <summary>What a capacity must be a multiple of, in bytes: Azure takes whole MiBs only. A smaller one is rounded up on the way.</summary>
    public const long Alignment = 1024 * 1024;

    // Microsoft Learn, "Upload a VHD to Azure": from 20 MiB to 32 TiB, of which a managed disk takes 32,767 GiB.
    private const long SmallestCapacity = 20L << 20;
    private const long LargestCapacity = 32767L << 30;

    public static List<string> FindBlockers(IByteSource disk, PartitionTable table)
    {
        List<string> blockers = [];
        if (disk.LogicalSectorSize != 512)
        {
            blockers.Add(Text($"Its logical sectors have {disk.LogicalSectorSize} bytes. A VHD's have 512, and the partition table counts in sectors: no guest would find its partitions."));
        }
        else if (table.SectorSize != disk.LogicalSectorSize)
        {
            blockers.Add(Text($"Its partition table counts in sectors of {table.SectorSize} bytes, a VHD's have 512: no guest would find its partitions."));
        }

        if (disk.Length <= SmallestCapacity - Alignment)
        {
            blockers.Add(Text($"Its capacity of {disk.Length} bytes is less than the 20 MiB ({SmallestCapacity} bytes) that Azure takes."));
        }
        else if (disk.Length > LargestCapacity)
        {
            blockers.Add(Text($"Its capacity of {disk.Length} bytes is more than the 32,767 GiB ({LargestCapacity} bytes) that Azure takes."));
        }

        return blockers;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
