using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Partitions;

namespace AzImageTools.Disks.Inspection.Checking;

/// <summary>Checks a disk's partition table: the table itself, its backup, and its partitions against one another.</summary>
internal static class PartitionCheck
{
    private const string HeaderRule = "UEFI 2.10, 5.3.2";

    /// <param name="disk">The disk.</param>
    /// <param name="readTable">Reads its partition table.</param>
    /// <param name="log">Makes what is found.</param>
    /// <param name="isContainerDamaged">Whether errors of the container were told already: what can't be read is no other one then.</param>
    public static IReadOnlyList<DiskInconsistency> Run(VirtualDisk disk, Func<PartitionTable> readTable, CheckLog log, bool isContainerDamaged)
    {
        try
        {
            PartitionTable table = readTable();
            List<DiskInconsistency> found = [.. table.PlacedProblems.Select(problem => log.Error(problem.Structure, problem.Offset, problem.Text))];
            if (table.Style == PartitionStyle.Gpt)
            {
                CompareHeaders(disk, table, log, found);
            }

            return found;
        }
        catch (DiskFormatException exception)
        {
            return isContainerDamaged ? [] : [log.From(exception, "Partition table")];
        }
    }

    private static void CompareHeaders(VirtualDisk disk, PartitionTable table, CheckLog log, List<DiskInconsistency> found)
    {
        long sectorSize = table.SectorSize;
        GptHeader? primary = GptReader.TryReadHeader(disk, 1, table.SectorSize, out _);
        if (primary is not null
            && table.BackupOffset is { } backupOffset
            && GptReader.TryReadHeader(disk, backupOffset / sectorSize, table.SectorSize, out _) is { } backup
            && Describe(primary) != Describe(backup))
        {
            found.Add(log.Error(GptReader.BackupName, backupOffset, "The GUID partition table and its backup differ: one of them is out of date.", HeaderRule));
        }

        foreach (Partition partition in primary is null ? [] : table.Partitions)
        {
            if ((ulong)(partition.Offset / sectorSize) < primary!.FirstUsableLba || (ulong)((partition.Offset + partition.Length) / sectorSize) - 1 > primary.LastUsableLba)
            {
                found.Add(log.Error(
                    GptReader.HeaderName,
                    sectorSize,
                    $"Partition {partition.Number} does not lie between the sectors {primary.FirstUsableLba} and {primary.LastUsableLba} that partitions may use.",
                    HeaderRule));
            }
        }
    }

    /// <summary>What is the same in both headers: all but where they are.</summary>
    private static (Guid DiskId, ulong First, ulong Last, int Count, int Size, uint Checksum) Describe(GptHeader header)
        => (header.DiskId, header.FirstUsableLba, header.LastUsableLba, header.EntryCount, header.EntrySize, header.EntriesChecksum);
}
