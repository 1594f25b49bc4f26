namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>
/// The Block Allocation Table of a VHDX ([MS-VHDX] 2.5): an entry for each payload block, and after each chunk's payload
/// blocks one for the chunk's sector bitmap block.
/// </summary>
internal sealed class BlockAllocationTable
{
    private const string Rule = "[MS-VHDX] 2.5.1";
    private const int EntrySize = sizeof(ulong);
    private const ulong StateMask = 7;
    private const ulong BitmapPresent = 6;
    private const long SectorsInBitmapBlock = 1 << 23;
    private const long Mebibyte = 1024 * 1024;

    private readonly DiskFile _file;
    private readonly PagedTable _entries;
    private readonly long _offset;
    private readonly long _chunkRatio;
    private readonly long _bitmapSize;
    private readonly bool _isDifferencing;

    /// <param name="file">The VHDX.</param>
    /// <param name="region">The table's region, which lies within the file.</param>
    /// <param name="metadata">The disk's parameters: the region must hold an entry for each of its blocks.</param>
    public BlockAllocationTable(DiskFile file, DiskExtent region, VhdxMetadata metadata)
    {
        _file = file;
        _offset = region.Offset;
        _chunkRatio = SectorsInBitmapBlock * metadata.LogicalSectorSize / metadata.BlockSize;
        _bitmapSize = metadata.BlockSize / metadata.LogicalSectorSize / 8;
        _isDifferencing = metadata.HasParent;
        long blocks = (metadata.Capacity + metadata.BlockSize - 1) / metadata.BlockSize;
        long length = ((_isDifferencing ? IndexOfBitmap(blocks - 1) : IndexOf(blocks - 1)) + 1) * EntrySize;
        if (region.Length < length)
        {
            throw new DiskFormatException(file.Path, region.Offset, $"The block allocation table of {region.Length} bytes is too short for the disk's {blocks} blocks.", Rule);
        }

        _entries = new PagedTable(file, region.Offset, length);
    }

    /// <summary>Finds a block.</summary>
    /// <param name="block">The block's number.</param>
    /// <param name="length">How many bytes of data the file must hold there.</param>
    public BlockPlace Locate(long block, long length)
    {
        ulong entry = _entries.ReadUInt64LittleEndian(IndexOf(block));
        PayloadBlockState state = (PayloadBlockState)(entry & StateMask);
        switch (state)
        {
            case PayloadBlockState.FullyPresent:
                return new BlockPlace(BlockSource.File, LocateInFile(entry, IndexOf(block), length, $"Block {block}"));
            case PayloadBlockState.PartiallyPresent when _isDifferencing:
                return new BlockPlace(BlockSource.Mixed, LocateInFile(entry, IndexOf(block), length, $"Block {block}"), LocateBitmap(block));
            case PayloadBlockState.NotPresent when _isDifferencing:
                return new BlockPlace(BlockSource.Parent);
            case PayloadBlockState.NotPresent or PayloadBlockState.Undefined or PayloadBlockState.Zero or PayloadBlockState.Unmapped or PayloadBlockState.UnmappedBefore1:
                return new BlockPlace(BlockSource.Zero);
            default:
                throw new DiskFormatException(
                    _file.Path, PositionOf(IndexOf(block)), $"Block {block} has the state {(int)state}, which it can't have in this disk.", Rule);
        }
    }

    /// <summary>How many blocks from one on are surely not present; 0 says nothing.</summary>
    public long CountAbsent(long block)
    {
        if (_isDifferencing)
        {
            return 0;
        }

        // Among the entries are those of sector bitmaps, one behind each chunk's blocks; they are zero as well. Hyper-V makes
        // disks of blocks that are not present, QEMU of blocks that are zero.
        long end = IndexOf(block) + _entries.CountEither(IndexOf(block), (ulong)PayloadBlockState.NotPresent, (ulong)PayloadBlockState.Zero);
        return Math.Max(0, end - (end / (_chunkRatio + 1)) - block);
    }

    /// <summary>Where the bits of a block's sectors are ([MS-VHDX] 2.4).</summary>
    private long LocateBitmap(long block)
    {
        long index = IndexOfBitmap(block);
        ulong entry = _entries.ReadUInt64LittleEndian(index);
        ulong state = entry & StateMask;
        return state == BitmapPresent
            ? LocateInFile(entry, index, Mebibyte, $"The sector bitmap of block {block}") + (block % _chunkRatio * _bitmapSize)
            : throw new DiskFormatException(
                _file.Path, PositionOf(index), $"Block {block} is partly in this file, but its sector bitmap has the state {state}: it is not there.", "[MS-VHDX] 2.5.1.2");
    }

    private long LocateInFile(ulong entry, long index, long length, string what)
    {
        // 44 bits of MiB: more than a long holds in bytes.
        ulong mebibytes = entry >> 20;
        long fileOffset = mebibytes > (ulong)(_file.Length / Mebibyte) ? long.MaxValue : (long)mebibytes * Mebibyte;
        return mebibytes != 0 && fileOffset <= _file.Length - length
            ? fileOffset
            : throw new DiskFormatException(
                _file.Path,
                PositionOf(index),
                $"{what} is said to be at MiB {mebibytes}, which is not within the file's {_file.Length} bytes: the file is cut off or damaged.",
                Rule);
    }

    private long IndexOf(long block) => block + (block / _chunkRatio);

    private long IndexOfBitmap(long block) => (((block / _chunkRatio) + 1) * (_chunkRatio + 1)) - 1;

    private long PositionOf(long index) => _offset + (index * EntrySize);
}
