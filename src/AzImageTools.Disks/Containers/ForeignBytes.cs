namespace AzImageTools.Disks.Containers;

/// <summary>The bytes of an image that lies elsewhere.</summary>
internal sealed class ForeignBytes(IByteSource source) : IStoredBytes
{
    public long Length => source.Length;

    public bool CountsReads => true;

    public int ReadSome(long offset, Span<byte> destination)
    {
        source.Read(offset, destination);
        return destination.Length;
    }

    public IEnumerable<DiskExtent> GetDataRanges(long offset, long length) => source.GetExtents(offset, length);

    public void Prefetch(IEnumerable<DiskExtent> ranges) => source.Prefetch(ranges);

    public void Dispose()
    {
        // Whoever opened it closes it.
    }
}
