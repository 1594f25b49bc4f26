using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>
/// The Block Allocation Table of a VHD (VHD specification 1.0, "Block Allocation Table and Data Blocks"): for each block the
/// sector of the file where its sector bitmap begins; the data follows the bitmap.
/// </summary>
/// <remarks>
/// The sector bitmap tells child from parent in differencing disks. In a dynamic disk it is not looked at: all of an
/// allocated block is data, and there are writers that leave the bits zero over it.
/// </remarks>
internal sealed class BlockAllocationTable : BlockMap
{
    public const string Rule = "VHD specification 1.0, Block Allocation Table and Data Blocks";
    private const uint Unused = uint.MaxValue;
    private const int BytesInSector = 512;

    private readonly DiskFile _file;
    private readonly PagedTable _entries;
    private readonly bool _isDifferencing;
    private readonly long _dataEnd;

    /// <param name="file">The VHD.</param>
    /// <param name="footer">Its footer: the table must have an entry for each block of the capacity it states.</param>
    /// <param name="header">Its dynamic disk header.</param>
    public BlockAllocationTable(DiskFile file, Footer footer, DynamicHeader header)
        : base(file, footer.CurrentSize, header.BlockSize)
    {
        _file = file;
        _isDifferencing = footer.Type == DiskType.Differencing;
        _dataEnd = file.Length - Footer.Size;
        if (header.MaxTableEntries < BlockCount)
        {
            throw new DiskFormatException(
                file.Path, (long)footer.DataOffset + 28, $"The block allocation table has {header.MaxTableEntries} entries, but the disk has {BlockCount} blocks.", Rule);
        }

        long length = BlockCount * sizeof(uint);
        if (length > _dataEnd || header.TableOffset > (ulong)(_dataEnd - length))
        {
            throw new DiskFormatException(
                file.Path,
                (long)footer.DataOffset + 16,
                $"The block allocation table of {length} bytes from byte {header.TableOffset} on reaches beyond the file's {file.Length} bytes: the file is cut off or damaged.",
                Rule);
        }

        Extent = new DiskExtent((long)header.TableOffset, length);
        _entries = new PagedTable(file, Extent.Offset, length);

        // A bit a sector, rounded up to whole sectors.
        long bitmapBytes = header.BlockSize / BytesInSector / 8;
        BitmapSize = (bitmapBytes + BytesInSector - 1) / BytesInSector * BytesInSector;
    }

    /// <summary>Where the table is.</summary>
    public DiskExtent Extent { get; }

    /// <summary>Bytes in a block's sector bitmap.</summary>
    public long BitmapSize { get; }

    private protected override bool IsMostSignificantFirst => true;

    /// <summary>Where the entry of a block is in the file.</summary>
    public long PositionOf(long block) => Extent.Offset + (block * sizeof(uint));

    /// <summary>Finds a block with its sector bitmap.</summary>
    /// <param name="block">The block's number.</param>
    /// <param name="place">Where they are in the file; empty where they are not.</param>
    /// <returns>Why they can't be where the table says; null where they can.</returns>
    public string? Locate(long block, out DiskExtent place)
    {
        uint sector = _entries.ReadUInt32BigEndian(block);
        place = sector == Unused ? default : new DiskExtent(sector * (long)BytesInSector, BitmapSize + LengthOf(block));
        return sector == Unused || (sector != 0 && place.LiesWithin(_dataEnd))
            ? null
            : $"Block {block} is said to be at byte {place.Offset}, but its {place.Length} bytes are not within the {_dataEnd} bytes before the footer: the file is cut off or damaged.";
    }

    private protected override MappedRange FindBlock(long block, out long bitmapOffset)
    {
        if (Locate(block, out DiskExtent place) is { } problem)
        {
            throw new DiskFormatException(_file.Path, PositionOf(block), problem, Rule);
        }

        bitmapOffset = _isDifferencing ? place.Offset : 0;
        return place.Length == 0
            ? new MappedRange(RangeKind.Absent, LengthOf(block))
            : new MappedRange(RangeKind.Stored, place.Length - BitmapSize, place.Offset + BitmapSize);
    }

    private protected override long CountAlike(long block, RangeKind kind) => _entries.CountEither(block, Unused, Unused);
}
