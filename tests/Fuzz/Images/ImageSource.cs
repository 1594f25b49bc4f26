using AzImageTools.Disks;

namespace AzImageTools.Fuzz.Images;

/// <summary>An image seen as a disk or a volume.</summary>
internal sealed class ImageSource(MutableImage image, int logicalSectorSize) : IByteSource
{
    public string Name => "damaged";

    public long Length => image.Length;

    public int LogicalSectorSize => logicalSectorSize;

    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(Name, offset, "The read reaches beyond the end.");
        }

        image.Read(offset, destination);
    }

    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => [new DiskExtent(offset, length)];
}
