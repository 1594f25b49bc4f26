namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>
/// The Block Allocation Table of a VHDX ([MS-VHDX] 2.5): an entry for each payload block, and after each chunk's payload
/// blocks one for the chunk's sector bitmap block.
/// </summary>
internal sealed class BlockAllocationTable
{
    private const string Rule = "[MS-VHDX] 2.5.1";
    private const int EntrySize = sizeof(ulong);
    private const long SectorsInBitmapBlock = 1 << 23;
    private const long Mebibyte = 1024 * 1024;

    private readonly DiskFile _file;
    private readonly PagedTable _entries;
    private readonly long _offset;
    private readonly long _chunkRatio;

    /// <param name="file">The VHDX.</param>
    /// <param name="region">The table's region, which lies within the file.</param>
    /// <param name="metadata">The disk's parameters: the region must hold an entry for each of its blocks.</param>
    public BlockAllocationTable(DiskFile file, DiskExtent region, VhdxMetadata metadata)
    {
        _file = file;
        _offset = region.Offset;
        _chunkRatio = SectorsInBitmapBlock * metadata.LogicalSectorSize / metadata.BlockSize;
        long blocks = (metadata.Capacity + metadata.BlockSize - 1) / metadata.BlockSize;
        long length = (IndexOf(blocks - 1) + 1) * EntrySize;
        if (region.Length < length)
        {
            throw new DiskFormatException(file.Path, region.Offset, $"The block allocation table of {region.Length} bytes is too short for the disk's {blocks} blocks.", Rule);
        }

        _entries = new PagedTable(file, region.Offset, length);
    }

    /// <summary>Finds a block's data; false where the block is not kept.</summary>
    /// <param name="block">The block's number.</param>
    /// <param name="length">How many bytes of data the file must hold there.</param>
    /// <param name="fileOffset">The data's first byte.</param>
    public bool TryLocate(long block, long length, out long fileOffset)
    {
        ulong entry = _entries.ReadUInt64LittleEndian(IndexOf(block));
        PayloadBlockState state = (PayloadBlockState)(entry & 7);
        switch (state)
        {
            case PayloadBlockState.FullyPresent:
                break;
            case PayloadBlockState.NotPresent or PayloadBlockState.Undefined or PayloadBlockState.Zero or PayloadBlockState.Unmapped or PayloadBlockState.UnmappedBefore1:
                fileOffset = 0;
                return false;
            default:
                throw new DiskFormatException(
                    _file.Path,
                    _offset + (IndexOf(block) * EntrySize),
                    $"Block {block} has the state {(int)state}, which a disk without a parent can't have.",
                    Rule);
        }

        // 44 bits of MiB: more than a long holds in bytes.
        ulong mebibytes = entry >> 20;
        fileOffset = mebibytes > (ulong)(_file.Length / Mebibyte) ? long.MaxValue : (long)mebibytes * Mebibyte;
        if (mebibytes == 0 || fileOffset > _file.Length - length)
        {
            throw new DiskFormatException(
                _file.Path,
                _offset + (IndexOf(block) * EntrySize),
                $"Block {block} is said to be at MiB {mebibytes}, which is not within the file's {_file.Length} bytes: the file is cut off or damaged.",
                Rule);
        }

        return true;
    }

    private long IndexOf(long block) => block + (block / _chunkRatio);
}
