namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>A map whose clusters stand in tables, each anywhere in the file or nowhere, and the tables in a directory.</summary>
internal abstract class TwoLevelMap : IDiskMap
{
    public abstract int ClusterSize { get; }

    /// <summary>How many bytes of the disk a table tells of.</summary>
    private protected abstract long TableSpan { get; }

    public DiskRun Find(long offset, long limit)
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

            return new DiskRun(RunKind.Absent, Math.Min(limit, tableEnd - offset));
        }

        long length = Math.Min(limit, tableEnd - offset);
        DiskRun run = FindUnit(table, offset);
        while (run.Length < length)
        {
            DiskRun next = FindUnit(table, offset + run.Length);
            if (!run.IsContinuedBy(next))
            {
                return run;
            }

            run = run with { Length = run.Length + next.Length };
        }

        return run with { Length = length };
    }

    public abstract void Unpack(long clusterOffset, DiskRun run, Span<byte> cluster, int needed);

    /// <summary>The first byte of a table; 0 where there is none.</summary>
    private protected abstract long FindTable(long number);

    /// <summary>The rest of the piece that a position of the disk is in, as far as a table's entry tells of it.</summary>
    /// <param name="table">The table's first byte.</param>
    /// <param name="offset">Where on the disk.</param>
    private protected abstract DiskRun FindUnit(long table, long offset);
}
