using AzImageTools.Disks;

namespace AzImageTools.Services.Upload.Source;

/// <summary>A stretch of the disk that is read into one buffer: at most 4 MiB.</summary>
/// <param name="Offset">Where it begins on the disk, in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Extents">The parts of it that may hold data, as positions on the disk, in whole sectors; the rest is zero.</param>
internal sealed record Chunk(long Offset, int Length, IReadOnlyList<DiskExtent> Extents)
{
    /// <summary>The position behind its last byte.</summary>
    public long End => Offset + Length;

    /// <summary>The bytes that are read of it.</summary>
    public long ReadLength => Extents.Sum(static extent => extent.Length);

    /// <summary>Reads it, without what is known to be empty.</summary>
    /// <param name="disk">The disk.</param>
    /// <param name="bytes">Room for it.</param>
    /// <returns>What of it is worth sending, as positions in <paramref name="bytes"/>, in ascending order.</returns>
    public List<DiskExtent> Read(IByteSource disk, Span<byte> bytes)
    {
        DataRanges data = new();
        int position = 0;
        foreach (DiskExtent extent in Extents)
        {
            int start = (int)(extent.Offset - Offset);
            int length = (int)extent.Length;
            bytes.Slice(position, start - position).Clear();
            disk.Read(extent.Offset, bytes.Slice(start, length));
            data.Look(bytes, start, length);
            position = start + length;
        }

        return data.End();
    }
}
