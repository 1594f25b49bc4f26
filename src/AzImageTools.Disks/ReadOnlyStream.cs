namespace AzImageTools.Disks;

/// <summary>What all streams over a disk image share: they can be read and sought, never written, and hold no resource.</summary>
internal abstract class ReadOnlyStream : Stream
{
    private long _position;

    protected ReadOnlyStream(long length) => Length = length;

    public sealed override bool CanRead => true;

    public sealed override bool CanSeek => true;

    public sealed override bool CanWrite => false;

    public sealed override long Length { get; }

    public sealed override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public sealed override long Seek(long offset, SeekOrigin origin)
    {
        long start = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => _position,
            SeekOrigin.End => Length,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };
        long target = checked(start + offset);
        return _position = target >= 0 ? target : throw new IOException("A position before the beginning of the stream was asked for.");
    }

    /// <summary>What the answers read from the stream may cost.</summary>
    public abstract ReadBudget Budget { get; }

    /// <summary>Tells which ranges of the stream are likely to be read next.</summary>
    public virtual void Prefetch(IEnumerable<DiskExtent> ranges)
    {
    }

    /// <summary>The first position from one on that may hold data: what lies between reads as zeros. The length where nothing follows.</summary>
    public virtual long FindData(long position) => position;

    public sealed override int Read(byte[] buffer, int offset, int count) => ReadAtPosition(buffer.AsSpan(offset, count));

#if NET
    public sealed override int Read(Span<byte> buffer) => ReadAtPosition(buffer);
#endif

    public sealed override void Flush()
    {
    }

    public sealed override void SetLength(long value) => throw new NotSupportedException("The stream is read-only.");

    public sealed override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("The stream is read-only.");

    /// <summary>Fills the destination with the bytes from a position on; the range lies within the stream.</summary>
    protected abstract void ReadAt(long position, Span<byte> destination);

    private int ReadAtPosition(Span<byte> destination)
    {
        if (_position >= Length)
        {
            return 0;
        }

        int count = (int)Math.Min(destination.Length, Length - _position);
        ReadAt(_position, destination.Slice(0, count));
        _position += count;
        return count;
    }
}
