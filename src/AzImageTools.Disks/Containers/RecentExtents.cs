namespace AzImageTools.Disks.Containers;

/// <summary>The extents of a file that were found last, a bounded number of them. Thread-safe.</summary>
internal sealed class RecentExtents
{
    private const int Most = 64;

    private readonly DiskExtent[] _extents = new DiskExtent[Most];
    private int _last;

    /// <summary>The extent that a position lies in; an empty one where none is known.</summary>
    public DiskExtent Find(long position)
    {
        lock (_extents)
        {
            // The one asked for last is mostly the one asked for next.
            for (int i = 0; i < Most; i++)
            {
                int slot = (_last + i) % Most;
                DiskExtent extent = _extents[slot];
                if (position >= extent.Offset && position < extent.End)
                {
                    _last = slot;
                    return extent;
                }
            }

            return default;
        }
    }

    /// <summary>Remembers an extent, and forgets an older one.</summary>
    public void Add(DiskExtent extent)
    {
        lock (_extents)
        {
            _last = (_last + Most - 1) % Most;
            _extents[_last] = extent;
        }
    }
}
