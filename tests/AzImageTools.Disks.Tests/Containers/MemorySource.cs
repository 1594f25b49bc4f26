namespace AzImageTools.Disks.Tests.Containers;

/// <summary>A disk in memory.</summary>
internal sealed class MemorySource(byte[] content, int logicalSectorSize = 512) : IByteSource
{
    public string Name => "memory";

    public long Length => content.Length;

    public int LogicalSectorSize => logicalSectorSize;

    public ReadBudget Budget { get; } = new("memory");

    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > content.Length - destination.Length)
        {
            throw new DiskFormatException(Name, offset, "The read reaches beyond the disk.");
        }

        content.AsSpan((int)offset, destination.Length).CopyTo(destination);
    }

    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => [new DiskExtent(offset, length)];

    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        // All of it is in memory.
    }
}
