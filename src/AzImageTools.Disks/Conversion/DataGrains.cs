namespace AzImageTools.Disks.Conversion;

/// <summary>Finds what of a chunk is worth writing: all but the grains of 64 KiB that are zero.</summary>
internal static class DataGrains
{
    private const int Grain = 64 * 1024;

    /// <summary>The runs of a chunk that are not zero, from its start on; grains are those of the whole, not of the chunk.</summary>
    /// <param name="offset">Where in the whole the chunk begins.</param>
    /// <param name="chunk">The bytes.</param>
    public static List<DiskExtent> FindRuns(long offset, ReadOnlySpan<byte> chunk)
    {
        List<DiskExtent> runs = [];
        int runStart = 0;
        for (int position = 0; position < chunk.Length;)
        {
            int end = (int)Math.Min(chunk.Length, position + Grain - ((offset + position) % Grain));
            if (ZeroScanner.IsZero(chunk.Slice(position, end - position)))
            {
                AddRun(runs, runStart, position);
                runStart = end;
            }

            position = end;
        }

        AddRun(runs, runStart, chunk.Length);
        return runs;
    }

    private static void AddRun(List<DiskExtent> runs, int start, int end)
    {
        if (start < end)
        {
            runs.Add(new DiskExtent(start, end - start));
        }
    }
}
