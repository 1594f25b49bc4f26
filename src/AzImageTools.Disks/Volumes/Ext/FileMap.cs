using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>All blocks of a file: those of its content, and those that only lead to them. Read whole, for who changes them.</summary>
internal sealed class FileMap
{
    private const ushort Magic = 0xF30A;
    private const int EntrySize = 12;
    private const int MaximumDepth = 5;
    private const int LongestWritten = 32768;
    private const int DirectPointers = 12;
    private const long EndOfFiles = 1L << 32;
    private const string Rule = "ext4, Extent Tree";

    private readonly ExtEditor _editor;
    private readonly InodeDraft _inode;
    private readonly uint _seed;

    private FileMap(ExtEditor editor, InodeDraft inode)
    {
        _editor = editor;
        _inode = inode;
        _seed = editor.Checksums.SeedOf(inode.Number, inode.Generation);
    }

    /// <summary>The content's blocks, in ascending order.</summary>
    public List<MappedRun> Runs { get; } = [];

    /// <summary>The blocks of extents or pointers.</summary>
    public List<long> Nodes { get; } = [];

    /// <summary>How many blocks of the volume the content has.</summary>
    public long BlockCount => Runs.Sum(static run => run.Count);

    /// <summary>Reads the map of a file, folder or long link, whose blocks must be distinct, and none the volume's own.</summary>
    /// <exception cref="DiskFormatException">It is damaged.</exception>
    public static FileMap Read(ExtEditor editor, InodeDraft inode)
    {
        FileMap map = new(editor, inode);
        if (inode.HasExtents)
        {
            map.ReadExtents(inode.Map.ToArray(), expectedDepth: -1, 0, EndOfFiles);
        }
        else
        {
            map.ReadPointers();
        }

        map.RequireDistinct();
        return map;
    }

