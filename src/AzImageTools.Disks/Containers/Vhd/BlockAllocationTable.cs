namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>
/// The Block Allocation Table of a VHD (VHD specification 1.0, "Block Allocation Table and Data Blocks"): for each block the
/// sector of the file where its sector bitmap begins; the data follows the bitmap.
/// </summary>
internal sealed class BlockAllocationTable
{
    private const string Rule = "VHD specification 1.0, Block Allocation Table and Data Blocks";
    private const uint Unused = uint.MaxValue;
    private const int SectorSize = 512;
    private const int EntrySize = sizeof(uint);

    private readonly DiskFile _file;
    private readonly PagedTable _entries;
    private readonly long _offset;
    private readonly long _bitmapSize;
    private readonly bool _isDifferencing;
    private readonly long _dataEnd;

    /// <param name="file">The VHD.</param>
    /// <param name="header">Its dynamic disk header.</param>
    /// <param name="capacity">The disk's capacity: the table must have an entry for each of its blocks.</param>
    /// <param name="isDifferencing">Whether the disk goes back to another.</param>
    public BlockAllocationTable(DiskFile file, DynamicHeader header, long capacity, bool isDifferencing)
    {
        _file = file;
        _isDifferencing = isDifferencing;
        _dataEnd = file.Length - Footer.Size;
        long blocks = (capacity + header.BlockSize - 1) / header.BlockSize;
        if (header.MaxTableEntries < blocks)
        {
            throw new DiskFormatException(file.Path, null, $"The block allocation table has {header.MaxTableEntries} entries, but the disk has {blocks} blocks.", Rule);
        }

        long length = blocks * EntrySize;
        if (header.TableOffset > (ulong)Math.Max(0, _dataEnd - length))
        {
            throw new DiskFormatException(
                file.Path,
                _dataEnd,
                $"The block allocation table of {length} bytes from byte {header.TableOffset} on reaches beyond the file's {file.Length} bytes: the file is cut off or damaged.",
                Rule);
        }

        _offset = (long)header.TableOffset;
        _entries = new PagedTable(file, _offset, length);

        // A bit a sector, rounded up to whole sectors.
        long bitmapBytes = header.BlockSize / SectorSize / 8;
        _bitmapSize = (bitmapBytes + SectorSize - 1) / SectorSize * SectorSize;
    }

    /// <summary>Finds a block.</summary>
    /// <param name="block">The block's number.</param>
    /// <param name="length">How many bytes of data the file must hold there.</param>
    /// <remarks>
    /// The sector bitmap tells child from parent in differencing disks. In a dynamic disk it is not looked at: all of an
    /// allocated block is data, and there are writers that leave the bits zero over it.
    /// </remarks>
    public BlockPlace Locate(long block, long length)
    {
        uint sector = _entries.ReadUInt32BigEndian(block);
        if (sector == Unused)
        {
            return new BlockPlace(_isDifferencing ? BlockSource.Parent : BlockSource.Zero);
        }

        long bitmapOffset = sector * (long)SectorSize;
        long fileOffset = bitmapOffset + _bitmapSize;
        if (sector == 0 || fileOffset > _dataEnd - length)
        {
            throw new DiskFormatException(
                _file.Path,
                _offset + (block * EntrySize),
                $"Block {block} is said to be at byte {bitmapOffset}, which is not within the file's {_file.Length} bytes: the file is cut off or damaged.",
                Rule);
        }

        return _isDifferencing ? new BlockPlace(BlockSource.Mixed, fileOffset, bitmapOffset) : new BlockPlace(BlockSource.File, fileOffset);
    }

    /// <summary>How many blocks from one on are surely not allocated; 0 says nothing.</summary>
    public long CountAbsent(long block) => _isDifferencing ? 0 : _entries.CountEither(block, Unused, Unused);
}
