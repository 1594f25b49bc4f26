using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>A block group while blocks and inodes of it are taken and given back: its descriptor and bitmaps (ext4, "Block Group Descriptors").</summary>
internal sealed class GroupDraft
{
    private const int NarrowSize = 32;
    private const int InodesUninitialized = 0x1;
    private const int BlocksUninitialized = 0x2;
    private const int FlagsOffset = 0x12;
    private const int ChecksumOffset = 0x1E;
    private const int LowBlocksChecksum = 0x18;
    private const int HighBlocksChecksum = 0x38;
    private const int LowInodesChecksum = 0x1A;
    private const int HighInodesChecksum = 0x3A;

    private readonly ExtVolume _volume;
    private readonly ExtChecksums _checksums;
    private readonly long _number;
    private readonly byte[] _descriptor;
    private readonly GroupDescriptor _places;
    private byte[]? _blocks;
    private byte[]? _inodes;

    public GroupDraft(ExtVolume volume, ExtChecksums checksums, long number)
    {
        Superblock superblock = volume.Superblock;
        _volume = volume;
        _checksums = checksums;
        _number = number;
        _descriptor = new byte[superblock.DescriptorSize];
        volume.Metadata.Read(volume.Groups.OffsetOf(number), _descriptor);
        _places = volume.Groups[number];
        FirstBlock = volume.Groups.FirstBlockOf(number);
        BlockCount = Math.Min(superblock.BlocksPerGroup, superblock.BlockCount - FirstBlock);
        if (checksums.OfDescriptor(number, _descriptor) is { } checksum && checksum != UInt16(ChecksumOffset))
        {
            throw volume.Damaged($"The checksum of the descriptor of block group {number} is wrong.", "ext4, Block Group Descriptors");
        }
    }

    public long FirstBlock { get; }

    public long BlockCount { get; }

    public bool HasBlocks => !HasFlag(BlocksUninitialized);

    public bool HasInodes => !HasFlag(InodesUninitialized);

    public long FreeBlocks
    {
        get => Get(0xC, 0x2C);
        private set => Set(0xC, 0x2C, value);
    }

    public long FreeInodes
    {
        get => Get(0xE, 0x2E);
        private set => Set(0xE, 0x2E, value);
    }

    private byte[] Blocks => _blocks ??= ReadBitmap(_places.BlockBitmap, BlockBytes, LowBlocksChecksum, HighBlocksChecksum, "blocks");

    private byte[] Inodes => _inodes ??= ReadBitmap(_places.InodeBitmap, InodeBytes, LowInodesChecksum, HighInodesChecksum, "inodes");

    private int BlockBytes => (int)(_volume.Superblock.BlocksPerGroup / _volume.Superblock.BlocksPerCluster / 8);

    private int InodeBytes => (int)((_volume.Superblock.InodesPerGroup + 7) / 8);

    /// <summary>Gives blocks back, all of which are in use.</summary>
    /// <param name="index">The first one, within the group.</param>
    /// <param name="count">How many.</param>
    public void FreeRun(long index, long count)
    {
        for (long i = index; i < index + count; i++)
        {
            if (!HasBlocks || !IsSet(Blocks, i))
            {
                throw _volume.Damaged($"Block {FirstBlock + i} is part of a file, and marked as free.", "ext4, Block and Inode Bitmaps");
            }

            Flip(Blocks, i);
        }

        FreeBlocks += count;
    }

    /// <summary>Takes the first run of free blocks from one on; 0 blocks where there is none.</summary>
    /// <param name="from">Where to begin, within the group.</param>
    /// <param name="most">How many at most.</param>
    public (long Index, long Count) Take(long from, long most)
    {
        if (!HasBlocks || FreeBlocks == 0)
        {
            return default;
        }

        long index = from;
        while (index < BlockCount && IsSet(Blocks, index))
        {
            index++;
        }

        long count = 0;
        while (count < most && index + count < BlockCount && count < FreeBlocks && !IsSet(Blocks, index + count))
        {
            Flip(Blocks, index + count);
            count++;
        }

        FreeBlocks -= count;
        return (index, count);
    }

