using AzImageTools.Disks;

namespace AzImageTools.Fuzz.Images;

/// <summary>An image seen as a disk or a volume.</summary>
internal sealed class ImageSource : IByteSource
{
    private readonly MutableImage _image;
    private readonly ReadWatch? _watch;

    public ImageSource(MutableImage image, int logicalSectorSize, ReadWatch? watch = null)
    {
        _image = image;
        _watch = watch;
        LogicalSectorSize = logicalSectorSize;
        Budget = new ReadBudget(Name, watch?.Token ?? CancellationToken.None);
        Budget.Holds(() => image.StoredLength);
    }

    public string Name => "damaged";

    public long Length => _image.Length;

    public int LogicalSectorSize { get; }

    public ReadBudget Budget { get; }

    public void Read(long offset, Span<byte> destination)
    {
        _watch?.Count();
        Budget.Read(destination.Length);
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(Name, offset, "The read reaches beyond the end.");
        }

        _image.Read(offset, destination);
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
