using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>
/// The Block Allocation Table of a VHDX ([MS-VHDX] 2.5): an entry for each payload block, and after each chunk's payload
/// blocks one for the chunk's sector bitmap block.
/// </summary>
internal sealed class BlockAllocationTable : BlockMap
{
    public const string Rule = "[MS-VHDX] 2.5.1";
    private const int EntrySize = sizeof(ulong);
    private const ulong StateMask = 7;
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
        : base(file, metadata.Capacity, metadata.BlockSize)
    {
        _file = file;
        _offset = region.Offset;
        SectorSize = metadata.LogicalSectorSize;
        _chunkRatio = SectorsInBitmapBlock * SectorSize / metadata.BlockSize;
        _bitmapSize = metadata.BlockSize / SectorSize / 8;
        _isDifferencing = metadata.HasParent;
        EntryCount = (_isDifferencing ? IndexOfBitmap(BlockCount - 1) : IndexOf(BlockCount - 1)) + 1;
        if (region.Length < EntryCount * EntrySize)
        {
            throw new DiskFormatException(file.Path, region.Offset, $"The block allocation table of {region.Length} bytes is too short for the disk's {BlockCount} blocks.", Rule);
        }

        _entries = new PagedTable(file, region.Offset, EntryCount * EntrySize);
    }

    /// <summary>How many entries the table has, those of sector bitmap blocks included.</summary>
    public long EntryCount { get; }

    private protected override int SectorSize { get; }

    /// <summary>Where an entry is in the file.</summary>
    public long PositionOf(long index) => _offset + (index * EntrySize);

    /// <summary>What an entry is of: a block, or a sector bitmap block.</summary>
    public string NameOf(long index) => IsOfBitmap(index) ? $"sector bitmap block {index / (_chunkRatio + 1)}" : $"block {BlockOf(index)}";

    /// <summary>Finds what an entry is of.</summary>
    /// <param name="index">The entry's number.</param>
    /// <param name="state">Its state; of a sector bitmap block's, only two are possible ([MS-VHDX] 2.5.1.2).</param>
    /// <param name="place">Where it is in the file; empty where it is not.</param>
    /// <returns>What is wrong with the entry; null where nothing is.</returns>
    public string? Locate(long index, out PayloadBlockState state, out DiskExtent place)
    {
        ulong entry = _entries.ReadUInt64LittleEndian(index);
        bool isOfBitmap = IsOfBitmap(index);
        long length = isOfBitmap ? Mebibyte : LengthOf(BlockOf(index));
        state = (PayloadBlockState)(entry & StateMask);
        place = default;
        if (length <= 0)
        {
            // Between the disk's last block and the last chunk's sector bitmap block.
            return null;
        }

        if (!IsPossible(state, isOfBitmap))
        {
            return $"The block allocation table gives {NameOf(index)} the state {(int)state}, which it can't have in this disk.";
        }

        if (state is not (PayloadBlockState.FullyPresent or PayloadBlockState.PartiallyPresent))
        {
            return null;
        }

        // 44 bits of MiB: more than a long holds in bytes.
        ulong mebibytes = entry >> 20;
        if (mebibytes == 0 || mebibytes > (ulong)(_file.Length / Mebibyte) || length > _file.Length - ((long)mebibytes * Mebibyte))
        {
            return $"The block allocation table puts {NameOf(index)} at MiB {mebibytes}, which is not within the file's {_file.Length} bytes: the file is cut off or damaged.";
        }

        place = new DiskExtent((long)mebibytes * Mebibyte, length);
        return null;
    }

    private protected override MappedRange FindBlock(long block, out long bitmapOffset)
    {
        DiskExtent place = LocateOrThrow(IndexOf(block), out PayloadBlockState state);
        bitmapOffset = state == PayloadBlockState.PartiallyPresent ? LocateBitmap(block) : 0;
        return state switch
        {
            PayloadBlockState.FullyPresent or PayloadBlockState.PartiallyPresent => new MappedRange(RangeKind.Stored, place.Length, place.Offset),
            PayloadBlockState.NotPresent when _isDifferencing => new MappedRange(RangeKind.Absent, LengthOf(block)),
            _ => new MappedRange(RangeKind.Zero, LengthOf(block)),
        };
    }

    private protected override long CountAlike(long block, RangeKind kind)
    {
        if (_isDifferencing && kind == RangeKind.Zero)
        {
            return 0;
        }

        // Among the entries are those of sector bitmaps, one behind each chunk's blocks; they are zero as well. Hyper-V makes
        // disks of blocks that are not present, QEMU of blocks that are zero.
        PayloadBlockState other = _isDifferencing ? PayloadBlockState.NotPresent : PayloadBlockState.Zero;
        long end = IndexOf(block) + _entries.CountEither(IndexOf(block), (ulong)PayloadBlockState.NotPresent, (ulong)other);
        return Math.Max(0, BlockOf(end) - block);
    }

    /// <summary>Where the bits of a block's sectors are ([MS-VHDX] 2.4).</summary>
    private long LocateBitmap(long block)
    {
        long index = IndexOfBitmap(block);
        DiskExtent place = LocateOrThrow(index, out PayloadBlockState state);
        return place.Length > 0
            ? place.Offset + (block % _chunkRatio * _bitmapSize)
            : throw new DiskFormatException(
                _file.Path, PositionOf(index), $"Block {block} is partly in this file, but its sector bitmap has the state {(int)state}: it is not there.", "[MS-VHDX] 2.5.1.2");
    }

    private DiskExtent LocateOrThrow(long index, out PayloadBlockState state)
        => Locate(index, out state, out DiskExtent place) is { } problem ? throw new DiskFormatException(_file.Path, PositionOf(index), problem, Rule) : place;

    private bool IsPossible(PayloadBlockState state, bool isOfBitmap) => state switch
    {
        PayloadBlockState.NotPresent or PayloadBlockState.FullyPresent => true,
        PayloadBlockState.PartiallyPresent => _isDifferencing && !isOfBitmap,
        PayloadBlockState.Undefined or PayloadBlockState.Zero or PayloadBlockState.Unmapped or PayloadBlockState.UnmappedBefore1 => !isOfBitmap,
        _ => false,
    };

    private bool IsOfBitmap(long index) => index % (_chunkRatio + 1) == _chunkRatio;

    private long BlockOf(long index) => index - (index / (_chunkRatio + 1));

    private long IndexOf(long block) => block + (block / _chunkRatio);

    private long IndexOfBitmap(long block) => (((block / _chunkRatio) + 1) * (_chunkRatio + 1)) - 1;
}

/// <summary>The state of a payload block ([MS-VHDX] 2.5.1.1).</summary>
internal enum PayloadBlockState
{
    NotPresent = 0,
    Undefined = 1,
    Zero = 2,
    Unmapped = 3,

    /// <summary>Unmapped, as drafts of the format before 1.0 wrote it.</summary>
    UnmappedBefore1 = 5,
    FullyPresent = 6,
    PartiallyPresent = 7,
}
