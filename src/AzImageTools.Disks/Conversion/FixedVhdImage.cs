using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Vhd;
using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;

namespace AzImageTools.Disks.Conversion;

/// <summary>
/// Any disk as the fixed VHD that Azure takes, made while it is read: the disk's bytes, zeros up to the next whole MiB,
/// and a footer of 512 bytes. Thread-safe. It does not own the disk.
/// </summary>
public sealed class FixedVhdImage : IByteSource
{
    /// <summary>What the capacity is rounded up to, in bytes: Azure takes whole MiBs only.</summary>
    public const long Alignment = UploadCheck.Alignment;

    /// <summary>The footer's length in bytes.</summary>
    public const int FooterSize = Containers.Vhd.Footer.Size;

    private readonly byte[] _footer;
    private readonly IByteSource _content;

    /// <summary>Creates the image.</summary>
    /// <param name="disk">The disk; stays open as long as the image is read.</param>
    /// <param name="created">The footer's time stamp, kept to the second.</param>
    /// <param name="uniqueId">The footer's identifier; null for a fresh one. The same disk, time and identifier give the same bytes.</param>
    /// <param name="freeSpace">What of the disk is free and counts as zero; null to take all of it.</param>
    /// <exception cref="ArgumentException">The free space is another disk's.</exception>
    /// <exception cref="DiskFormatException">The disk can't be a VHD: its logical sectors have 4096 bytes, or it is larger than 64 TiB.</exception>
    public FixedVhdImage(IByteSource disk, DateTimeOffset created, Guid? uniqueId = null, FreeSpaceFilter? freeSpace = null)
    {
        Disk = disk ?? throw new ArgumentNullException(nameof(disk));
        if (freeSpace is not null && (freeSpace.Length != disk.Length || freeSpace.Name != disk.Name))
        {
            throw new ArgumentException("The free space is another disk's.", nameof(freeSpace));
        }

        FreeSpace = freeSpace;
        _content = (IByteSource?)freeSpace ?? disk;
        if (disk.LogicalSectorSize != 512)
        {
            throw new DiskFormatException(
                disk.Name,
                null,
                $"The disk has logical sectors of {disk.LogicalSectorSize} bytes, a VHD has 512: the partition table counts in sectors and could not be read after the conversion. Copy the content to a disk with 512-byte sectors inside the guest.");
        }

        if (disk.Length > VirtualDisk.MaximumCapacity)
        {
            throw new DiskFormatException(disk.Name, null, $"The disk's capacity of {disk.Length} bytes is more than the {VirtualDisk.MaximumCapacity} that are converted.");
        }

        Capacity = RoundUp(disk.Length);
        _footer = new Footer
        {
            // Readers that go by the geometry cut disks of other creators short: these two are known for exact sizes.
            CreatorApplication = "win ",
            CreatorHostOS = "Wi2k",
            CreatorVersion = 0x000A0000,
            DataOffset = Containers.Vhd.Footer.NoFurtherStructure,
            TimeStamp = created,
            OriginalSize = Capacity,
            CurrentSize = Capacity,
            Geometry = DiskGeometry.FromCapacity(Capacity),
            Type = DiskType.Fixed,
            UniqueId = uniqueId ?? Guid.NewGuid(),
        }.ToBytes();
    }

    /// <summary>The disk that is converted.</summary>
    public IByteSource Disk { get; }

    /// <summary>What of the disk is free and counts as zero; null where all of it is taken.</summary>
    public FreeSpaceFilter? FreeSpace { get; }

    /// <summary>The capacity in bytes: the disk's, rounded up to whole MiBs.</summary>
    public long Capacity { get; }

    /// <inheritdoc/>
    public string Name => Disk.Name;

    /// <inheritdoc/>
    public int LogicalSectorSize => Disk.LogicalSectorSize;

    /// <inheritdoc/>
    public ReadBudget Budget => Disk.Budget;

    /// <summary>The VHD file's length in bytes: the capacity and the footer.</summary>
    public long Length => Capacity + FooterSize;

    /// <summary>The footer: the file's last 512 bytes.</summary>
    public ReadOnlyMemory<byte> Footer => _footer;

    /// <summary>Rounds a capacity up to whole MiBs.</summary>
    /// <param name="capacity">A capacity in bytes.</param>
    public static long RoundUp(long capacity) => checked(capacity + Alignment - 1) / Alignment * Alignment;

    /// <summary>
    /// Whether rounding up leaves the backup of the disk's GUID partition table short of the disk's end. That does no
    /// harm; Windows and the tools of Linux move it there.
    /// </summary>
    /// <param name="table">The disk's partition table.</param>
    public bool StrandsBackupPartitionTable(PartitionTable table)
        => Capacity != Disk.Length && (table ?? throw new ArgumentNullException(nameof(table))).BackupOffset is not null;

    /// <summary>Fills a span with the VHD file's bytes from a position on.</summary>
    /// <param name="offset">The position of the first byte.</param>
    /// <param name="destination">Filled whole.</param>
    /// <exception cref="DiskFormatException">The range does not lie within the file, or the disk is damaged there.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(Disk.Name, offset, $"A read of {destination.Length} bytes reaches beyond the VHD's {Length} bytes.");
        }

        Span<byte> content = Take(ref destination, Disk.Length - offset);
        if (content.Length > 0)
        {
            _content.Read(offset, content);
        }

        offset += content.Length;
        Span<byte> tail = Take(ref destination, Capacity - offset);
        tail.Clear();
        offset += tail.Length;
        if (destination.Length > 0)
        {
            _footer.AsSpan((int)(offset - Capacity), destination.Length).CopyTo(destination);
        }
    }

    /// <summary>
    /// The ranges of the disk within the given one that may hold data, as <see cref="IByteSource.GetExtents"/> gives them:
    /// all else is zero, up to the footer, which is not among them.
    /// </summary>
    /// <param name="offset">Where to begin, in bytes.</param>
    /// <param name="length">How many bytes to cover; the range lies within <see cref="Capacity"/>.</param>
    public IEnumerable<DiskExtent> GetExtents(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Capacity - length)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), $"{length} bytes from {offset} on do not lie within the disk's {Capacity} bytes.");
        }

        return offset >= Disk.Length ? [] : _content.GetExtents(offset, Math.Min(length, Disk.Length - offset));
    }

    /// <inheritdoc/>
    public void Prefetch(IEnumerable<DiskExtent> ranges) => _content.Prefetch(ranges.Where(range => range.LiesWithin(Disk.Length)));

    /// <summary>Takes up to a number of bytes off the front of a span.</summary>
    private static Span<byte> Take(ref Span<byte> span, long count)
    {
        int taken = (int)Math.Min(span.Length, Math.Max(0, count));
        Span<byte> front = span.Slice(0, taken);
        span = span.Slice(taken);
        return front;
    }
}
