namespace AzImageTools.Disks.Partitions;

/// <summary>What holds of partitions in every kind of table.</summary>
internal static class PartitionChecks
{
    /// <summary>Tells of a partition that reaches beyond the disk or overlaps the one listed before it.</summary>
    public static void AddProblems(Partition partition, List<Partition> before, IByteSource disk, List<string> problems)
    {
        if (partition.Offset > disk.Length - partition.Length)
        {
            problems.Add($"Partition {partition.Number} of {partition.Length} bytes from byte {partition.Offset} on reaches beyond the disk's {disk.Length} bytes.");
        }

        if (before.Count > 0
            && before[before.Count - 1] is { } previous
            && partition.Offset < previous.Offset + previous.Length
            && previous.Offset < partition.Offset + partition.Length)
        {
            problems.Add($"Partitions {previous.Number} and {partition.Number} overlap.");
        }
    }
}
