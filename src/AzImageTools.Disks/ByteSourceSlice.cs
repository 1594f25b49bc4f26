namespace AzImageTools.Disks;

/// <summary>A part of a byte source, seen as a source of its own: a partition of a disk.</summary>
public sealed class ByteSourceSlice : IByteSource, IWritableBytes
{
    private readonly IByteSource _source;
    private readonly long _start;

    /// <summary>Creates the view.</summary>
    /// <param name="source">What it is a part of.</param>
    /// <param name="start">The part's first byte in <paramref name="source"/>.</param>
    /// <param name="length">The part's length in bytes.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="DiskFormatException">The part does not lie within the source.</exception>
    public ByteSourceSlice(IByteSource source, long start, long length, string name)
    {
        _source = source ?? throw new ArgumentNullException(nameof(source));
        if (start < 0 || length < 0 || start > source.Length - length)
        {
            throw new DiskFormatException(source.Name, start, $"{name} of {length} bytes reaches beyond the disk's {source.Length} bytes.");
        }

        _start = start;
        Length = length;
        Name = name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public long Length { get; }

    /// <inheritdoc/>
    public int LogicalSectorSize => _source.LogicalSectorSize;

    /// <inheritdoc/>
    public ReadBudget Budget => _source.Budget;

    /// <inheritdoc/>
    bool IWritableBytes.CanWrite => _source is IWritableBytes { CanWrite: true };

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(Name, offset, $"A read of {destination.Length} bytes reaches beyond its {Length} bytes.");
        }

        _source.Read(_start + offset, destination);
    }

    /// <inheritdoc/>
    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"The range does not lie within {Name}.");
        }

        return _source.GetExtents(_start + offset, length).Select(extent => extent with { Offset = extent.Offset - _start });
    }

    /// <inheritdoc/>
    public void Prefetch(IEnumerable<DiskExtent> ranges) => _source.Prefetch(LocateAll(ranges));

    /// <inheritdoc/>
    void IWritableBytes.Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset < 0 || offset > Length - bytes.Length || _source is not IWritableBytes writable)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{bytes.Length} bytes from {offset} on can't be written to {Name} of {Length} bytes.");
        }

        writable.Write(_start + offset, bytes);
    }

    private IEnumerable<DiskExtent> LocateAll(IEnumerable<DiskExtent> ranges)
    {
        foreach (DiskExtent range in ranges)
        {
            if (range.LiesWithin(Length))
            {
                yield return range with { Offset = _start + range.Offset };
            }
        }
    }
}
