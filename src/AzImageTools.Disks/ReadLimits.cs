namespace AzImageTools.Disks;

/// <summary>How much reading a disk may cost. No disk that holds what it should comes near.</summary>
/// <param name="Structure">The most bytes of memory for one structure.</param>
/// <param name="Allocated">The most bytes of memory for all structures, those given back included.</param>
/// <param name="Visited">The most structures.</param>
/// <param name="Worked">The most steps of other work.</param>
internal sealed record ReadLimits(long Structure, long Allocated, long Visited, long Worked)
{
    // A folder's file costs 1 KiB and more of the disk, and a dozen structures when it is looked for by its path.
    private const long BytesPerVisit = 32;
    private const long AllocatedPerByte = 64;
    private const long WorkPerByte = 64;

    // More makes no difference any more.
    private const long MostHeld = 1L << 45;

    /// <summary>
    /// What any disk may cost, however little it holds.
    /// One structure: the largest are a registry value's data and the metadata of a volume group, a few MiB.
    /// All: 260,000 nodes of folders' indexes. Structures: reading each key of a registry by its path, from the top, takes 20 million or so.
    /// Work: the bitmap of 32 TiB in clusters of 4 KiB has 1 GiB.
    /// What reaches one of them has kept a processor busy for some seconds.
    /// </summary>
    public static ReadLimits Least { get; } = new(32L << 20, 1L << 30, 1L << 25, 1L << 30);

    /// <summary>The limits of a disk that holds more.</summary>
    /// <param name="held">How many bytes more.</param>
    public ReadLimits Grow(long held)
    {
        held = Math.Min(held, MostHeld);
        return this with
        {
            Allocated = Allocated + (held * AllocatedPerByte),
            Visited = Visited + (held / BytesPerVisit),
            Worked = Worked + (held * WorkPerByte),
        };
    }
}
