using AzImageTools.Disks;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>Ranges of a blob in ascending order, adjacent ones merged.</summary>
internal sealed class PageRangeList
{
    private readonly List<DiskExtent> _ranges = [];

    /// <summary>The ranges.</summary>
    public IReadOnlyList<DiskExtent> Ranges => _ranges;

    /// <summary>Adds a range that begins at or behind the end of the last one.</summary>
    public void Add(DiskExtent range)
    {
        if (range.Length == 0)
        {
            return;
        }

        int last = _ranges.Count - 1;
        if (last >= 0 && range.Offset < _ranges[last].End)
        {
            throw new ArgumentException($"The range at {range.Offset} begins before the end of the one before it.", nameof(range));
        }

        if (last >= 0 && range.Offset == _ranges[last].End)
        {
            _ranges[last] = _ranges[last] with { Length = _ranges[last].Length + range.Length };
        }
        else
        {
            _ranges.Add(range);
        }
    }

    /// <summary>Whether all of a range is among these.</summary>
    public bool Covers(DiskExtent range)
    {
        int first = FirstBehind(range.Offset);
        return first < _ranges.Count && _ranges[first].Offset <= range.Offset && range.End <= _ranges[first].End;
    }

    /// <summary>Whether any of a range is among these.</summary>
    public bool Touches(DiskExtent range)
    {
        int first = FirstBehind(range.Offset);
        return first < _ranges.Count && _ranges[first].Offset < range.End;
    }

    /// <summary>What these ranges have and the others lack, in ascending order.</summary>
    public IEnumerable<DiskExtent> Except(PageRangeList others)
    {
        int other = 0;
        foreach (DiskExtent range in _ranges)
        {
            long position = range.Offset;
            while (other < others._ranges.Count && others._ranges[other].End <= position)
            {
                other++;
            }

            for (int i = other; i < others._ranges.Count && others._ranges[i].Offset < range.End; i++)
            {
                if (others._ranges[i].Offset > position)
                {
                    yield return new DiskExtent(position, others._ranges[i].Offset - position);
                }

                position = Math.Max(position, others._ranges[i].End);
            }

            if (position < range.End)
            {
                yield return new DiskExtent(position, range.End - position);
            }
        }
    }

    /// <summary>The index of the first range that ends behind a position.</summary>
    private int FirstBehind(long position)
    {
        int low = 0;
        int high = _ranges.Count - 1;
        while (low <= high)
        {
            int middle = low + ((high - low) / 2);
            if (_ranges[middle].End <= position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }
}
