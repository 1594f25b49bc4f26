namespace AzImageTools.Disks.Containers;

/// <summary>
/// An image file, of this machine or kept elsewhere, read at any position by any thread, never written. Its length is taken once,
/// when it is opened.
/// </summary>
internal sealed class DiskFile : IDisposable
{
    /// <summary>What others may do to a file while it is open: a disk that changes while it is read would give an image of no moment in time.</summary>
    internal const FileShare Sharing = FileShare.Read;

    private const int PagesOfFirst = 64;
    private const int PagesOfParent = 8;

    private readonly IStoredBytes _bytes;
    private long _start;
    private IFileOverlay? _overlay;
    private long _bytesRead;
    private volatile bool _isDisposed;

    private DiskFile(string path, IStoredBytes bytes, bool isParent, ReadBudget budget)
    {
        Budget = budget;
        Budget.Holds(CountStored);
        PagesKept = isParent ? PagesOfParent : PagesOfFirst;
        Path = path;
        _bytes = bytes;
        StoredLength = bytes.Length;
        Length = StoredLength;
    }

    /// <summary>Whether it is a file of this machine, which others may lie beside.</summary>
    public bool IsLocal => _bytes is LocalBytes;

    public string Path { get; }

    /// <summary>How many bytes can be read: with an overlay, those of the changed file.</summary>
    public long Length { get; private set; }

    /// <summary>How many bytes the file itself has, or the part of it that is taken for the whole.</summary>
    public long StoredLength { get; private set; }

    /// <summary>
    /// How many pages of each of its tables are worth keeping in memory: few for an image that others go back to, so that the
    /// longest chain stays within bounds.
    /// </summary>
    public int PagesKept { get; }

    /// <summary>What reading may cost, and what cancels it.</summary>
    public ReadBudget Budget { get; }

    /// <summary>Whether a part of the file is taken for the whole.</summary>
    public bool IsRestricted { get; private set; }

    /// <summary>How many bytes were read so far.</summary>
    public long BytesRead => Interlocked.Read(ref _bytesRead);

    /// <summary>Opens a file that others may read but not write.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isParent">Whether another image goes back to it.</param>
    /// <param name="budget">What reading may cost, and what cancels it; null for one of its own.</param>
    /// <param name="followsLinks">Whether a link is taken for what it leads to.</param>
    public static DiskFile Open(string path, bool isParent = false, ReadBudget? budget = null, bool followsLinks = true)
    {
        string fullPath = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(fullPath))
        {
            throw new DiskFormatException(fullPath, null, "This is a folder. Give the path of a disk image file.");
        }

        if (OrdinaryFile.FindHindrance(fullPath, followsLinks) is { } hindrance)
        {
            throw new DiskFormatException(fullPath, null, $"This {hindrance}. Give the path of a disk image file.");
        }

        if (!File.Exists(fullPath))
        {
            throw new FileNotFoundException($"There is no file {fullPath}.", fullPath);
        }

