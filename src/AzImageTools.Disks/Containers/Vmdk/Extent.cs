using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>A part of a VMDK's disk, in a file of its own or in the image itself.</summary>
/// <param name="Start">Its first byte on the disk.</param>
/// <param name="Length">How many bytes of the disk it is.</param>
/// <param name="File">Its file; null where it is zero.</param>
/// <param name="Content">Its content; null where it is zero.</param>
internal sealed record Extent(long Start, long Length, DiskFile? File, MappedContent? Content)
{
    public long End => Start + Length;

    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
        => Content?.GetExtents(offset - Start, length).Select(extent => extent with { Offset = extent.Offset + Start }) ?? [];

    public void Read(long offset, Span<byte> destination)
    {
        if (Content is null)
        {
            destination.Clear();
        }
        else
        {
            Content.Read(offset - Start, destination);
        }
    }
}
