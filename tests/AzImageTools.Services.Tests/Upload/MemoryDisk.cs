using AzImageTools.Disks;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>A disk in memory with a map of what it may hold.</summary>
internal sealed class MemoryDisk(byte[] bytes, IReadOnlyList<DiskExtent> extents) : IByteSource
{
    public string Name => "memory";

    public long Length => bytes.Length;

    public int LogicalSectorSize => 512;

    public void Read(long offset, Span<byte> destination) => bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);

    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
        => extents.Where(extent => extent.Offset < offset + length && extent.End > offset);
}
