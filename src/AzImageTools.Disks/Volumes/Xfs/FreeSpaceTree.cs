using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>The free blocks of an allocation group, by their numbers ("AG Free Space B+trees", bnobt).</summary>
internal sealed class FreeSpaceTree
{
    private const int MaximumLevels = 9;
    private const int HeaderSize = 16;
    private const int HeaderSizeWithChecksum = 56;
    private const int RecordSize = 8;

    private readonly XfsVolume _volume;
    private readonly AllocationGroup _group;
    private readonly long _firstOffset;
    private long _end;

    private FreeSpaceTree(XfsVolume volume, AllocationGroup group)
    {
        _volume = volume;
        _group = group;
        _firstOffset = group.Number * volume.Superblock.GroupBlockCount * volume.Superblock.BlockSize;
    }

    /// <summary>The volume's free ranges, lazily, in bytes.</summary>
    public static IEnumerable<DiskExtent> EnumerateFree(XfsVolume volume)
    {
        for (long number = 0; number < volume.Superblock.GroupCount; number++)
        {
            AllocationGroup group = AllocationGroup.Read(volume, number);
            FreeSpaceTree tree = new(volume, group);
            if (group.Levels is 0 or > MaximumLevels)
            {
                throw tree.Damaged($"its tree is said to have {group.Levels} levels");
            }

            foreach (DiskExtent extent in tree.Enumerate(group.Root, (int)group.Levels - 1))
            {
                yield return extent;
            }
        }
    }

    /// <summary>
    /// What a block and those below it hold. Free ranges are in strictly ascending order, and there are no empty blocks but a
    /// root: a block that were met twice would break that, so that this ends.
    /// </summary>
    private IEnumerable<DiskExtent> Enumerate(uint block, int level)
    {
        byte[] bytes = ReadBlock(block, level, out int header, out int count);
        if (level == 0)
        {
            for (int i = 0; i < count; i++)
            {
                yield return ReadRecord(bytes.AsSpan(header + (i * RecordSize)));
            }

            yield break;
        }

        // Keys first, then as many pointers, at their place in the room that a full block would need.
        int pointers = header + ((bytes.Length - header) / (RecordSize + sizeof(uint)) * RecordSize);
        for (int i = 0; i < count; i++)
        {
            uint child = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(pointers + (i * sizeof(uint))));
            foreach (DiskExtent extent in Enumerate(child, level - 1))
            {
                yield return extent;
            }
        }
    }

    private DiskExtent ReadRecord(ReadOnlySpan<byte> record)
    {
        long start = BinaryPrimitives.ReadUInt32BigEndian(record);
        long count = BinaryPrimitives.ReadUInt32BigEndian(record.Slice(4));
        if (count == 0 || start < _end || start == 0 || start > _group.BlockCount - count)
        {
            throw Damaged("its free ranges are not in order");
        }

        _end = start + count;
        int blockSize = _volume.Superblock.BlockSize;
        return new DiskExtent(_firstOffset + (start * blockSize), count * blockSize);
    }

    private byte[] ReadBlock(uint number, int level, out int header, out int count)
    {
        if (number == 0 || number >= _group.BlockCount)
        {
            throw Damaged($"block {number} is referred to");
        }

        bool hasChecksums = _volume.Superblock.HasChecksums;
        _volume.Metadata.Budget.Visit("a node of a tree of free space");
        byte[] block = new byte[_volume.Superblock.BlockSize];
        long offset = _firstOffset + ((long)number * block.Length);
        _volume.Metadata.Read(offset, block);
        header = hasChecksums ? HeaderSizeWithChecksum : HeaderSize;
        count = BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(6));
        int entrySize = level == 0 ? RecordSize : RecordSize + sizeof(uint);
        bool isRoot = level == (int)_group.Levels - 1;
        if (!block.AsSpan().StartsWith(hasChecksums ? "AB3B"u8 : "ABTB"u8)
            || BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(4)) != level
            || count > (block.Length - header) / entrySize
            || (count == 0 && !isRoot))
        {
            throw Damaged($"block {number} of its tree is damaged");
        }

        BlockHeader.FreeSpaceTree.Verify(_volume, block, offset, (ulong)_group.Number);
        return block;
    }

    private DiskFormatException Damaged(string problem)
        => _volume.Damaged($"The free space of allocation group {_group.Number}: {problem}.", "XFS Algorithms & Data Structures, AG Free Space B+trees");
}
