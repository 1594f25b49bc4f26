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
        Partition? first = null;
        Partition? second = null;
        int count = 0;
        Partition[] sorted = partitions.ToArray();
        Array.Sort(sorted, static (one, other) => one.Offset != other.Offset ? one.Offset.CompareTo(other.Offset) : one.Number.CompareTo(other.Number));
        foreach (Partition partition in sorted)
        {
            if (farthest is not null && Overlap(farthest, partition))
            {
                first ??= farthest;
                second ??= partition;
                count++;
            }

            if (farthest is null || partition.Offset + partition.Length > farthest.Offset + farthest.Length)
            {
                farthest = partition;
            }
        }

        if (first is not null && second is not null)
        {
            (Partition one, Partition other) = first.Number < second.Number ? (first, second) : (second, first);
            string others = count == 1 ? string.Empty : $" So do {count - 1} further pairs.";
            problems.Add(new TableProblem(EntryName, placeOf(other), $"Partitions {one.Number} and {other.Number} overlap.{others}"));
        }
    }

    /// <summary>The partitions that overlap another, by their numbers, each with one of those that it overlaps.</summary>
    /// <param name="partitions">The table's partitions.</param>
    public static IReadOnlyDictionary<int, Partition> FindOverlaps(IReadOnlyList<Partition> partitions)
    {
        Dictionary<int, Partition> others = [];
        Partition? farthest = null;
        foreach (Partition partition in partitions.OrderBy(static partition => partition.Offset))
        {
            // What a partition overlaps before it is overlapped by the one that reaches farthest too, which began no later.
            if (farthest is not null && Overlap(farthest, partition))
            {
                others[partition.Number] = farthest;
                if (!others.ContainsKey(farthest.Number))
                {
                    others[farthest.Number] = partition;
                }
            }

            if (farthest is null || partition.Offset + partition.Length > farthest.Offset + farthest.Length)
            {
                farthest = partition;
            }
        }

        return others;
    }

    public static bool Overlap(Partition one, Partition other) => other.Offset < one.Offset + one.Length && one.Offset < other.Offset + other.Length;
}
