namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>A map whose clusters stand in tables, each anywhere in the file or nowhere, and the tables in a directory.</summary>
internal abstract class TwoLevelMap : ICompressedMap
{
    public abstract int ClusterSize { get; }

    public abstract int LeastCompressed { get; }

    /// <summary>How many bytes of the disk a table tells of.</summary>
    private protected abstract long TableSpan { get; }

    public MappedRange Find(long offset, long limit)
    {
        long span = TableSpan;
        long number = offset / span;
        long tableEnd = (number + 1) * span;
        long table = FindTable(number);
        if (table == 0)
        {
            while (tableEnd < offset + limit && FindTable(++number) == 0)
            {
                tableEnd = (number + 1) * span;
            }

            return new MappedRange(RangeKind.Absent, Math.Min(limit, tableEnd - offset));
        }

        long length = Math.Min(limit, tableEnd - offset);
        MappedRange range = FindUnit(table, offset);
        while (range.Length < length)
        {
            MappedRange next = FindUnit(table, offset + range.Length);
            if (!range.IsContinuedBy(next))
            {
                return range;
            }

            range = range with { Length = range.Length + next.Length };
        }

        return range with { Length = length };
    }

    public abstract void Decompress(long clusterOffset, MappedRange range, Span<byte> cluster, int needed);

    /// <summary>
    /// The first table that a directory leads to twice; 0 where it leads to each once. Each table has a place of its own, so that
    /// there is no more to walk through than the file holds: what is shared would make a large disk of a small file.
    /// </summary>
    /// <param name="tables">Where the directory's tables are; 0 for none.</param>
    private protected static long FindShared(IEnumerable<long> tables)
    {
        List<long> places = [.. tables.Where(static table => table != 0)];
        places.Sort();
        for (int i = 1; i < places.Count; i++)
        {
            if (places[i] == places[i - 1])
            {
                return places[i];
            }
        }

        return 0;
    }

    /// <summary>The first byte of a table; 0 where there is none.</summary>
    private protected abstract long FindTable(long number);

    /// <summary>The rest of the piece that a position of the disk is in, as far as a table's entry tells of it.</summary>
    /// <param name="table">The table's first byte.</param>
    /// <param name="offset">Where on the disk.</param>
    private protected abstract MappedRange FindUnit(long table, long offset);
}
