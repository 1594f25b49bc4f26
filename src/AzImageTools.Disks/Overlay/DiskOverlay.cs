using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Overlay;

/// <summary>
/// A disk with changes laid over it: what is written is kept beside it, and seen when it is read. The disk itself is never
/// written. Reading is thread-safe, also while another thread writes. It does not own the disk.
/// </summary>
public sealed class DiskOverlay : IByteSource, IWritableBytes, IDisposable
{
    private const int BlockSize = 4096;

    // 16 MiB; what is more goes to a temporary file.
    private const int BlocksInMemory = 4096;

    private readonly object _gate = new();
    private readonly Dictionary<long, int> _blocks = [];
    private readonly BlockStore _store;
    private long[]? _sorted = [];

    /// <summary>Lays nothing over a disk yet.</summary>
    /// <param name="source">The disk; must stay readable as long as the overlay is.</param>
    public DiskOverlay(IByteSource source)
        : this(source, BlocksInMemory)
    {
    }

    internal DiskOverlay(IByteSource source, int blocksInMemory)
    {
        Source = source ?? throw new ArgumentNullException(nameof(source));
        _store = new BlockStore(BlockSize, blocksInMemory);
    }

    /// <summary>The disk without the changes.</summary>
    public IByteSource Source { get; }

    /// <inheritdoc/>
    public string Name => Source.Name;

    /// <inheritdoc/>
    public long Length => Source.Length;

    /// <inheritdoc/>
    public int LogicalSectorSize => Source.LogicalSectorSize;

    /// <inheritdoc/>
    public ReadBudget Budget => Source.Budget;

    /// <inheritdoc/>
    bool IWritableBytes.CanWrite => true;

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        Source.Read(offset, destination);
        lock (_gate)
        {
            if (_blocks.Count == 0 || destination.Length == 0)
            {
                return;
            }

            long[] sorted = Sorted();
            long end = offset + destination.Length;
            byte[] block = new byte[BlockSize];
            for (int i = Bisection.FindFirst(sorted, number => (number + 1) * BlockSize > offset); i < sorted.Length && sorted[i] * BlockSize < end; i++)
            {
                _store.Read(_blocks[sorted[i]], block);
                long start = Math.Max(offset, sorted[i] * BlockSize);
                int count = (int)(Math.Min(end, (sorted[i] + 1) * BlockSize) - start);
                block.AsSpan((int)(start % BlockSize), count).CopyTo(destination.Slice((int)(start - offset)));
            }
        }
    }

    /// <summary>Lays bytes over the disk.</summary>
    /// <param name="offset">The position of the first byte.</param>
    /// <param name="bytes">The bytes.</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie within the disk.</exception>
    /// <exception cref="DiskFormatException">The disk can't be read there.</exception>
    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset < 0 || offset > Length - bytes.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{bytes.Length} bytes from {offset} on do not lie within the disk's {Length} bytes.");
        }

        lock (_gate)
        {
            byte[] block = new byte[BlockSize];
            while (bytes.Length > 0)
            {
                long number = offset / BlockSize;
                int start = (int)(offset % BlockSize);
                int count = Math.Min(bytes.Length, BlockSize - start);
                bool isKnown = _blocks.TryGetValue(number, out int slot);
                if (isKnown)
                {
                    _store.Read(slot, block);
                }
                else
                {
                    int length = LengthOf(number);
                    Source.Read(number * BlockSize, block.AsSpan(0, length));
                    block.AsSpan(length).Clear();
                }

                bytes.Slice(0, count).CopyTo(block.AsSpan(start));
                if (isKnown)
                {
                    _store.Write(slot, block);
                }
                else
                {
                    _blocks.Add(number, _store.Add(block));
                    _sorted = null;
                }

                bytes = bytes.Slice(count);
                offset += count;
            }
        }
    }

    /// <inheritdoc/>
    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
    {
        List<DiskExtent> changed = [.. ChangedBlocks().Select(number => Clip(new DiskExtent(number * BlockSize, LengthOf(number)), offset, offset + length)).Where(static extent => extent.Length > 0)];
        return changed.Count == 0 ? Source.GetExtents(offset, length) : Merge(Source.GetExtents(offset, length), changed);
    }

    /// <inheritdoc/>
    public void Prefetch(IEnumerable<DiskExtent> ranges) => Source.Prefetch(ranges);

    /// <summary>What differs from the disk without the changes, in ascending order, lazily: runs of whole sectors of 512 bytes.</summary>
    /// <exception cref="DiskFormatException">The disk can't be read there.</exception>
    public IEnumerable<OverlayChange> EnumerateChanges()
    {
        const int sector = 512;
        foreach (long number in ChangedBlocks())
        {
            int length = LengthOf(number);
            byte[] before = new byte[length];
            byte[] after = new byte[length];
            Source.Read(number * BlockSize, before);
            Read(number * BlockSize, after);
            for (int start = 0; start < length;)
            {
                int end = start;
                while (end < length && !Equal(before, after, end, Math.Min(sector, length - end)))
                {
                    end += Math.Min(sector, length - end);
                }

                if (end > start)
                {
                    yield return new OverlayChange((number * BlockSize) + start, before.AsMemory(start, end - start), after.AsMemory(start, end - start));
                }

                start = end + Math.Min(sector, Math.Max(1, length - end));
            }
        }
    }

    /// <summary>Gives the changes up.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _store.Dispose();
        }
    }

    private static bool Equal(byte[] one, byte[] other, int start, int count) => one.AsSpan(start, count).SequenceEqual(other.AsSpan(start, count));

    private static DiskExtent Clip(DiskExtent extent, long start, long end)
    {
        long from = Math.Max(extent.Offset, start);
        return new DiskExtent(from, Math.Min(extent.End, end) - from);
    }

    /// <summary>Both lists, each in ascending order, as one; what touches is merged.</summary>
    private static IEnumerable<DiskExtent> Merge(IEnumerable<DiskExtent> one, List<DiskExtent> other)
    {
        DiskExtent? last = null;
        int next = 0;
        foreach (DiskExtent extent in one)
        {
            for (; next < other.Count && other[next].Offset <= extent.Offset; next++)
            {
                if (Add(ref last, other[next]) is { } before)
                {
                    yield return before;
                }
            }

            if (Add(ref last, extent) is { } done)
            {
                yield return done;
            }
        }

        for (; next < other.Count; next++)
        {
            if (Add(ref last, other[next]) is { } before)
            {
                yield return before;
            }
        }

        if (last is { } rest)
        {
            yield return rest;
        }
    }

    /// <summary>Joins an extent with the last one; where they don't touch, it takes its place, and the last one is done.</summary>
    private static DiskExtent? Add(ref DiskExtent? last, DiskExtent extent)
    {
        if (last is { } before && extent.Offset <= before.End)
        {
            last = before with { Length = Math.Max(before.End, extent.End) - before.Offset };
            return null;
        }

        DiskExtent? done = last;
        last = extent;
        return done;
    }

    private int LengthOf(long number) => (int)Math.Min(BlockSize, Length - (number * BlockSize));

    private long[] ChangedBlocks()
    {
        lock (_gate)
        {
            return Sorted();
        }
    }

    private long[] Sorted()
    {
        if (_sorted is null)
        {
            _sorted = [.. _blocks.Keys];
            Array.Sort(_sorted);
        }

        return _sorted;
    }
}

/// <summary>Bytes of a disk that a change gave other values.</summary>
/// <param name="Offset">The first byte's position on the disk.</param>
/// <param name="Before">What they were.</param>
/// <param name="After">What they are with the change; as many.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct OverlayChange(long Offset, ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> After);
