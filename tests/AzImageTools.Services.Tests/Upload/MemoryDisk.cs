using AzImageTools.Disks;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>A disk in memory with a map of what it may hold.</summary>
internal sealed class MemoryDisk(byte[] bytes, IReadOnlyList<DiskExtent> extents) : IByteSource
{
    public string Name => "memory";

    public long Length => bytes.Length;

    public int LogicalSectorSize => 512;

    public ReadBudget Budget { get; } = new("memory");

    public void Read(long offset, Span<byte> destination) => bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);

    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
        => extents.Where(extent => extent.Offset < offset + length && extent.End > offset);

    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        // All of it is in memory.
    }
}
