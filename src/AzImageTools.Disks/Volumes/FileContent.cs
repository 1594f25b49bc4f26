namespace AzImageTools.Disks.Volumes;

/// <summary>
/// A file's content, put together from its pieces on the volume. The list of pieces is followed only as far as reads
/// need it. Thread-safe.
/// </summary>
internal sealed class FileContent
{
    // Of a range in more pieces, those behind are told of when they come nearer.
    private const int MostPieces = 1024;

    private readonly IByteSource _volume;
    private readonly string _name;
    private readonly RunMap _runs;
    private readonly Func<long, FileRun>? _find;
    private readonly long _initialized;

    /// <summary>Creates the content.</summary>
    /// <param name="volume">The volume that the pieces lie on.</param>
    /// <param name="name">What to call the file in messages.</param>
    /// <param name="runs">The pieces: each begins where the one before it ends, the first at 0.</param>
    /// <param name="length">The content's length.</param>
    /// <param name="initialized">How many bytes of it were ever written; the rest is zero, whatever the volume holds there.</param>
    public FileContent(IByteSource volume, string name, IEnumerable<FileRun> runs, long length, long initialized)
    {
        _volume = volume;
        _name = name;
        _runs = new RunMap(runs);
        Length = length;
        _initialized = Math.Min(initialized, length);
    }

    /// <summary>Creates the content of a file whose pieces can be looked up by position.</summary>
    /// <param name="volume">The volume that the pieces lie on.</param>
    /// <param name="name">What to call the file in messages.</param>
    /// <param name="find">The piece that a position lies in; called from several threads at once.</param>
    /// <param name="length">The content's length.</param>
    public FileContent(IByteSource volume, string name, Func<long, FileRun> find, long length)
        : this(volume, name, [], length, length)
        => _find = find;

    public long Length { get; }

    public ReadBudget Budget => _volume.Budget;

    /// <summary>Finds where on the volume the file is described, for messages; null where that is not known.</summary>
    public Func<long?>? FindDescription { get; init; }

    /// <summary>Tells the volume which parts of the content are likely to be read next.</summary>
    public void Prefetch(IEnumerable<DiskExtent> ranges) => _volume.Prefetch(LocateAll(ranges));

    /// <summary>Where a byte of the content lies on the volume, for messages; null where it lies nowhere, or that can't be told.</summary>
    public long? Locate(long position)
        => new DiskExtent(position, 1).LiesWithin(Length) && Locate(new DiskExtent(position, 1)) is [DiskExtent piece, ..] ? piece.Offset : null;

    /// <summary>The first position from one on that lies in a piece that is stored; the length where none does.</summary>
    public long FindData(long position)
    {
        while (position < _initialized && FindRun(position) is { VolumeOffset: FileRun.Hole } hole)
        {
            position = hole.FileEnd;
        }

        return position < _initialized ? position : Length;
    }

    /// <summary>Fills the destination; a range beyond the content is refused.</summary>
    public void Read(long position, Span<byte> destination)
    {
        if (position < 0 || position > Length - destination.Length)
        {
            throw new DiskFormatException(_volume.Name, FindDescription?.Invoke(), $"{destination.Length} bytes from byte {position} of {_name} on are needed, but it has only {Length}.");
        }

        bool isTold = false;
        while (destination.Length > 0)
        {
            if (position >= _initialized)
            {
                destination.Clear();
                return;
            }

            FileRun run = FindRun(position);
            int count = (int)Math.Min(destination.Length, Math.Min(run.FileEnd, _initialized) - position);
            if (count < destination.Length && !isTold)
            {
                Prefetch([new DiskExtent(position, destination.Length)]);
                isTold = true;
            }

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

    private IEnumerable<DiskExtent> LocateAll(IEnumerable<DiskExtent> ranges)
    {
        foreach (DiskExtent range in ranges)
        {
            if (range.LiesWithin(Length))
            {
                foreach (DiskExtent piece in Locate(range))
                {
                    yield return piece;
                }
            }
        }
    }

    /// <summary>Where a range lies on the volume; what is damaged is left for reading to tell.</summary>
    public List<DiskExtent> Locate(DiskExtent range)
    {
        List<DiskExtent> pieces = [];
        long end = Math.Min(range.End, _initialized);
        try
        {
            FileRun run;
            for (long position = range.Offset; position < end && pieces.Count < MostPieces; position = run.FileEnd)
            {
                run = FindRun(position);
                if (run.VolumeOffset != FileRun.Hole)
                {
                    pieces.Add(new DiskExtent(run.VolumeOffset + (position - run.FileOffset), Math.Min(run.FileEnd, end) - position));
                }
            }
        }
        catch (DiskFormatException)
        {
        }

        return pieces;
    }

    private FileRun FindRun(long position) => _find is not null ? _find(position)
        : _runs.TryFind(position, out FileRun run) ? run
        : throw new DiskFormatException(_volume.Name, FindDescription?.Invoke(), $"{_name} is said to have {Length} bytes, but its clusters end before byte {position}.");
}

/// <summary>A file's content as a stream; small reads go through one buffer. Not thread-safe, as streams are.</summary>
internal sealed class FileContentStream(FileContent content) : ReadOnlyStream(content.Length)
{
    private readonly BufferedContent _content = new(content);

    public override ReadBudget Budget => content.Budget;

    public override void Prefetch(IEnumerable<DiskExtent> ranges) => content.Prefetch(ranges);

    public override long FindData(long position) => content.FindData(position);

    protected override void ReadAt(long position, Span<byte> destination) => _content.Read(position, destination);
}
