using AzImageTools.Disks;

namespace AzImageTools.Services.Upload.Source;

/// <summary>Cuts what a disk may hold into chunks, in ascending order. What is known to be empty is in none.</summary>
internal static class ChunkPlanner
{
    /// <summary>The most that one Put Page takes, in bytes (REST reference, Put Page).</summary>
    public const int ChunkSize = 4 << 20;

    /// <summary>What page blobs are aligned to, in bytes (REST reference, Put Page).</summary>
    public const int PageSize = 512;

    /// <summary>
    /// Plans the chunks of a disk's first bytes. Each begins where data may, and ends before a gap that would be left out anyway:
    /// were they cut at multiples of 4 MiB, more requests would be needed. Lazy: nothing but the disk's map is read.
    /// </summary>
    /// <param name="disk">The disk.</param>
    /// <param name="length">How many bytes, a multiple of 512.</param>
    public static IEnumerable<Chunk> Plan(IByteSource disk, long length) => Plan(disk.GetExtents(0, length), length);

    /// <summary>Plans the chunks of what may hold data.</summary>
    /// <param name="extents">The ranges that may, in ascending order.</param>
    /// <param name="length">Where the last chunk ends at the latest, in bytes, a multiple of 512.</param>
    public static IEnumerable<Chunk> Plan(IEnumerable<DiskExtent> extents, long length)
    {
        List<DiskExtent> parts = [];
        foreach (DiskExtent extent in extents)
        {
            long end = Math.Min((extent.End + PageSize - 1) / PageSize * PageSize, length);
            long start = extent.Offset / PageSize * PageSize;
            if (parts.Count > 0)
            {
                long last = parts[parts.Count - 1].End;
                if (start - last >= DataRanges.ShortestGap)
                {
                    yield return ToChunk(parts);
                    parts = [];
                }

                // Extents that are not of whole pages may share one.
                start = Math.Max(start, last);
            }

            while (start < end)
            {
                if (parts.Count > 0 && start - parts[0].Offset >= ChunkSize)
                {
                    yield return ToChunk(parts);
                    parts = [];
                }

                long partEnd = Math.Min(end, (parts.Count > 0 ? parts[0].Offset : start) + ChunkSize);
                parts.Add(new DiskExtent(start, partEnd - start));
                start = partEnd;
            }
        }

        if (parts.Count > 0)
        {
            yield return ToChunk(parts);
        }
    }

    private static Chunk ToChunk(List<DiskExtent> parts)
    {
        long offset = parts[0].Offset;
        return new Chunk(offset, (int)(parts[parts.Count - 1].End - offset), parts);
    }
}