        FileStream? stream = null;
        budget ??= new ReadBudget(fullPath);
        try
        {
            // A buffer of one byte switches FileStream's own buffering off.
            stream = new FileStream(fullPath, FileMode.Open, FileAccess.Read, Sharing, bufferSize: 1, OptionsFor(budget));
            if (!stream.CanSeek)
            {
                throw new DiskFormatException(fullPath, null, "This is not an ordinary file: it can't be read at any position.");
            }

            DiskFile file = new(fullPath, new LocalBytes(stream), isParent, budget);
            stream = null;
            return file;
        }
        catch (IOException exception) when (IsSharingViolation(exception))
        {
            throw new IOException($"{fullPath} is in use by another program: shut the virtual machine down or dismount the disk first.", exception);
        }
        finally
        {
            stream?.Dispose();
        }
    }

    /// <summary>Takes bytes that are kept elsewhere for a file, whose path is the source's name. They stay open.</summary>
    public static DiskFile Over(IByteSource source) => new(source.Name, new ForeignBytes(source), isParent: false, source.Budget);

    /// <summary>Fills a span from a position on.</summary>
    /// <exception cref="DiskFormatException">The file ends before the span is filled.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(Path, offset, $"{destination.Length} bytes are needed here, but the file ends at {Length}: it is damaged or cut off.");
        }

        if (_overlay is null)
        {
            ReadStored(offset, destination);
        }
        else
        {
            _overlay.Read(offset, destination);
        }
    }

    /// <summary>Fills a span with what the file itself holds, whatever lies over it; behind its end, with zeros.</summary>
    public void ReadStored(long offset, Span<byte> destination)
    {
        Budget.Read(_bytes.CountsReads ? 0 : destination.Length);
        int stored = (int)Math.Max(0, Math.Min(destination.Length, StoredLength - offset));
        destination.Slice(stored).Clear();
        int done = 0;
        while (done < stored)
        {
            int count = _bytes.ReadSome(_start + offset + done, destination.Slice(done, stored - done));
            if (count == 0)
            {
                throw new DiskFormatException(Path, offset + done, "The file became shorter while it was read.");
            }

            done += count;
        }

        Interlocked.Add(ref _bytesRead, done);
    }

    /// <summary>Lays changes over the file, before anybody else reads it; null takes them off again.</summary>
    public void Overlay(IFileOverlay? overlay)
    {
        _overlay = overlay;
        Length = Math.Max(StoredLength, overlay?.Length ?? 0);
    }

    /// <summary>Takes a part of the file for the whole, before anybody else reads it: what lies in an archive, unpacked.</summary>
    /// <param name="part">Where it lies; within the file.</param>
    public void Restrict(DiskExtent part)
    {
        IsRestricted = true;
        _start = part.LiesWithin(StoredLength) ? part.Offset : throw new ArgumentOutOfRangeException(nameof(part), "It does not lie within the file.");
        StoredLength = Length = part.Length;
    }

    /// <summary>Reads bytes into an array of their own; for structures of small, known size.</summary>
    public byte[] Read(long offset, int count)
    {
        byte[] bytes = new byte[count];
        Read(offset, bytes);
        return bytes;
    }

    /// <summary>The ranges of the file that may hold data: all but its holes, where the system tells of them. Enumerated lazily.</summary>
    public IEnumerable<DiskExtent> GetDataRanges(long offset, long length)
        => _overlay is not null ? [new DiskExtent(offset, length)]
            : _start == 0 ? _bytes.GetDataRanges(offset, length)
            : _bytes.GetDataRanges(_start + offset, length).Select(range => new DiskExtent(range.Offset - _start, range.Length));

    /// <summary>Tells which ranges are likely to be read next.</summary>
    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        if (_overlay is null)
        {
            _bytes.Prefetch(_start == 0 ? ranges : ranges.Select(range => range with { Offset = range.Offset + _start }));
        }
    }

    public void Dispose()
    {
        _isDisposed = true;
        _bytes.Dispose();
    }

    /// <summary>How many bytes the file has that are in no hole; where it has very many holes, those after the first are not left out.</summary>
    private long CountStored()
    {
        const int MostRanges = 4096;
        if (_isDisposed)
        {
            return 0;
        }

        int ranges = 0;
        long end = 0;
        long count = 0;
        foreach (DiskExtent range in _bytes.GetDataRanges(_start, StoredLength).Take(MostRanges))
        {
            end = range.End - _start;
            count += range.Length;
            ranges++;
        }

        return ranges == MostRanges ? count + (StoredLength - end) : count;
    }

    /// <summary>
    /// Linux reads ahead of who reads in order, megabytes at a time and holes too: dear beside reads that are large already, and many at once.
    /// Windows keeps all that is read in memory where it is told the same (FILE_FLAG_RANDOM_ACCESS), so it is not.
    /// </summary>
    private static FileOptions OptionsFor(ReadBudget budget)
    {
#if NET
        return budget.ReadsAll && !OperatingSystem.IsWindows() ? FileOptions.RandomAccess : FileOptions.None;
#else
        return FileOptions.None;
#endif
    }

    // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION on Windows, EWOULDBLOCK of flock (11, on macOS 35) elsewhere.
    private static bool IsSharingViolation(IOException exception)
        => exception.HResult is unchecked((int)0x80070020) or unchecked((int)0x80070021) or 11 or 35;
}

/// <summary>Changes to a file that are held beside it and seen when it is read. Thread-safe.</summary>
internal interface IFileOverlay
{
    /// <summary>The length that the changed file has at least, in bytes.</summary>
    long Length { get; }

    /// <summary>Reads the changed file.</summary>
    void Read(long offset, Span<byte> destination);
}
