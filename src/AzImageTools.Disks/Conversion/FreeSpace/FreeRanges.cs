namespace AzImageTools.Disks.Conversion.FreeSpace;

/// <summary>
/// Ranges of a disk in ascending order. There are never more than <see cref="MaximumCount"/>: where a volume has more, its
/// smallest ones are given up, since a range that is not known as free does no harm.
/// </summary>
internal sealed class FreeRanges
{
    /// <summary>16 MiB of them.</summary>
    public const int MaximumCount = 1024 * 1024;

    private readonly List<DiskExtent> _ranges = [];
    private readonly int _maximumCount;
    private long _minimumLength = 1;

    public FreeRanges(int maximumCount = MaximumCount) => _maximumCount = maximumCount;

    public IReadOnlyList<DiskExtent> All => _ranges;

    /// <summary>Adds ranges that lie behind all others.</summary>
    public void Add(DiskExtent range)
    {
        if (range.Length < _minimumLength)
        {
            return;
        }

        _ranges.Add(range);
        while (_ranges.Count > _maximumCount)
        {
            _minimumLength *= 2;
            _ranges.RemoveAll(candidate => candidate.Length < _minimumLength);
        }
    }

    /// <summary>The first range that ends behind a position, as an index of <see cref="All"/>.</summary>
    public int FindFrom(long position) => Bisection.FindFirst(_ranges, range => range.End > position);
}
