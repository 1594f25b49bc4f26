namespace AzImageTools.Disks.Volumes;

/// <summary>
/// A file's content, put together from its pieces on the volume. The list of pieces is followed only as far as reads
/// need it; small reads go through one buffer. Not thread-safe, as streams are.
/// </summary>
internal sealed class FileRunStream : ReadOnlyStream
{
    private const int BufferSize = 16 * 1024;

    private readonly IByteSource _volume;
    private readonly string _name;
    private readonly IEnumerator<FileRun> _more;
    private readonly List<FileRun> _runs = [];
    private readonly long _initialized;
    private byte[]? _buffer;
    private long _bufferOffset = -1;
    private bool _isMapped;

    /// <summary>Creates the stream.</summary>
    /// <param name="volume">The volume that the pieces lie on.</param>
    /// <param name="name">What to call the file in messages.</param>
    /// <param name="runs">The pieces: each begins where the one before it ends, the first at 0.</param>
    /// <param name="length">The content's length.</param>
    /// <param name="initialized">How many bytes of it were ever written; the rest is zero, whatever the volume holds there.</param>
    public FileRunStream(IByteSource volume, string name, IEnumerable<FileRun> runs, long length, long initialized)
        : base(length)
    {
        _volume = volume;
        _name = name;
        _more = runs.GetEnumerator();
        _initialized = Math.Min(initialized, length);
    }

    protected override void Dispose(bool disposing)
    {
        _more.Dispose();
        base.Dispose(disposing);
    }

    protected override void ReadAt(long position, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int count;
            if (destination.Length >= BufferSize)
            {
                count = destination.Length;
                ReadRuns(position, destination);
            }
            else
            {
                FillBuffer(position / BufferSize * BufferSize);
                int start = (int)(position - _bufferOffset);
                count = Math.Min(destination.Length, BufferSize - start);
                _buffer.AsSpan(start, count).CopyTo(destination);
            }

            destination = destination.Slice(count);
            position += count;
        }
    }

    private void FillBuffer(long offset)
    {
        if (_bufferOffset == offset)
        {
            return;
        }

        _buffer ??= new byte[BufferSize];
        _bufferOffset = -1;
        ReadRuns(offset, _buffer.AsSpan(0, (int)Math.Min(BufferSize, Length - offset)));
        _bufferOffset = offset;
    }

    private void ReadRuns(long position, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            if (position >= _initialized)
            {
                destination.Clear();
                return;
            }

            FileRun run = FindRun(position);
            int count = (int)Math.Min(destination.Length, Math.Min(run.FileEnd, _initialized) - position);
            Span<byte> piece = destination.Slice(0, count);
            if (run.VolumeOffset == FileRun.Hole)
            {
                piece.Clear();
            }
            else
            {
                _volume.Read(run.VolumeOffset + (position - run.FileOffset), piece);
            }

            destination = destination.Slice(count);
            position += count;
        }
    }

    private FileRun FindRun(long position)
    {
        while (!_isMapped && (_runs.Count == 0 || _runs[_runs.Count - 1].FileEnd <= position))
        {
            if (_more.MoveNext())
            {
                _runs.Add(_more.Current);
            }
            else
            {
                _isMapped = true;
            }
        }

        int low = 0;
        int high = _runs.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_runs[middle].FileOffset <= position)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return high >= 0 && position < _runs[low].FileEnd
            ? _runs[low]
            : throw new DiskFormatException(_volume.Name, null, $"{_name} is said to have {Length} bytes, but its clusters end before byte {position}.");
    }
}
