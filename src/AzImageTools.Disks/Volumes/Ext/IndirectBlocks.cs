using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Finds a file's blocks by its direct and indirect pointers (ext4, "Direct/Indirect Block Addressing").</summary>
internal static class IndirectBlocks
{
    private const int DirectPointers = 12;
    private const int MaximumLevels = 3;
    private const int PointersAhead = 64;

    /// <summary>The run that a block of the file lies in.</summary>
    public static BlockRun Find(ExtVolume volume, Inode inode, long block)
    {
        long perBlock = volume.Superblock.BlockSize / sizeof(uint);
        if (block < DirectPointers)
        {
            return Measure(inode.Map.Span.Slice((int)block * sizeof(uint), (int)(DirectPointers - block) * sizeof(uint)), block);
        }

        // Blocks of pointers may all be one, which then tells of any number of blocks.
        volume.Metadata.Budget.Work(PointersAhead * sizeof(uint), "a block map of inode", (long)inode.Number);
        long within = block - DirectPointers;
        long span = perBlock;
        for (int level = 1; level <= MaximumLevels; level++)
        {
            if (within < span)
            {
                uint top = BinaryPrimitives.ReadUInt32LittleEndian(inode.Map.Span.Slice((DirectPointers + level - 1) * sizeof(uint)));
                return Descend(volume, top, block, within, span, perBlock);
            }

            within -= span;
            span *= perBlock;
        }

        throw volume.Damaged($"Inode {inode.Number} refers to block {block} of its file, beyond its pointers.", "ext4, Direct/Indirect Block Addressing");
    }

    /// <summary>Follows pointers down to a block's own.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="pointer">The indirect block to begin at; 0 for none.</param>
    /// <param name="block">The block's number in the file.</param>
    /// <param name="within">Its number among those that the indirect block leads to.</param>
    /// <param name="span">How many blocks that one leads to.</param>
    /// <param name="perBlock">How many pointers a block holds.</param>
    private static BlockRun Descend(ExtVolume volume, uint pointer, long block, long within, long span, long perBlock)
    {
        Span<byte> bytes = stackalloc byte[PointersAhead * sizeof(uint)];
        while (pointer != 0)
        {
            long place = volume.OffsetOf(pointer, "the block map of a file");
            span /= perBlock;
            long index = within / span;
            within %= span;
            if (span == 1)
            {
                bytes = bytes.Slice(0, (int)Math.Min(PointersAhead, perBlock - index) * sizeof(uint));
                volume.Metadata.Read(place + (index * sizeof(uint)), bytes);
                return Measure(bytes, block);
            }

            volume.Metadata.Read(place + (index * sizeof(uint)), bytes.Slice(0, sizeof(uint)));
            pointer = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        }

        return new BlockRun(block, span - within, BlockRun.Hole);
    }

    /// <summary>The run that the first of some pointers begins.</summary>
    private static BlockRun Measure(ReadOnlySpan<byte> pointers, long block)
    {
        uint first = BinaryPrimitives.ReadUInt32LittleEndian(pointers);
        int count = 1;
        while (count * sizeof(uint) < pointers.Length
            && BinaryPrimitives.ReadUInt32LittleEndian(pointers.Slice(count * sizeof(uint))) == (first == 0 ? 0 : first + (long)count))
        {
            count++;
        }

        return new BlockRun(block, count, first == 0 ? BlockRun.Hole : first);
    }
}
