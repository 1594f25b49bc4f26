using AzImageTools.Disks;

namespace AzImageTools.Fuzz.Images;

/// <summary>An image seen as a disk or a volume.</summary>
internal sealed class ImageSource(MutableImage image, int logicalSectorSize) : IByteSource
{
    public string Name => "damaged";

    public long Length => image.Length;

    public int LogicalSectorSize => logicalSectorSize;

    public ReadBudget Budget { get; } = new("damaged");

    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(Name, offset, "The read reaches beyond the end.");
        }

        image.Read(offset, destination);
    }

    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => [new DiskExtent(offset, length)];

    /// <summary>Whatever a damaged image hints at lies within it, and finding that out throws nothing.</summary>
    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        const int Most = 1000;
        foreach (DiskExtent range in ranges.Take(Most))
        {
            if (range.Offset < 0 || range.Length < 0 || range.Offset > Length - range.Length)
            {
                throw new InvalidOperationException($"{range} is hinted at, beyond the {Length} bytes there are.");
            }
        }
    }
}
