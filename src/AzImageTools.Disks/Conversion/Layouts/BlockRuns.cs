using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Conversion.Layouts;

/// <summary>The blocks of a disk that hold data, in order: where in the row of stored blocks each of them is. Memory grows with the gaps, not with the disk.</summary>
internal sealed class BlockRuns
{
    private readonly List<Run> _runs = [];

    /// <param name="data">The disk's ranges that may hold data, in ascending order.</param>
    /// <param name="blockSize">Bytes in a block.</param>
    public BlockRuns(IEnumerable<DiskExtent> data, long blockSize)
    {
        BlockSize = blockSize;
        foreach (DiskExtent range in data.Where(static range => range.Length > 0))
        {
            Add(range.Offset / blockSize, (range.End - 1) / blockSize);
        }
    }

    /// <summary>Bytes in a block.</summary>
    public long BlockSize { get; }

    /// <summary>How many blocks hold data.</summary>
    public long Count => _runs.Count == 0 ? 0 : _runs[_runs.Count - 1].Index + _runs[_runs.Count - 1].Length;

    /// <summary>The blocks that hold data, each with its place in the row.</summary>
    public IEnumerable<(long Block, long Index)> All
    {
        get
        {
            foreach (Run run in _runs)
            {
                for (long i = 0; i < run.Length; i++)
                {
                    yield return (run.Block + i, run.Index + i);
                }
            }
        }
    }

    /// <summary>The place of a block in the row; -1 where it holds no data.</summary>
    public long IndexOf(long block)
    {
        int low = 0;
        int high = _runs.Count - 1;
        while (low <= high)
        {
            int middle = low + ((high - low) / 2);
            Run run = _runs[middle];
            if (block < run.Block)
            {
                high = middle - 1;
            }
            else if (block >= run.Block + run.Length)
            {
                low = middle + 1;
            }
            else
            {
                return run.Index + block - run.Block;
            }
        }

        return -1;
    }

    private void Add(long first, long last)
    {
        if (_runs.Count > 0)
        {
            Run before = _runs[_runs.Count - 1];
            long next = before.Block + before.Length;
            first = Math.Max(first, next);
            if (first > last)
            {
                return;
            }

            if (first == next)
            {
                _runs[_runs.Count - 1] = before with { Length = before.Length + last + 1 - first };
                return;
            }
        }

        _runs.Add(new Run(first, last + 1 - first, Count));
    }

    /// <summary>Blocks in a row.</summary>
    /// <param name="Block">The first one.</param>
    /// <param name="Length">How many.</param>
    /// <param name="Index">The first one's place among those that are stored.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Run(long Block, long Length, long Index);
}