    /// <summary>Reads a node of the tree of extents: its entries lie from its first block on, and before its end.</summary>
    private void ReadExtents(byte[] node, int expectedDepth, long first, long end)
    {
        _editor.Volume.Metadata.Budget.Visit("a node of an extent tree of inode", (long)_inode.Number);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(node.AsSpan(2));
        int depth = BinaryPrimitives.ReadUInt16LittleEndian(node.AsSpan(6));
        if (BinaryPrimitives.ReadUInt16LittleEndian(node) != Magic || count > (node.Length / EntrySize) - 1 || depth > MaximumDepth || (expectedDepth >= 0 && depth != expectedDepth))
        {
            throw Damaged("a node of its extent tree is damaged");
        }

        for (int i = 1; i <= count; i++)
        {
            ReadOnlySpan<byte> entry = node.AsSpan(i * EntrySize, EntrySize);
            long block = BinaryPrimitives.ReadUInt32LittleEndian(entry);
            if (block < first || block >= end)
            {
                throw Damaged("its extents are not in order");
            }

            if (depth == 0)
            {
                first = AddExtent(entry, block, end);
                continue;
            }

            long next = i < count ? BinaryPrimitives.ReadUInt32LittleEndian(node.AsSpan((i + 1) * EntrySize)) : end;
            long place = BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(4)) | ((long)BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(8)) << 32);
            ReadExtents(ReadNode(place, isExtents: true), depth - 1, block, Math.Min(next, end));
            first = next;
        }
    }

    private long AddExtent(ReadOnlySpan<byte> extent, long block, long end)
    {
        int length = BinaryPrimitives.ReadUInt16LittleEndian(extent.Slice(4));
        long place = BinaryPrimitives.ReadUInt32LittleEndian(extent.Slice(8)) | ((long)BinaryPrimitives.ReadUInt16LittleEndian(extent.Slice(6)) << 32);
        bool isUnwritten = length > LongestWritten;
        long count = isUnwritten ? length - LongestWritten : length;
        if (count == 0 || count > end - block)
        {
            throw Damaged("its extents overlap");
        }

        Add(new MappedRun(block, count, place, isUnwritten));
        return block + count;
    }

    private byte[] ReadNode(long place, bool isExtents)
    {
        _editor.Space.RequireContent(place, 1, _inode.Number);
        if (Nodes.Contains(place))
        {
            throw Damaged($"its map has block {place} twice");
        }

        byte[] node = new byte[_editor.Volume.Superblock.BlockSize];
        _editor.Volume.Metadata.Budget.Allocate(node.Length, "a block map of inode", (long)_inode.Number);
        _editor.Volume.Metadata.Read(_editor.Volume.OffsetOf(place, "the map of a file"), node);
        int tail = node.Length - sizeof(uint);
        if (isExtents && _editor.Checksums.HasMetadata)
        {
            // Behind as many entries as there is room for.
            tail = EntrySize * (node.Length / EntrySize);
            if (ExtChecksums.OfFile(_seed, node.AsSpan(0, tail)) != BinaryPrimitives.ReadUInt32LittleEndian(node.AsSpan(tail)))
            {
                throw Damaged("the checksum of a node of its extent tree is wrong");
            }
        }

        Nodes.Add(place);
        return node;
    }

    private void ReadPointers()
    {
        long perBlock = _editor.Volume.Superblock.BlockSize / sizeof(uint);
        byte[] map = _inode.Map.ToArray();
        for (int i = 0; i < DirectPointers; i++)
        {
            AddBlock(i, BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(i * sizeof(uint))));
        }

        long first = DirectPointers;
        long span = perBlock;
        for (int i = DirectPointers; i < map.Length / sizeof(uint); i++)
        {
            ReadPointers(BinaryPrimitives.ReadUInt32LittleEndian(map.AsSpan(i * sizeof(uint))), first, span);
            first += span;
            span *= perBlock;
        }
    }

    /// <summary>Reads what a block of pointers leads to.</summary>
    private void ReadPointers(uint place, long first, long span)
    {
        if (place == 0)
        {
            return;
        }

        _editor.Volume.Metadata.Budget.Visit("a block map of inode", (long)_inode.Number);
        byte[] node = ReadNode(place, isExtents: false);
        long perBlock = node.Length / sizeof(uint);
        for (int i = 0; i < perBlock; i++)
        {
            uint pointer = BinaryPrimitives.ReadUInt32LittleEndian(node.AsSpan(i * sizeof(uint)));
            if (span == perBlock)
            {
                AddBlock(first + i, pointer);
            }
            else
            {
                ReadPointers(pointer, first + (i * (span / perBlock)), span / perBlock);
            }
        }
    }

    private void AddBlock(long block, uint place)
    {
        if (place != 0)
        {
            Add(new MappedRun(block, 1, place, IsUnwritten: false));
        }
    }

    private void Add(MappedRun run)
    {
        if (Runs.Count > 0 && Runs[Runs.Count - 1].TryJoin(run) is { } joined)
        {
            Runs[Runs.Count - 1] = joined;
            return;
        }

        Runs.Add(run);
    }

    private void RequireDistinct()
    {
        List<(long Place, long Count)> all = [.. Runs.Select(static run => (run.Place, run.Count)), .. Nodes.Select(static node => (node, 1L))];
        all.Sort();
        for (int i = 0; i < all.Count; i++)
        {
            _editor.Space.RequireContent(all[i].Place, all[i].Count, _inode.Number);
            if (i > 0 && all[i].Place < all[i - 1].Place + all[i - 1].Count)
            {
                throw Damaged($"its map has block {all[i].Place} twice");
            }
        }
    }

    private DiskFormatException Damaged(string problem) => _editor.Volume.Damaged($"Inode {_inode.Number}: {problem}.", Rule);
}

/// <summary>A run of a file's blocks that lie together on the volume.</summary>
/// <param name="First">The first one's number in the file.</param>
/// <param name="Count">How many.</param>
/// <param name="Place">Where the first one lies.</param>
/// <param name="IsUnwritten">Whether they are only reserved, and read as zeros.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct MappedRun(long First, long Count, long Place, bool IsUnwritten)
{
    public long End => First + Count;

    /// <summary>Both as one; null where the other does not go on from this one.</summary>
    public MappedRun? TryJoin(MappedRun next)
        => next.First == End && next.Place == Place + Count && next.IsUnwritten == IsUnwritten ? this with { Count = Count + next.Count } : null;
}
