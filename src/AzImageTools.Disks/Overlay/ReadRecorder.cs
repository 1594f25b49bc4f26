namespace AzImageTools.Disks.Overlay;

/// <summary>Notes which parts of a disk were read: what a change to it was made for. Thread-safe.</summary>
internal sealed class ReadRecorder(IByteSource source) : IByteSource
{
    private const int BlockSize = 4096;
    private const int LongestRange = 1 << 20;

    private readonly object _gate = new();
    private readonly SortedSet<long> _blocks = [];

    public string Name => source.Name;

    public long Length => source.Length;

    public int LogicalSectorSize => source.LogicalSectorSize;

    public ReadBudget Budget => source.Budget;

    /// <summary>What was read, in whole blocks as far as the disk reaches, in ascending order.</summary>
    public IReadOnlyList<DiskExtent> Ranges
    {
        get
        {
            List<DiskExtent> ranges = [];
            lock (_gate)
            {
                foreach (long block in _blocks)
                {
                    long offset = block * BlockSize;
                    long length = Math.Min(BlockSize, Length - offset);
                    if (ranges.Count > 0 && ranges[ranges.Count - 1] is { } last && last.End == offset && last.Length < LongestRange)
                    {
                        ranges[ranges.Count - 1] = last with { Length = last.Length + length };
                    }
                    else
                    {
                        ranges.Add(new DiskExtent(offset, length));
                    }
                }
            }

            return ranges;
        }
    }

    public void Read(long offset, Span<byte> destination)
    {
        source.Read(offset, destination);
        if (destination.Length == 0)
        {
            return;
        }

        lock (_gate)
        {
            for (long block = offset / BlockSize; block * BlockSize < offset + destination.Length; block++)
            {
                _blocks.Add(block);
            }
        }
    }

    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => source.GetExtents(offset, length);

    public void Prefetch(IEnumerable<DiskExtent> ranges) => source.Prefetch(ranges);
}
