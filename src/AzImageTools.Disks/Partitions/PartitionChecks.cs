namespace AzImageTools.Disks.Partitions;

/// <summary>What holds of partitions in every kind of table.</summary>
internal static class PartitionChecks
{
    public const string EntryName = "Partition entry";

    /// <summary>Tells of a partition that reaches beyond the disk.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="place">Where on the disk its entry is.</param>
    /// <param name="disk">The disk.</param>
    /// <param name="problems">Where to tell.</param>
    public static void AddProblems(Partition partition, long place, IByteSource disk, List<TableProblem> problems)
    {
        if (partition.Offset > disk.Length - partition.Length)
        {
            problems.Add(new TableProblem(
                EntryName,
                place,
                $"Partition {partition.Number} of {partition.Length} bytes from byte {partition.Offset} on reaches beyond the disk's {disk.Length} bytes."));
        }
    }

    /// <summary>Tells of partitions that overlap, once for the whole table however many there are.</summary>
    /// <param name="partitions">The table's partitions.</param>
    /// <param name="placeOf">Where on the disk the entry of a partition is.</param>
    /// <param name="problems">Where to tell.</param>
    public static void AddOverlaps(IReadOnlyList<Partition> partitions, Func<Partition, long> placeOf, List<TableProblem> problems)
    {
        Partition? farthest = null;
        List<(Partition One, Partition Other)> overlaps = [];
        foreach (Partition partition in partitions.OrderBy(static partition => partition.Offset))
        {
            if (farthest is not null && Overlap(farthest, partition))
            {
                overlaps.Add(farthest.Number < partition.Number ? (farthest, partition) : (partition, farthest));
            }

            if (farthest is null || partition.Offset + partition.Length > farthest.Offset + farthest.Length)
            {
                farthest = partition;
            }
        }

        if (overlaps.Count > 0)
        {
            (Partition one, Partition other) = overlaps[0];
            string others = overlaps.Count == 1 ? string.Empty : $" So do {overlaps.Count - 1} further pairs.";
            problems.Add(new TableProblem(EntryName, placeOf(other), $"Partitions {one.Number} and {other.Number} overlap.{others}"));
        }
    }

    public static bool Overlap(Partition one, Partition other) => other.Offset < one.Offset + one.Length && one.Offset < other.Offset + other.Length;
}
