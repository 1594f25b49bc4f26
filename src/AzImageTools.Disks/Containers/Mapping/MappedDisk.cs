namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>A disk that one file keeps, with a parent or without.</summary>
internal abstract class MappedDisk : VirtualDisk
{
    private readonly MappedContent _content;

    /// <param name="file">The image.</param>
    /// <param name="map">Where it keeps what.</param>
    /// <param name="format">The container.</param>
    /// <param name="subFormat">How the container keeps the content.</param>
    /// <param name="capacity">The disk's capacity in bytes.</param>
    /// <param name="logicalSectorSize">Bytes in a logical sector.</param>
    /// <param name="parent">The disk that has what the image lacks; null where that is zero.</param>
    private protected MappedDisk(
        DiskFile file, IDiskMap map, DiskFormat format, DiskSubFormat subFormat, long capacity, int logicalSectorSize, VirtualDisk? parent = null)
        : base(file, format, subFormat, capacity, logicalSectorSize, parent)
    {
        _content = new MappedContent(file, map, capacity, parent);
    }

    private protected sealed override void ReadContent(long offset, Span<byte> destination) => _content.Read(offset, destination);

    private protected sealed override IEnumerable<DiskExtent> GetContentExtents(long offset, long length) => _content.GetExtents(offset, length);

    private protected sealed override void PrefetchContent(IEnumerable<DiskExtent> ranges) => _content.Prefetch(ranges);
}
