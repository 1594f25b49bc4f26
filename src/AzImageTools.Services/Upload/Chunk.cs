using AzImageTools.Disks;

namespace AzImageTools.Services.Upload;

/// <summary>A stretch of the disk that is read into one buffer: at most 4 MiB.</summary>
/// <param name="Offset">Where it begins on the disk, in bytes.</param>
/// <param name="Length">Its length in bytes.</param>
/// <param name="Extents">The parts of it that may hold data, as positions on the disk, in whole sectors; the rest is zero.</param>
internal sealed record Chunk(long Offset, int Length, IReadOnlyList<DiskExtent> Extents)
{
    /// <summary>The position behind its last byte.</summary>
    public long End => Offset + Length;
}
