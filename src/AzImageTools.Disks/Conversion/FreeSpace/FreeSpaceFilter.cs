namespace AzImageTools.Disks.Conversion.FreeSpace;

/// <summary>
/// A disk whose free space reads as zeros: what the file systems of its guest have as free, where that is certain. All else
/// is the disk's. Thread-safe. It does not own the disk.
/// </summary>
public sealed class FreeSpaceFilter : IByteSource
{
    // A smaller gap in the data is not worth a read of its own; it reads as zeros all the same.
    private const long SmallestGap = 64 * 1024;

    private readonly IByteSource _disk;
    private readonly FreeRanges _free;
    private readonly Lazy<long> _bytesSkipped;

    internal FreeSpaceFilter(IByteSource disk, IReadOnlyList<FreeSpaceVolume> volumes, FreeRanges free)
    {
        _disk = disk;
        _free = free;
        Volumes = volumes;
        _bytesSkipped = new Lazy<long>(() => disk.GetExtents(0, disk.Length).Sum(CountFree), LazyThreadSafetyMode.PublicationOnly);
    }

    /// <inheritdoc/>
    public string Name => _disk.Name;

    /// <inheritdoc/>
    public long Length => _disk.Length;

    /// <inheritdoc/>
    public int LogicalSectorSize => _disk.LogicalSectorSize;

    /// <inheritdoc/>
    public ReadBudget Budget => _disk.Budget;

    /// <summary>The disk's volumes, with those that are left whole and why.</summary>
    public IReadOnlyList<FreeSpaceVolume> Volumes { get; }

    /// <summary>How many bytes that the disk's image keeps read as zeros here.</summary>
    /// <exception cref="DiskFormatException">The image's map of its blocks is damaged.</exception>
    public long BytesSkipped => _bytesSkipped.Value;

    /// <summary>What to know of the volumes that are left whole and hold data, a sentence each: for logical volumes, the physical volumes they lie on.</summary>
    public IEnumerable<string> Warnings => Volumes
        .Where(volume => !volume.IsSkipped && volume.LogicalVolumeName is null && _disk.GetExtents(volume.Offset, Math.Min(volume.Length, Length - volume.Offset)).Any())
        .Select(static volume => $"{volume.Name} is left whole, its free space with it: {volume.WholeBecause}.");

    /// <summary>What is left out, as the end of a sentence.</summary>
    /// <exception cref="DiskFormatException">The image's map of its blocks is damaged.</exception>
    public string Summary => Volumes.Any(static volume => volume.IsSkipped)
        ? $"leaving out {ByteSize.Format(BytesSkipped)} of free space: {BriefList.Of(Volumes.Where(static volume => volume.IsSkipped).Select(static volume => volume.ToString()), "; ")}"
        : "leaving out no free space: every volume is left whole";

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> destination)
    {
        _disk.Read(offset, destination);
        long end = offset + destination.Length;
        for (int i = _free.FindFrom(offset); i < _free.All.Count && _free.All[i].Offset < end; i++)
        {
            long start = Math.Max(offset, _free.All[i].Offset);
            destination.Slice((int)(start - offset), (int)(Math.Min(end, _free.All[i].End) - start)).Clear();
        }
    }

    /// <inheritdoc/>
    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
        => _disk.GetExtents(offset, length).SelectMany(Cut);

    /// <inheritdoc/>
    public void Prefetch(IEnumerable<DiskExtent> ranges) => _disk.Prefetch(ranges);

    /// <summary>What of an extent of the disk is left without its larger free ranges.</summary>
    private IEnumerable<DiskExtent> Cut(DiskExtent extent)
    {
        long start = extent.Offset;
        for (int i = _free.FindFrom(start); i < _free.All.Count && _free.All[i].Offset < extent.End; i++)
        {
            DiskExtent free = _free.All[i];
            if (free.Length < SmallestGap && (free.Offset > start || free.End < extent.End))
            {
                continue;
            }

            if (free.Offset > start)
            {
                yield return new DiskExtent(start, free.Offset - start);
            }

            start = free.End;
        }

        if (start < extent.End)
        {
            yield return new DiskExtent(start, extent.End - start);
        }
    }

    private long CountFree(DiskExtent extent)
    {
        long count = 0;
        for (int i = _free.FindFrom(extent.Offset); i < _free.All.Count && _free.All[i].Offset < extent.End; i++)
        {
            count += Math.Min(extent.End, _free.All[i].End) - Math.Max(extent.Offset, _free.All[i].Offset);
        }

        return count;
    }
}
