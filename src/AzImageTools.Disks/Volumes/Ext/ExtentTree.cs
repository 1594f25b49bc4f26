using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Finds a file's blocks in its tree of extents (ext4, "Extent Tree"). A look-up reads a few entries of each level.</summary>
internal static class ExtentTree
{
    private const ushort Magic = 0xF30A;
    private const int EntrySize = 12;
    private const int MaximumDepth = 5;
    private const int LongestWritten = 32768;
    private const long InRoot = -1;
    private const long EndOfFiles = 1L << 32;

    /// <summary>The run that a block of the file lies in.</summary>
    public static BlockRun Find(ExtVolume volume, Inode inode, long block)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        long node = InRoot;
        long end = EndOfFiles;
        int expectedDepth = -1;
        while (true)
        {
            volume.Metadata.Budget.Visit("a node of an extent tree of inode", (long)inode.Number);
            (int count, int depth) = ReadHeader(volume, inode, node);
            if (expectedDepth >= 0 && depth != expectedDepth)
            {
                throw Damaged(volume, inode, $"a node of its extent tree has depth {depth}, where {expectedDepth} is due");
            }

            int index = FindEntry(volume, inode, node, count, block);
            if (index + 1 < count)
            {
                Read(volume, inode, node, index + 1, entry);
                end = Math.Min(end, BinaryPrimitives.ReadUInt32LittleEndian(entry));
            }

            if (end <= block)
            {
                throw Damaged(volume, inode, "its extents are not in order");
            }

            if (index < 0)
            {
                return new BlockRun(block, end - block, BlockRun.Hole);
            }

            Read(volume, inode, node, index, entry);
            if (depth == 0)
            {
                return Describe(volume, inode, entry, block, end);
            }

            node = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(4)) | ((long)BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(8)) << 32);
            expectedDepth = depth - 1;
        }
    }

    private static BlockRun Describe(ExtVolume volume, Inode inode, ReadOnlySpan<byte> extent, long block, long end)
    {
        long first = BinaryPrimitives.ReadUInt32LittleEndian(extent);
        int length = BinaryPrimitives.ReadUInt16LittleEndian(extent.Slice(4));
        long place = BinaryPrimitives.ReadUInt32LittleEndian(extent.Slice(8)) | ((long)BinaryPrimitives.ReadUInt16LittleEndian(extent.Slice(6)) << 32);

        // A longer one stands for blocks that are reserved and not yet written.
        bool isWritten = length <= LongestWritten;
        long count = isWritten ? length : length - LongestWritten;
        if (count > end - first)
        {
            throw Damaged(volume, inode, $"its extent of {count} blocks from block {first} on overlaps the next one, from block {end} on");
        }

        return block < first + count
            ? new BlockRun(first, count, isWritten ? place : BlockRun.Hole)
            : new BlockRun(block, end - block, BlockRun.Hole);
    }

    private static (int Count, int Depth) ReadHeader(ExtVolume volume, Inode inode, long node)
    {
        Span<byte> header = stackalloc byte[EntrySize];
        Read(volume, inode, node, -1, header);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(2));
        int depth = BinaryPrimitives.ReadUInt16LittleEndian(header.Slice(6));
        int room = ((node == InRoot ? Inode.MapSize : volume.Superblock.BlockSize) / EntrySize) - 1;
        return BinaryPrimitives.ReadUInt16LittleEndian(header) == Magic && count <= room && depth <= MaximumDepth
            ? (count, depth)
            : throw Damaged(volume, inode, "a node of its extent tree is damaged");
    }

    /// <summary>The last entry that begins at or before a block; -1 where there is none.</summary>
    private static int FindEntry(ExtVolume volume, Inode inode, long node, int count, long block)
    {
        Span<byte> entry = stackalloc byte[EntrySize];
        int low = 0;
        int high = count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            Read(volume, inode, node, middle, entry);
            if (BinaryPrimitives.ReadUInt32LittleEndian(entry) <= block)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low - 1;
    }

    /// <summary>Reads an entry of a node; -1 is its header.</summary>
    private static void Read(ExtVolume volume, Inode inode, long node, int index, Span<byte> entry)
    {
        int offset = (index + 1) * EntrySize;
        if (node == InRoot)
        {
            inode.Map.Span.Slice(offset, EntrySize).CopyTo(entry);
        }
        else
        {
            volume.Metadata.Read(volume.OffsetOf(node, "the extent tree of a file") + offset, entry);
        }
    }

    private static DiskFormatException Damaged(ExtVolume volume, Inode inode, string problem)
        => volume.Damaged($"Inode {inode.Number}: {problem}.", "ext4, Extent Tree");
}
