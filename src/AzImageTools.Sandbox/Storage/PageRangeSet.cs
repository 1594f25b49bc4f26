using System.Runtime.InteropServices;

namespace AzImageTools.Sandbox.Storage;

/// <summary>The written ranges of a page blob: ordered, disjoint, neighbours merged. Not thread-safe.</summary>
internal sealed class PageRangeSet
{
    private readonly List<PageRange> _ranges = [];

    public void Add(PageRange range)
    {
        if (range.Length <= 0)
        {
            return;
        }

        var first = FirstEndingAt(range.Start);
        var next = first;
        var start = range.Start;
        var end = range.End;
        while (next < _ranges.Count && _ranges[next].Start <= range.End)
        {
            start = Math.Min(start, _ranges[next].Start);
            end = Math.Max(end, _ranges[next].End);
            next++;
        }

        Replace(first, next - first, [new PageRange(start, end)]);
    }

    public void Remove(PageRange range)
    {
        var first = FirstEndingAt(range.Start + 1);
        var next = first;
        var remains = new List<PageRange>(2);
        while (next < _ranges.Count && _ranges[next].Start < range.End)
        {
            var existing = _ranges[next++];
            if (existing.Start < range.Start)
            {
                remains.Add(new PageRange(existing.Start, range.Start));
            }

            if (existing.End > range.End)
            {
                remains.Add(new PageRange(range.End, existing.End));
            }
        }

        Replace(first, next - first, remains);
    }

    /// <summary>What lies inside <paramref name="window"/>, cut to it, in order.</summary>
    public IEnumerable<PageRange> Within(PageRange window)
    {
        for (var index = FirstEndingAt(window.Start + 1); index < _ranges.Count && _ranges[index].Start < window.End; index++)
        {
            yield return new PageRange(Math.Max(window.Start, _ranges[index].Start), Math.Min(window.End, _ranges[index].End));
        }
    }

    private void Replace(int index, int count, List<PageRange> replacement)
    {
        if (count == 1 && replacement.Count == 1)
        {
            _ranges[index] = replacement[0];
            return;
        }

        _ranges.RemoveRange(index, count);
        _ranges.InsertRange(index, replacement);
    }

    /// <summary>The first range that ends at or after <paramref name="position"/>.</summary>
    private int FirstEndingAt(long position)
    {
        var low = 0;
        var high = _ranges.Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_ranges[middle].End < position)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}

/// <summary>Bytes <paramref name="Start"/> up to, not including, <paramref name="End"/>.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct PageRange(long Start, long End)
{
    public const int PageSize = 512;

    public long Length => End - Start;

    public bool IsPageAligned => Start % PageSize == 0 && End % PageSize == 0;
}
