namespace AzImageTools.Disks.Tests;

/// <summary>
/// A disk that takes a round trip for each read, unless it was told before that the range would be wanted: what it is told of at
/// once comes in one.
/// </summary>
internal sealed class DistantSource(byte[] bytes, ReadBudget budget, bool takesHints = true) : IByteSource
{
    private readonly bool[] _isFetched = new bool[(bytes.Length / 512) + 1];

    public string Name => "distant";

    public long Length => bytes.Length;

    public int LogicalSectorSize => 512;

    public ReadBudget Budget => budget;

    public int RoundTrips { get; set; }

    public int Reads { get; private set; }

    /// <summary>How often a read began at a position.</summary>
    public Dictionary<long, int> ReadsAt { get; } = [];

    public List<DiskExtent> Hints { get; } = [];

    public void Read(long offset, Span<byte> destination)
    {
        Budget.Read(destination.Length);
        Assert.InRange(offset, 0, Length - destination.Length);
        bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
        Reads++;
        ReadsAt[offset] = ReadsAt.GetValueOrDefault(offset) + 1;
        RoundTrips += Fetch(new DiskExtent(offset, destination.Length)) ? 1 : 0;
    }

    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => [new DiskExtent(offset, length)];

    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        if (!takesHints)
        {
            return;
        }

        bool isAnyMissing = false;
        foreach (DiskExtent range in ranges)
        {
            Assert.InRange(range.Offset, 0, Length - range.Length);
            Hints.Add(range);
            isAnyMissing |= Fetch(range);
        }

        RoundTrips += isAnyMissing ? 1 : 0;
    }

    /// <summary>Keeps a range, by sectors; whether any of it was missing.</summary>
    private bool Fetch(DiskExtent range)
    {
        bool isMissing = false;
        for (long sector = range.Offset / 512; sector * 512 < range.End; sector++)
        {
            isMissing |= !_isFetched[sector];
            _isFetched[sector] = true;
        }

        return isMissing;
    }
}
