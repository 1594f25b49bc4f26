namespace AzImageTools.Disks.Partitions;

/// <summary>What holds of partitions in every kind of table.</summary>
internal static class PartitionChecks
{
    public const string EntryName = "Partition entry";

    /// <summary>Tells of a partition that reaches beyond the disk or overlaps the one listed before it.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="place">Where on the disk its entry is.</param>
    /// <param name="before">Those listed before it.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="problems">Where to tell.</param>
    public static void AddProblems(Partition partition, long place, List<Partition> before, IByteSource disk, List<TableProblem> problems)
    {
        if (partition.Offset > disk.Length - partition.Length)
        {
            problems.Add(new TableProblem(
                EntryName,
                place,
                $"Partition {partition.Number} of {partition.Length} bytes from byte {partition.Offset} on reaches beyond the disk's {disk.Length} bytes."));
        }

        if (before.Count > 0 && before[before.Count - 1] is { } previous && Overlap(previous, partition))
        {
            problems.Add(new TableProblem(EntryName, place, DescribeOverlap(previous, partition)));
        }
    }

    public static bool Overlap(Partition one, Partition other) => other.Offset < one.Offset + one.Length && one.Offset < other.Offset + other.Length;

    public static string DescribeOverlap(Partition one, Partition other) => $"Partitions {one.Number} and {other.Number} overlap.";
}
