namespace AzImageTools.Disks.Volumes;

/// <summary>Content that lies in a file's own record, as a source of bytes.</summary>
internal sealed class ResidentByteSource(ReadOnlyMemory<byte> value, IByteSource volume) : IByteSource
{
    public string Name => volume.Name;

    public long Length => value.Length;

    public int LogicalSectorSize => volume.LogicalSectorSize;

    public ReadBudget Budget => volume.Budget;

    public void Read(long offset, Span<byte> destination) => value.Span.Slice((int)offset, destination.Length).CopyTo(destination);

    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => [new DiskExtent(offset, length)];

    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        // It was read with the record.
    }
}
