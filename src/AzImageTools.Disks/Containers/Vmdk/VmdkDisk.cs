using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>A VMDK: one extent after the other.</summary>
internal sealed class VmdkDisk : VirtualDisk
{
    private const int SectorSize = 512;

    private readonly Extent[] _extents;
    private readonly DiskFile[] _files;

    /// <param name="file">The image: its descriptor, or its only extent.</param>
    /// <param name="subFormat">Fixed where all extents are flat.</param>
    /// <param name="extents">In order, without gaps, at least one.</param>
    public VmdkDisk(DiskFile file, DiskSubFormat subFormat, IReadOnlyList<Extent> extents)
        : base(file, DiskFormat.Vmdk, subFormat, extents[extents.Count - 1].End, SectorSize)
    {
        _extents = [.. extents];
        _files = [file, .. extents.Select(extent => extent.File).OfType<DiskFile>().Where(other => other != file)];
    }

    private protected override IReadOnlyList<DiskFile> Files => _files;

    /// <summary>Says that the image was not closed.</summary>
    public void NoteUnclean() => AddProblem("The VMDK was not closed cleanly: its last changes may be missing.");

    private protected override void ReadContent(long offset, Span<byte> destination)
    {
        for (int i = IndexOf(offset); destination.Length > 0; i++)
        {
            int count = (int)Math.Min(destination.Length, _extents[i].End - offset);
            _extents[i].Read(offset, destination.Slice(0, count));
            offset += count;
            destination = destination.Slice(count);
        }
    }

    private protected override IEnumerable<DiskExtent> GetContentExtents(long offset, long length)
        => ExtentMerger.Merge(_extents
            .Skip(IndexOf(offset))
            .TakeWhile(extent => extent.Start < offset + length)
            .SelectMany(extent =>
            {
                long start = Math.Max(extent.Start, offset);
                return extent.GetExtents(start, Math.Min(extent.End, offset + length) - start);
            }));

    /// <summary>The extent that a position is in; one beyond the last for the disk's end.</summary>
    private int IndexOf(long offset) => Bisection.FindFirst(_extents, extent => extent.End > offset);
}
