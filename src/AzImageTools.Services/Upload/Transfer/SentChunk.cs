using System.Runtime.InteropServices;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>A chunk of the disk that is done: read whole, and all of it that is not zero confirmed by the service.</summary>
/// <param name="Offset">Where it begins on the disk, in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Ranges">What of it was written, in ascending order; the rest is zero.</param>
internal sealed record SentChunk(long Offset, int Length, IReadOnlyList<SentRange> Ranges)
{
    /// <summary>The position behind its last byte.</summary>
    public long End => Offset + Length;

    /// <summary>How many bytes of it were sent; the rest is zero.</summary>
    public long BytesSent => Ranges.Sum(range => (long)range.Length);

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
        foreach (SentRange range in Ranges)
        {
            if (range.Offset < position || range.Length <= 0 || range.Offset > Offset + Length - range.Length
                || range.Offset % ChunkPlanner.PageSize != 0 || range.Length % ChunkPlanner.PageSize != 0)
            {
                return false;
            }

            position = range.Offset + range.Length;
        }

        return true;
    }

    /// <summary>Whether it is the same part of the disk as a planned one.</summary>
    public bool IsOf(Chunk chunk) => Offset == chunk.Offset && Length == chunk.Length;

    /// <summary>Whether all that was written is among the ranges that the service holds.</summary>
    public bool IsHeldIn(PageRangeList held) => Ranges.All(range => held.Covers(range.Extent));
}

/// <summary>Bytes that one request has sent, and the service confirmed.</summary>
/// <param name="Offset">The first one's position on the disk.</param>
/// <param name="Length">How many.</param>
/// <param name="Crc">Their CRC-64/NVME.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SentRange(long Offset, int Length, ulong Crc)
{
    /// <summary>Where they are.</summary>
    public DiskExtent Extent => new(Offset, Length);
}
