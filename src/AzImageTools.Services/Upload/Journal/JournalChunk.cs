namespace AzImageTools.Services.Upload.Journal;

/// <summary>A chunk of the disk that is done: read whole, and all of it that is not zero confirmed by the service.</summary>
/// <param name="Offset">Where it begins on the disk, in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Runs">What of it was written, in ascending order; the rest is zero.</param>
internal sealed record JournalChunk(long Offset, int Length, IReadOnlyList<JournalRun> Runs)
{
    /// <summary>The position behind its last byte.</summary>
    public long End => Offset + Length;

    /// <summary>The bytes written.</summary>
    public long RunBytes => Runs.Sum(run => (long)run.Length);

    /// <summary>Whether its numbers make sense for a disk: positions in whole pages and in order, within 4 MiB.</summary>
    /// <param name="capacity">The disk's capacity in bytes.</param>
    public bool FitsIn(long capacity)
    {
        if (Offset < 0 || Length is <= 0 or > ChunkPlanner.ChunkSize || Offset > capacity - Length
            || Offset % ChunkPlanner.PageSize != 0 || Length % ChunkPlanner.PageSize != 0)
        {
            return false;
        }

        long position = Offset;
        foreach (JournalRun run in Runs)
        {
            if (run.Offset < position || run.Length <= 0 || run.Offset > Offset + Length - run.Length
                || run.Offset % ChunkPlanner.PageSize != 0 || run.Length % ChunkPlanner.PageSize != 0)
            {
                return false;
            }

            position = run.Offset + run.Length;
        }

        return true;
    }

    /// <summary>Whether it is the same stretch of the disk as a planned one.</summary>
    public bool IsOf(Chunk chunk) => Offset == chunk.Offset && Length == chunk.Length;

    /// <summary>Whether all that was written is among the ranges that the service holds.</summary>
    public bool IsHeldIn(PageRangeList held) => Runs.All(run => held.Covers(run.Extent));
}