    /// <summary>Takes a free inode; null where there is none.</summary>
    /// <param name="first">The first that may be taken, within the group.</param>
    public long? TakeInode(long first)
    {
        if (!HasInodes || FreeInodes == 0)
        {
            return null;
        }

        for (long index = first; index < _volume.Superblock.InodesPerGroup; index++)
        {
            if (!IsSet(Inodes, index))
            {
                Flip(Inodes, index);
                FreeInodes--;

                // How many at the table's end were never used, where that is kept.
                if (_checksums.OfDescriptor(_number, _descriptor) is not null)
                {
                    Set(0x1C, 0x32, Math.Min(Get(0x1C, 0x32), _volume.Superblock.InodesPerGroup - (index + 1)));
                }

                return index;
            }
        }

        return null;
    }

    /// <summary>Gives an inode back, which is in use.</summary>
    public void FreeInode(long index, bool isFolder)
    {
        if (!HasInodes || !IsSet(Inodes, index))
        {
            throw _volume.Damaged($"Inode {(_number * _volume.Superblock.InodesPerGroup) + index + 1} has a name, and is marked as free.", "ext4, Block and Inode Bitmaps");
        }

        Flip(Inodes, index);
        FreeInodes++;
        if (isFolder)
        {
            Set(0x10, 0x30, Math.Max(0, Get(0x10, 0x30) - 1));
        }
    }

    /// <summary>Writes what was changed.</summary>
    public void Save()
    {
        WriteBitmap(_blocks, _places.BlockBitmap, BlockBytes, LowBlocksChecksum, HighBlocksChecksum);
        WriteBitmap(_inodes, _places.InodeBitmap, InodeBytes, LowInodesChecksum, HighInodesChecksum);
        if (_checksums.OfDescriptor(_number, _descriptor) is { } checksum)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_descriptor.AsSpan(ChecksumOffset), checksum);
        }

        _volume.Write(_volume.Groups.OffsetOf(_number), _descriptor);
    }

    private static bool IsSet(byte[] bitmap, long index) => (bitmap[index / 8] & (1 << (int)(index % 8))) != 0;

    private static void Flip(byte[] bitmap, long index) => bitmap[index / 8] ^= (byte)(1 << (int)(index % 8));

    private byte[] ReadBitmap(long block, int checkedBytes, int low, int high, string what)
    {
        byte[] bitmap = new byte[_volume.Superblock.BlockSize];
        _volume.Metadata.Read(_volume.OffsetOf(block, $"the bitmap of {what} of a group"), bitmap);
        if (_checksums.HasMetadata)
        {
            uint checksum = _checksums.Of(bitmap.AsSpan(0, checkedBytes));
            if (UInt16(low) != (ushort)checksum || (_descriptor.Length > high && UInt16(high) != checksum >> 16))
            {
                throw _volume.Damaged($"The checksum of the bitmap of {what} of block group {_number} is wrong.", "ext4, Block and Inode Bitmaps");
            }
        }

        return bitmap;
    }

    private void WriteBitmap(byte[]? bitmap, long block, int checkedBytes, int low, int high)
    {
        if (bitmap is null)
        {
            return;
        }

        if (_checksums.HasMetadata)
        {
            uint checksum = _checksums.Of(bitmap.AsSpan(0, checkedBytes));
            BinaryPrimitives.WriteUInt16LittleEndian(_descriptor.AsSpan(low), (ushort)checksum);
            if (_descriptor.Length > high)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(_descriptor.AsSpan(high), (ushort)(checksum >> 16));
            }
        }

        _volume.Write(_volume.OffsetOf(block, "a bitmap of a group"), bitmap);
    }

    private bool HasFlag(int flag) => _checksums.OfDescriptor(_number, _descriptor) is not null && (UInt16(FlagsOffset) & flag) != 0;

    private ushort UInt16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(_descriptor.AsSpan(offset));

    private long Get(int low, int high) => (long)UInt16(low) | (_descriptor.Length > NarrowSize ? (long)UInt16(high) << 16 : 0);

    private void Set(int low, int high, long value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_descriptor.AsSpan(low), (ushort)value);
        if (_descriptor.Length > NarrowSize)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_descriptor.AsSpan(high), (ushort)(value >> 16));
        }
    }
}
