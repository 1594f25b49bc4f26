namespace AzImageTools.Disks.Registry;

/// <summary>
/// A hive's bytes, read page by page as they are asked for, with what its logs recovered laid over them. A bounded number
/// of pages is kept, the oldest given up first; those that were changed are all kept. Thread-safe.
/// </summary>
internal sealed class HivePages : IDisposable
{
    private const int PageSize = 16 * 1024;
    private const int MaximumPages = 1024;

    private readonly object _gate = new();
    private readonly Stream _content;
    private readonly string _name;
    private readonly HiveOverlay? _overlay;
    private readonly Dictionary<long, byte[]> _pages = [];
    private readonly Queue<long> _order = new();
    private readonly SortedDictionary<long, byte[]> _changed = [];
    private long _lastNumber = -1;
    private byte[] _lastPage = [];

    public HivePages(Stream content, string name, HiveOverlay? overlay)
    {
        _content = content;
        _name = name;
        _overlay = overlay;
        Budget = (content as ReadOnlyStream)?.Budget ?? OwnBudget(content, name);
        StoredLength = content.Length + (overlay?.Length ?? 0);
        Length = overlay is null ? content.Length : BaseBlock.Size + (long)overlay.Base.BinsLength;
    }

    public long Length { get; private set; }

    /// <summary>How many bytes the hive's file has, whatever it uses of them.</summary>
    public long FileLength => _content.Length;

    /// <summary>How many bytes the file and what is laid over it have. What the hive says of its length may be more.</summary>
    public long StoredLength { get; }

    /// <summary>What reading may cost: the disk's, where the hive lies on one.</summary>
    public ReadBudget Budget { get; }

    /// <summary>Whether it makes a difference to be told what is read next.</summary>
    public bool TakesHints => _content is ReadOnlyStream;

    /// <summary>Tells which bytes are likely to be read next.</summary>
    public void Prefetch(IEnumerable<DiskExtent> ranges)
        => (_content as ReadOnlyStream)?.Prefetch(ranges.Select(range => range.Offset / PageSize).Distinct().Where(IsMissing)
            .Where(number => number * PageSize < _content.Length)
            .Select(number => new DiskExtent(number * PageSize, Math.Min(PageSize, _content.Length - (number * PageSize)))));

    /// <summary>Fills the destination; the range lies within the hive, or it is refused.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(_name, offset, $"{destination.Length} bytes are referred to there, but the hive ends at byte {Length}.");
        }

        lock (_gate)
        {
            while (destination.Length > 0)
            {
                byte[] page = GetPage(offset / PageSize);
                int start = (int)(offset % PageSize);
                int count = Math.Min(destination.Length, page.Length - start);
                page.AsSpan(start, count).CopyTo(destination);
                destination = destination.Slice(count);
                offset += count;
            }
        }
    }

    /// <summary>Changes bytes in memory; the range lies within the hive.</summary>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        if (offset < 0 || offset > Length - source.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{source.Length} bytes from {offset} on do not lie within the hive's {Length}.");
        }

        lock (_gate)
        {
            while (source.Length > 0)
            {
                long number = offset / PageSize;
                byte[] page = GetPage(number);
                _changed[number] = page;
                int start = (int)(offset % PageSize);
                int count = Math.Min(source.Length, page.Length - start);
                source.Slice(0, count).CopyTo(page.AsSpan(start));
                source = source.Slice(count);
                offset += count;
            }
        }
    }

    /// <summary>Makes the hive longer, with zeros.</summary>
    public void Grow(long length)
    {
        lock (_gate)
        {
            if (length <= Length)
            {
                return;
            }

            long last = Length / PageSize;
            byte[]? page = Length % PageSize == 0 ? null : FindPage(last);
            Length = length;
            if (page is not null)
            {
                // What lies in the file behind the hive's end is nobody's.
                Array.Resize(ref page, (int)Math.Min(PageSize, length - (last * PageSize)));
                _pages[last] = page;
                _changed[last] = page;
            }

            _lastNumber = -1;
        }
    }

    /// <summary>What differs from the file: changes, and what the logs recovered; runs of whole sectors, in ascending order.</summary>
    public IEnumerable<(long Position, ReadOnlyMemory<byte> Bytes)> EnumerateChanges()
    {
        const int sector = BaseBlock.SectorSize;
        SortedSet<long> numbers = [.. _changed.Keys, .. (_overlay?.Positions ?? []).Where(position => position < Length).Select(static position => position / PageSize)];
        foreach (long number in numbers)
        {
            byte[] page;
            lock (_gate)
            {
                page = FindPage(number);
            }

            long position = number * PageSize;
            int stored = (int)Math.Max(0, Math.Min(page.Length, _content.Length - position));
            byte[] before = new byte[page.Length];
            StreamContent.Fill(_content, _name, position, before, 0, stored);
            for (int start = 0; start < page.Length; start += sector)
            {
                int count = Math.Min(sector, page.Length - start);
                if (start + count > stored || !before.AsSpan(start, count).SequenceEqual(page.AsSpan(start, count)))
                {
                    yield return (position + start, page.AsMemory(start, count));
                }
            }
        }
    }

    public void Dispose()
    {
        _content.Dispose();
        _overlay?.Dispose();
    }

    private static ReadBudget OwnBudget(Stream content, string name)
    {
        ReadBudget budget = new(name);
        budget.Holds(() => content.Length);
        return budget;
    }

    private bool IsMissing(long number)
    {
        lock (_gate)
        {
            return !_pages.ContainsKey(number);
        }
    }

    // What is asked for lies mostly in the page that was asked for last.
    private byte[] GetPage(long number)
    {
        if (number != _lastNumber)
        {
            _lastPage = FindPage(number);
            _lastNumber = number;
        }

        return _lastPage;
    }

    private byte[] FindPage(long number)
    {
        if (_changed.TryGetValue(number, out byte[]? page) || _pages.TryGetValue(number, out page))
        {
            return page;
        }

        if (_order.Count == MaximumPages)
        {
            _pages.Remove(_order.Dequeue());
        }

        long position = number * PageSize;
        page = new byte[(int)Math.Min(PageSize, Length - position)];
        StreamContent.Fill(_content, _name, position, page, 0, (int)Math.Max(0, Math.Min(page.Length, _content.Length - position)));
        _overlay?.Apply(position, page);
        _pages[number] = page;
        _order.Enqueue(number);
        return page;
    }
}
