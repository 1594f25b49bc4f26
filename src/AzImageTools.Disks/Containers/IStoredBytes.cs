namespace AzImageTools.Disks.Containers;

/// <summary>The bytes behind an image file. Thread-safe.</summary>
internal interface IStoredBytes : IDisposable
{
    /// <summary>How many there are.</summary>
    long Length { get; }

    /// <summary>Whether reads are counted there already.</summary>
    bool CountsReads { get; }

    /// <summary>Reads some of the bytes from a position on, at least one; none at the end.</summary>
    int ReadSome(long offset, Span<byte> destination);

    /// <summary>The ranges that may hold data. Enumerated lazily.</summary>
    IEnumerable<DiskExtent> GetDataRanges(long offset, long length);

    /// <summary>Tells which ranges are likely to be read next.</summary>
    void Prefetch(IEnumerable<DiskExtent> ranges);
}
