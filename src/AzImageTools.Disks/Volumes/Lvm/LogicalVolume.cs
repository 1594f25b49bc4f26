using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Volumes.Lvm;

/// <summary>A logical volume, read through the map of its segments to the disk. Thread-safe.</summary>
internal sealed class LogicalVolume : IByteSource, IWritableBytes
{
    private readonly IByteSource _disk;
    private readonly IReadOnlyList<LogicalVolumeSegment> _segments;
    private readonly string? _problem;
    private readonly FileContent _content;

    /// <param name="disk">The disk that its physical volumes are on.</param>
    /// <param name="path">Its group's name and its own, such as "system/root".</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="segments">Its segments: each begins where the one before it ends, the first at 0, and they fill it.</param>
    /// <param name="problem">Why it can't be read, as a sentence; null where it can.</param>
    public LogicalVolume(IByteSource disk, string path, long length, IReadOnlyList<LogicalVolumeSegment> segments, string? problem)
    {
        _disk = disk;
        _segments = segments;
        _problem = problem;
        _content = new FileContent(disk, "the logical volume " + path, Find, length);
        Path = path;
        Name = $"{disk.Name}, logical volume {path}";
    }

    /// <summary>Its group's name and its own, such as "system/root".</summary>
    public string Path { get; }

    public string Name { get; }

    /// <summary>Whether a snapshot was taken of it, which has to be told of what is written.</summary>
    public bool HasSnapshot { get; init; }

    public long Length => _content.Length;

    public int LogicalSectorSize => _disk.LogicalSectorSize;

    public ReadBudget Budget => _disk.Budget;

    bool IWritableBytes.CanWrite => _problem is null && _disk is IWritableBytes { CanWrite: true };

    public void Read(long offset, Span<byte> destination)
    {
        RequireReadable();
        _content.Read(offset, destination);
    }

    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"The range does not lie within {Name}.");
        }

        return ExtentMerger.Merge(Map(offset, length).SelectMany(piece => _disk.GetExtents(piece.VolumeOffset, piece.Length)
            .Select(extent => extent with { Offset = extent.Offset - piece.VolumeOffset + piece.FileOffset })));
    }

    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        if (_problem is null)
        {
            _content.Prefetch(ranges);
        }
    }

    void IWritableBytes.Write(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset < 0 || offset > Length - bytes.Length || _disk is not IWritableBytes disk)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{bytes.Length} bytes from {offset} on can't be written to {Name} of {Length} bytes.");
        }

        if (HasSnapshot)
        {
            throw new DiskRepairException(DiskRepairProblem.VolumeNotRepairable, Name, $"{Name} must not be written: it has a snapshot. Nothing was changed.", "Remove or merge the snapshot (lvremove, lvconvert --merge).");
        }

        FileRun[] pieces = [.. Map(offset, bytes.Length)];
        if (pieces.Sum(static piece => piece.Length) != bytes.Length)
        {
            throw new DiskFormatException(Name, offset, "It is of zeros there, and nothing can be written.");
        }

        foreach (FileRun piece in pieces)
        {
            disk.Write(piece.VolumeOffset, bytes.Slice((int)(piece.FileOffset - offset), (int)piece.Length));
        }
    }

    /// <summary>Where on the disk a range lies, piece by piece; what is of zeros lies nowhere.</summary>
    public IEnumerable<FileRun> Map(long offset, long length)
    {
        RequireReadable();
        FileRun run;
        for (long position = offset; position < offset + length; position = run.FileEnd)
        {
            run = Find(position);
            if (run.VolumeOffset != FileRun.Hole)
            {
                yield return new FileRun(position, run.VolumeOffset + (position - run.FileOffset), Math.Min(run.FileEnd, offset + length) - position);
            }
        }
    }

    private void RequireReadable()
    {
        if (_problem is not null)
        {
            throw new DiskFormatException(Name, null, _problem);
        }
    }

    private FileRun Find(long position) => _segments[Bisection.FindFirst(_segments, segment => segment.End > position)].Find(position);
}

/// <summary>A part of a logical volume: of zeros, or laid in stripes over areas of physical volumes; a linear one has one area.</summary>
/// <param name="Start">Its first byte in the logical volume.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="StripeSize">Bytes in a stripe.</param>
/// <param name="Areas">Where on the disk its areas begin; none where it is of zeros.</param>
internal sealed record LogicalVolumeSegment(long Start, long Length, long StripeSize, IReadOnlyList<long> Areas)
{
    public long End => Start + Length;

    /// <summary>The piece that a byte of the logical volume lies in: a stripe, or the whole segment.</summary>
    public FileRun Find(long position)
    {
        if (Areas.Count == 0)
        {
            return new FileRun(Start, FileRun.Hole, Length);
        }

        long stripe = (position - Start) / StripeSize;
        long offset = Areas[(int)(stripe % Areas.Count)] + (stripe / Areas.Count * StripeSize);
        return new FileRun(Start + (stripe * StripeSize), offset, StripeSize);
    }
}
