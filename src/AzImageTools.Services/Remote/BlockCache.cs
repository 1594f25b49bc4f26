using AzImageTools.Disks;

namespace AzImageTools.Services.Remote;

/// <summary>
/// Keeps blocks of something far away, those last used, in bounded memory. What is read on from a block that is there is fetched ahead, the more
/// the longer it goes on; what a reader tells that it will want, at once. Thread-safe.
/// </summary>
internal sealed class BlockCache
{
    /// <summary>Bytes in a block.</summary>
    public const int BlockSize = 32 << 10;

    /// <summary>The most bytes that one request fetches.</summary>
    public const int LargestRun = 1 << 20;

    /// <summary>How many blocks are kept: 32 MiB of them.</summary>
    public const int MostBlocks = (32 << 20) / BlockSize;

    /// <summary>How many blocks may be on their way by hints.</summary>
    private const int MostOnTheirWay = MostBlocks / 2;

    /// <summary>How many blocks are fetched ahead at most.</summary>
    private const int LongestAhead = LargestRun / BlockSize;

    private readonly object _gate = new();
    private readonly Dictionary<long, CachedBlock> _blocks = [];

    /// <summary>The blocks, the one last used first.</summary>
    private readonly LinkedList<CachedBlock> _recent = new();
    private readonly long _length;
    private readonly Func<DiskExtent, bool> _hasData;
    private readonly Action<IReadOnlyList<CachedBlock>> _fetch;
    private readonly CancellationToken _cancellation;
    private int _waits;

    /// <param name="length">How many bytes there are.</param>
    /// <param name="hasData">Whether a range may hold data; where not, it is zero.</param>
    /// <param name="fetch">Begins to fetch blocks, given in ascending order, and sets what tells of their end.</param>
    /// <param name="cancellation">Ends waiting.</param>
    public BlockCache(long length, Func<DiskExtent, bool> hasData, Action<IReadOnlyList<CachedBlock>> fetch, CancellationToken cancellation)
    {
        _length = length;
        _hasData = hasData;
        _fetch = fetch;
        _cancellation = cancellation;
    }

    /// <summary>How often a reader had to wait.</summary>
    public int Waits => Volatile.Read(ref _waits);

    /// <summary>Fills a span from a position on.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            // No more at once than stays in the cache meanwhile.
            int count = (int)Math.Min(destination.Length, LargestRun - (offset % BlockSize));
            ReadRun(offset, destination.Slice(0, count));
            offset += count;
            destination = destination.Slice(count);
        }
    }

    /// <summary>Begins to fetch ranges, as far as they are not there, and leave room for what is read meanwhile.</summary>
    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        SortedSet<long> numbers = [];
        foreach (DiskExtent range in ranges.Where(range => range.Length > 0 && range.Offset >= 0 && range.Offset <= _length - range.Length))
        {
            for (long number = range.Offset / BlockSize; number <= (range.End - 1) / BlockSize && numbers.Count < MostOnTheirWay; number++)
            {
                numbers.Add(number);
            }

            if (numbers.Count >= MostOnTheirWay)
            {
                break;
            }
        }

        lock (_gate)
        {
            int free = MostOnTheirWay - _blocks.Values.Count(block => !block.Loading!.IsCompleted);
            Require(numbers.Where(number => !_blocks.ContainsKey(number)).Take(Math.Max(0, free)));
        }
    }

    private void ReadRun(long offset, Span<byte> destination)
    {
        long first = offset / BlockSize;
        long last = (offset + destination.Length - 1) / BlockSize;
        CachedBlock?[] blocks = new CachedBlock?[last - first + 1];
        lock (_gate)
        {
            Require(Enumerable.Range(0, blocks.Length + CountAhead(first, last)).Select(index => first + index));
            for (int index = 0; index < blocks.Length; index++)
            {
                blocks[index] = Touch(first + index);
            }
        }

        foreach (CachedBlock? block in blocks)
        {
            DiskExtent extent = ExtentOf(first++);
            int skipped = (int)(offset - extent.Offset);
            int count = (int)Math.Min(destination.Length, extent.Length - skipped);
            if (block is null)
            {
                destination.Slice(0, count).Clear();
            }
            else
            {
                Wait(block);
                block.Bytes.AsSpan(skipped, count).CopyTo(destination);
            }

            offset += count;
            destination = destination.Slice(count);
        }
    }

    /// <summary>How many blocks behind the last are to be fetched too: as many as are there before the first.</summary>
    private int CountAhead(long first, long last)
    {
        int before = 0;
        while (before < LongestAhead && _blocks.ContainsKey(first - 1 - before))
        {
            before++;
        }

        // Half of them still there: they are used up first, so that a request fetches several.
        return before == 0 || _blocks.ContainsKey(last + 1 + (before / 2)) ? 0 : before;
    }

    /// <summary>Begins to fetch those blocks that are not there; under the lock.</summary>
    private void Require(IEnumerable<long> numbers)
    {
        List<CachedBlock> missing = [];
        foreach (long number in numbers)
        {
            DiskExtent extent = ExtentOf(number);
            if (extent.Length > 0 && !_blocks.ContainsKey(number) && _hasData(extent))
            {
                CachedBlock block = new(extent);
                _blocks.Add(number, block);
                block.Place = _recent.AddFirst(block);
                missing.Add(block);
            }
        }

        if (missing.Count > 0)
        {
            _fetch(missing);
        }

        while (_blocks.Count > MostBlocks)
        {
            CachedBlock oldest = _recent.Last!.Value;
            _recent.RemoveLast();
            _blocks.Remove(oldest.Extent.Offset / BlockSize);
        }
    }

    private CachedBlock? Touch(long number)
    {
        if (!_blocks.TryGetValue(number, out CachedBlock? block))
        {
            return null;
        }

        _recent.Remove(block.Place!);
        _recent.AddFirst(block.Place!);
        return block;
    }

    private DiskExtent ExtentOf(long number) => new(number * BlockSize, Math.Max(0, Math.Min(BlockSize, _length - (number * BlockSize))));

    private void Wait(CachedBlock block)
    {
        if (!block.Loading!.IsCompleted)
        {
            Interlocked.Increment(ref _waits);
            try
            {
                block.Loading.Wait(_cancellation);
            }
            catch (AggregateException)
            {
                // What went wrong is thrown below as it is.
            }
        }

        block.Loading.GetAwaiter().GetResult();
    }
}

/// <summary>A block of a <see cref="BlockCache"/>, there or on its way.</summary>
/// <param name="extent">Where it lies.</param>
internal sealed class CachedBlock(DiskExtent extent)
{
    /// <summary>Where it lies.</summary>
    public DiskExtent Extent => extent;

    /// <summary>Its bytes: right once it has been loaded, zero where nobody filled them.</summary>
    public byte[] Bytes { get; } = new byte[extent.Length];

    /// <summary>Tells of its end.</summary>
    public Task? Loading { get; set; }

    /// <summary>Its place among those last used.</summary>
    public LinkedListNode<CachedBlock>? Place { get; set; }

    /// <summary>Takes what of some bytes lies in it.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="bytes">They.</param>
    public void Fill(long offset, ReadOnlySpan<byte> bytes)
    {
        long start = Math.Max(offset, extent.Offset);
        int count = (int)(Math.Min(offset + bytes.Length, extent.End) - start);
        if (count > 0)
        {
            bytes.Slice((int)(start - offset), count).CopyTo(Bytes.AsSpan((int)(start - extent.Offset)));
        }
    }
}
