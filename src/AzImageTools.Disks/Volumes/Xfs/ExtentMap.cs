using System.Buffers;
using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>
/// Finds a file's blocks by its extents, which its inode or a B+tree holds ("Data Extents"). Only the leaf that was looked
/// into last is kept. Thread-safe.
/// </summary>
internal sealed class ExtentMap(XfsVolume volume, Inode inode)
{
    private const int MaximumLevels = 9;
    private const int RootHeaderSize = 4;
    private const int HeaderSize = 24;
    private const int HeaderSizeWithChecksum = 72;
    private const int KeySize = 8;
    private const int PairSize = 16;

    private readonly long _end = long.MaxValue >> volume.Superblock.BlockLog;
    private volatile ExtentLeaf? _leaf;

    private string Name => $"inode {inode.Number}";

    /// <summary>The run that a byte of the file lies in.</summary>
    public FileRun FindRun(long position)
    {
        Superblock superblock = volume.Superblock;
        BlockRun run = Find(position >> superblock.BlockLog);
        long place = run.Place == BlockRun.Hole ? FileRun.Hole : volume.OffsetOf((ulong)run.Place, run.Count, Name);
        return new FileRun(run.First << superblock.BlockLog, place, run.Count << superblock.BlockLog);
    }

    /// <summary>The run that a block of the file lies in.</summary>
    public BlockRun Find(long block)
    {
        ExtentLeaf? leaf = _leaf;
        if (leaf is null || !leaf.Covers(block))
        {
            _leaf = leaf = inode.Format switch
            {
                InodeFormat.Extents => ReadList(),
                InodeFormat.Tree => FindLeaf(block),
                _ => throw Damaged($"its content is stored in form {(int)inode.Format}, which makes no sense for it"),
            };
        }

        return leaf.Find(block);
    }

    private ExtentLeaf ReadList()
    {
        ReadOnlyMemory<byte> fork = inode.Fork;
        return inode.ExtentCount <= (ulong)(fork.Length / ExtentLeaf.RecordSize)
            ? new ExtentLeaf(0, _end, fork.Slice(0, (int)inode.ExtentCount * ExtentLeaf.RecordSize))
            : throw Damaged($"it is said to hold {inode.ExtentCount} extents, more than it has room for");
    }

    private ExtentLeaf FindLeaf(long block)
    {
        long first = 0;
        long end = _end;
        ReadOnlyMemory<byte> node = inode.Fork;
        int level = node.Length >= RootHeaderSize ? BinaryPrimitives.ReadUInt16BigEndian(node.Span) : 0;
        int count = level > 0 ? BinaryPrimitives.ReadUInt16BigEndian(node.Span.Slice(2)) : 0;
        node = node.Slice(Math.Min(RootHeaderSize, node.Length));
        if (level is 0 or > MaximumLevels || count > node.Length / PairSize)
        {
            throw Damaged("the root of its extent tree is damaged");
        }

        byte[]? memory = null;
        try
        {
            while (level > 0)
            {
                // Keys first, then as many pointers, each at the same place in the room that a full node would need.
                ReadOnlyMemory<byte> keys = node;
                int index = (int)Bisection.FindFirst(count, key => KeyOf(keys.Span, key) > block) - 1;
                end = index + 1 < count ? Math.Min(end, KeyOf(node.Span, index + 1)) : end;
                if (index < 0)
                {
                    return new ExtentLeaf(first, end, ReadOnlyMemory<byte>.Empty);
                }

                first = Math.Max(first, KeyOf(node.Span, index));
                int room = node.Length / PairSize;
                ulong child = BinaryPrimitives.ReadUInt64BigEndian(node.Span.Slice((room * KeySize) + (index * sizeof(ulong))));
                level--;
                (node, count) = ReadBlock(child, level, memory ??= ArrayPool<byte>.Shared.Rent(volume.Superblock.BlockSize));
            }

            return new ExtentLeaf(first, end, Copy(node.Slice(0, count * ExtentLeaf.RecordSize)));
        }
        finally
        {
            if (memory is not null)
            {
                ArrayPool<byte>.Shared.Return(memory);
            }
        }
    }

    /// <summary>Of a way down the tree only what is used of its last block is kept.</summary>
    private byte[] Copy(ReadOnlyMemory<byte> records)
    {
        volume.Metadata.Budget.Allocate(records.Length, "a leaf of the extent tree of inode", (long)inode.Number);
        return records.ToArray();
    }

    /// <summary>Reads a block of the tree: what follows its header, and how many records or pairs of key and pointer it has.</summary>
    private (ReadOnlyMemory<byte> Content, int Count) ReadBlock(ulong number, int level, byte[] memory)
    {
        Memory<byte> block = memory.AsMemory(0, volume.Superblock.BlockSize);
        ReadOnlySpan<byte> bytes = block.Span;
        long offset = volume.OffsetOf(number, 1, "the extent tree of " + Name);
        volume.Metadata.Budget.Visit("a node of the extent tree of inode", (long)inode.Number);
        volume.Metadata.Read(offset, block.Span);
        bool hasChecksums = volume.Superblock.HasChecksums;
        ReadOnlyMemory<byte> content = block.Slice(hasChecksums ? HeaderSizeWithChecksum : HeaderSize);
        int count = BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(6));
        if (!bytes.StartsWith(hasChecksums ? "BMA3"u8 : "BMAP"u8)
            || BinaryPrimitives.ReadUInt16BigEndian(bytes.Slice(4)) != level
            || count > content.Length / PairSize)
        {
            throw Damaged("a block of its extent tree is damaged");
        }

        BlockHeader.ExtentTree.Verify(volume, bytes, offset, inode.Number);
        return (content, count);
    }

    private static long KeyOf(ReadOnlySpan<byte> node, long index)
        => (long)Math.Min(long.MaxValue, BinaryPrimitives.ReadUInt64BigEndian(node.Slice((int)index * KeySize)));

    private DiskFormatException Damaged(string problem) => volume.Damaged($"Inode {inode.Number}: {problem}.", "XFS Algorithms & Data Structures, Data Extents");
}
