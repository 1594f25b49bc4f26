namespace AzImageTools.Disks;

/// <summary>Bytes that can be read at any position: a virtual disk, a partition of one, a logical volume. Thread-safe.</summary>
public interface IByteSource
{
    /// <summary>What to call the source in messages: the disk's path, and the partition behind it where there is one.</summary>
    string Name { get; }

    /// <summary>The number of bytes that can be read.</summary>
    long Length { get; }

    /// <summary>Bytes in a logical sector: 512 or 4096.</summary>
    int LogicalSectorSize { get; }

    /// <summary>What the answers read from here may cost, and what cancels them. A view of another source has that one's.</summary>
    ReadBudget Budget { get; }

    /// <summary>Fills <paramref name="destination"/> with the bytes from <paramref name="offset"/> on.</summary>
    /// <param name="offset">The position of the first byte.</param>
    /// <param name="destination">Filled whole.</param>
    /// <exception cref="DiskFormatException">The range does not lie within the source, or the image is damaged there.</exception>
    /// <exception cref="OperationCanceledException">The answer is no longer wanted: <see cref="Budget"/> was cancelled.</exception>
    void Read(long offset, Span<byte> destination);

    /// <summary>
    /// The ranges within the given one that may hold data, in ascending order, not overlapping, adjacent ones merged;
    /// everything else is known to be zero. Enumerated lazily.
    /// </summary>
    /// <param name="offset">Where to begin, in bytes.</param>
    /// <param name="length">How many bytes to cover.</param>
    IEnumerable<DiskExtent> GetExtents(long offset, long length);

    /// <summary>
    /// Tells which ranges are likely to be read next, so that a source with latency can fetch several at once. A hint: it never
    /// throws for what the ranges are, and a source near at hand does not even enumerate them.
    /// </summary>
    /// <param name="ranges">The ranges, the first wanted first; enumerated during the call or not at all.</param>
    void Prefetch(IEnumerable<DiskExtent> ranges);
}
