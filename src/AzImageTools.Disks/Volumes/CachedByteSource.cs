namespace AzImageTools.Disks.Volumes;

/// <summary>
/// A volume seen through a small cache of blocks, for reading metadata in small pieces: at most
/// <see cref="MaximumBlocks"/> blocks are kept, the oldest given up first.
/// </summary>
internal sealed class CachedByteSource(IByteSource source) : IByteSource
{
    private const int BlockSize = 4096;
    private const int MaximumBlocks = 512;

    private readonly object _gate = new();
    private readonly Dictionary<long, byte[]> _blocks = [];
    private readonly Queue<long> _order = new();

    public string Name => source.Name;

    public long Length => source.Length;

    public int LogicalSectorSize => source.LogicalSectorSize;

    public ReadBudget Budget { get; } = source.Budget;

    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(Name, offset, $"A read of {destination.Length} bytes reaches beyond its {Length} bytes.");
        }

        // What is answered from the cache is no longer wanted either.
        Budget.Read(0);
        lock (_gate)
        {
            while (destination.Length > 0)
            {
                byte[] block = GetBlock(offset / BlockSize);
                int start = (int)(offset % BlockSize);
                int count = Math.Min(destination.Length, block.Length - start);
                block.AsSpan(start, count).CopyTo(destination);
                destination = destination.Slice(count);
                offset += count;
            }
        }
    }

    /// <summary>Brings what is kept up to date with bytes that were written to the volume.</summary>
    public void Update(long offset, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            while (bytes.Length > 0)
            {
                int start = (int)(offset % BlockSize);
                int count = Math.Min(bytes.Length, BlockSize - start);
                if (_blocks.TryGetValue(offset / BlockSize, out byte[]? block))
                {
                    bytes.Slice(0, count).CopyTo(block.AsSpan(start));
                }

                bytes = bytes.Slice(count);
                offset += count;
            }
        }
    }

    /// <summary>Gives up what is kept: the volume was changed.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _blocks.Clear();
            _order.Clear();
        }
    }

    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => source.GetExtents(offset, length);

    public void Prefetch(IEnumerable<DiskExtent> ranges) => source.Prefetch(ranges);

    private byte[] GetBlock(long number)
    {
        if (_blocks.TryGetValue(number, out byte[]? block))
        {
            return block;
        }

        if (_order.Count == MaximumBlocks)
        {
            block = _blocks[_order.Peek()];
            _blocks.Remove(_order.Dequeue());
        }

        // A block given up is used again where it has the right length: only the volume's last one differs.
        int length = (int)Math.Min(BlockSize, Length - (number * BlockSize));
        block = block?.Length == length ? block : new byte[length];
        source.Read(number * BlockSize, block);
        _blocks.Add(number, block);
        _order.Enqueue(number);
        return block;
    }
}
