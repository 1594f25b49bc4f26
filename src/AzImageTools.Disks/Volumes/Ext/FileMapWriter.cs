using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Writes the map of a file's blocks anew: into its inode, and where there is not enough room, into blocks of its own.</summary>
internal sealed class FileMapWriter
{
    private const ushort Magic = 0xF30A;
    private const int EntrySize = 12;
    private const int LongestWritten = 32768;
    private const int DirectPointers = 12;
    private const int Levels = 3;

    private readonly ExtEditor _editor;
    private readonly InodeDraft _inode;
    private readonly Queue<long> _spare;
    private readonly long _goal;
    private int _nodes;

    private FileMapWriter(ExtEditor editor, InodeDraft inode, IReadOnlyList<MappedRun> runs, IEnumerable<long> spare)
    {
        _editor = editor;
        _inode = inode;
        _spare = new Queue<long>(spare);
        _goal = runs.Count == 0 ? 0 : runs[runs.Count - 1].Place;
    }

    /// <summary>Writes the map, and how many blocks the file takes with it.</summary>
    /// <param name="editor">The volume.</param>
    /// <param name="inode">The file's record.</param>
    /// <param name="runs">The content's blocks, in ascending order.</param>
    /// <param name="nodes">The blocks that the map took before: what is not needed any more is given back.</param>
    /// <exception cref="DiskRepairException">The volume has no room for it.</exception>
    public static void Write(ExtEditor editor, InodeDraft inode, IReadOnlyList<MappedRun> runs, IEnumerable<long> nodes)
    {
        FileMapWriter writer = new(editor, inode, runs, nodes);
        if (inode.HasExtents)
        {
            writer.WriteExtents(runs);
        }
        else
        {
            writer.WritePointers(runs);
        }

        foreach (long surplus in writer._spare)
        {
            editor.Space.Free(surplus, 1);
        }

        long blocks = runs.Sum(static run => run.Count) + writer._nodes + (inode.AttributeBlock != 0 ? 1 : 0);
        inode.Sectors = blocks * (editor.Volume.Superblock.BlockSize / 512);
    }

    private void WriteExtents(IReadOnlyList<MappedRun> runs)
    {
        List<byte[]> entries = [];
        foreach (MappedRun run in runs)
        {
            int longest = run.IsUnwritten ? LongestWritten - 1 : LongestWritten;
            for (long done = 0; done < run.Count; done += longest)
            {
                entries.Add(EncodeExtent(run, done, (int)Math.Min(longest, run.Count - done)));
            }
        }

        int depth = 0;
        int room = (Inode.MapSize / EntrySize) - 1;
        int blockSize = _editor.Volume.Superblock.BlockSize;
        uint seed = _editor.Checksums.SeedOf(_inode.Number, _inode.Generation);
        while (entries.Count > room)
        {
            int perNode = (blockSize / EntrySize) - 1;
            List<byte[]> above = [];
            for (int start = 0; start < entries.Count; start += perNode)
            {
                byte[] node = new byte[blockSize];
                WriteNode(node, entries.GetRange(start, Math.Min(perNode, entries.Count - start)), perNode, depth);
                if (_editor.Checksums.HasMetadata)
                {
                    int tail = EntrySize * (perNode + 1);
                    BinaryPrimitives.WriteUInt32LittleEndian(node.AsSpan(tail), ExtChecksums.OfFile(seed, node.AsSpan(0, tail)));
                }

                above.Add(EncodeIndex(entries[start], WriteBlock(node)));
            }

            entries = above;
            depth++;
        }

        WriteNode(_inode.Map, entries, room, depth);
    }

    private static void WriteNode(Span<byte> node, List<byte[]> entries, int room, int depth)
    {
        node.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(node, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(node.Slice(2), (ushort)entries.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(node.Slice(4), (ushort)room);
        BinaryPrimitives.WriteUInt16LittleEndian(node.Slice(6), (ushort)depth);
        for (int i = 0; i < entries.Count; i++)
        {
            entries[i].CopyTo(node.Slice((i + 1) * EntrySize));
        }
    }

    private static byte[] EncodeExtent(MappedRun run, long done, int count)
    {
        byte[] entry = new byte[EntrySize];
        long place = run.Place + done;
        BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)(run.First + done));
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(4), (ushort)(run.IsUnwritten ? count + LongestWritten : count));
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(6), (ushort)(place >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(8), (uint)place);
        return entry;
    }

    private static byte[] EncodeIndex(byte[] first, long place)
    {
        byte[] entry = new byte[EntrySize];
        first.AsSpan(0, sizeof(uint)).CopyTo(entry);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), (uint)place);
        BinaryPrimitives.WriteUInt16LittleEndian(entry.AsSpan(8), (ushort)(place >> 32));
        return entry;
    }

    private void WritePointers(IReadOnlyList<MappedRun> runs)
    {
        Dictionary<long, uint> places = [];
        foreach (MappedRun run in runs)
        {
            for (long i = 0; i < run.Count; i++)
            {
                places[run.First + i] = run.Place + i <= uint.MaxValue ? (uint)(run.Place + i) : throw _editor.Refuse(_inode, "its blocks lie beyond what pointers reach");
            }
        }

        long perBlock = _editor.Volume.Superblock.BlockSize / sizeof(uint);
        _inode.Map.Clear();
        for (int i = 0; i < DirectPointers; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_inode.Map.Slice(i * sizeof(uint)), places.TryGetValue(i, out uint place) ? place : 0);
        }

        long last = runs.Count == 0 ? -1 : runs[runs.Count - 1].End - 1;
        long first = DirectPointers;
        long span = perBlock;
        for (int level = 0; level < Levels && first <= last; level++)
        {
            uint node = WritePointers(places, first, span, last, perBlock);
            BinaryPrimitives.WriteUInt32LittleEndian(_inode.Map.Slice((DirectPointers + level) * sizeof(uint)), node);
            first += span;
            span *= perBlock;
        }

        if (first <= last)
        {
            throw _editor.Refuse(_inode, "it would have more blocks than pointers reach");
        }
    }

    /// <summary>Writes a block of pointers; 0 where none of them leads anywhere.</summary>
    private uint WritePointers(Dictionary<long, uint> places, long first, long span, long last, long perBlock)
    {
        byte[] node = new byte[perBlock * sizeof(uint)];
        bool isUsed = false;
        long step = span / perBlock;
        for (int i = 0; i < perBlock && first + (i * step) <= last; i++)
        {
            uint pointer = step > 1 ? WritePointers(places, first + (i * step), step, last, perBlock)
                : places.TryGetValue(first + i, out uint place) ? place : 0;
            BinaryPrimitives.WriteUInt32LittleEndian(node.AsSpan(i * sizeof(uint)), pointer);
            isUsed |= pointer != 0;
        }

        return isUsed ? (uint)WriteBlock(node) : 0;
    }

    private long WriteBlock(byte[] node)
    {
        long place = _spare.Count > 0 ? _spare.Dequeue() : _editor.Space.Take(_goal, 1)[0].Place;
        _nodes++;
        _editor.Volume.Write(_editor.Volume.OffsetOf(place, "the map of a file"), node);
        return place;
    }
}
