using System.Text;
using AzImageTools.Disks.Volumes.Xfs;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>The folders of an XFS volume that is being made: in the inode, in one block, or in several with an index by hashes whose nodes may lead back.</summary>
internal sealed class XfsFolder(XfsSpace space)
{
    private const int FolderType = 0x4000;
    private const int LeafEntrySize = 8;

    private readonly Canvas _canvas = space.Canvas;
    private readonly FuzzRandom _random = space.Canvas.Random;

    private long IndexBlock => (32L << 30) >> space.BlockLog;

    private int DataHeader => space.HasChecksums ? 64 : 16;

    /// <summary>Writes a folder.</summary>
    /// <param name="inode">Which inode is its own.</param>
    /// <param name="parent">The one above it.</param>
    /// <param name="entries">What it holds: numbers of inodes, names.</param>
    /// <param name="attributeFork">Where its extended attributes begin.</param>
    public void Write(int inode, int parent, IReadOnlyList<(ulong Inode, int Type, string Name)> entries, int attributeFork)
    {
        (long Fork, int Room) fork = space.BeginInode(inode, FolderType, attributeFork);
        int size = 6 + entries.Sum(entry => 7 + entry.Name.Length + (space.HasTypes ? 1 : 0));
        if (size <= fork.Room && !_random.OneIn(3))
        {
            WriteShort(fork.Fork, parent, entries);
            space.EndInode(inode, XfsSpace.LocalFormat, size, 0);
            return;
        }

        List<(long First, long Block, long Count)> extents = [];
        List<(uint Hash, uint Address)> index = [];
        List<List<(ulong Inode, int Type, string Name)>> blocks = Divide([(space.FirstInode + (ulong)inode, 2, "."), (space.FirstInode + (ulong)parent, 2, ".."), .. entries]);
        int perBlock = 1 << space.FolderBlockLog;
        for (int i = 0; i < blocks.Count; i++)
        {
            long block = _random.OneIn(60) && extents.Count > 0 ? extents[0].Block : space.Take(perBlock);
            extents.Add(((long)i * perBlock, block, perBlock));
            WriteData(block, inode, blocks[i], i, isOnly: blocks.Count == 1, index);
        }

        if (blocks.Count > 1)
        {
            index.Sort();
            WriteIndex(inode, index, extents);
            extents.Sort();
        }

        long length = (long)blocks.Count * space.FolderBlockSize;
        space.EndInode(inode, space.Map(inode, fork, extents), _random.OneIn(30) ? length << _random.Below(12) : length, extents.Count);
    }

    /// <summary>Which entries share a block; sometimes fewer than would fit.</summary>
    private List<List<(ulong Inode, int Type, string Name)>> Divide(IEnumerable<(ulong Inode, int Type, string Name)> entries)
    {
        int most = _random.Pick([2, 5, 100]);
        List<List<(ulong Inode, int Type, string Name)>> blocks = [[]];
        int left = RoomOfBlock();
        foreach ((ulong Inode, int Type, string Name) entry in entries)
        {
            int size = SizeOf(entry.Name) + LeafEntrySize;
            if (size > left || blocks[^1].Count == most)
            {
                blocks.Add([]);
                left = RoomOfBlock();
            }

            blocks[^1].Add(entry);
            left -= size;
        }

        return blocks;

        int RoomOfBlock() => space.FolderBlockSize - DataHeader - LeafEntrySize;
    }

    private int SizeOf(string name) => (9 + name.Length + (space.HasTypes ? 1 : 0) + 2 + 7) & ~7;

    private void WriteShort(long place, int parent, IReadOnlyList<(ulong Inode, int Type, string Name)> entries)
    {
        _canvas.Byte(place, entries.Count);
        _canvas.Byte(place + 1, 0);
        _canvas.Big32(place + 2, (long)(space.FirstInode + (ulong)parent));
        place += 6;
        foreach ((ulong inode, int type, string name) in entries)
        {
            _canvas.Byte(place, name.Length);
            _canvas.Bytes(place + 3, Encoding.ASCII.GetBytes(name));
            place += 3 + name.Length;
            if (space.HasTypes)
            {
                _canvas.Byte(place++, type);
            }

            _canvas.Big32(place, (long)inode);
            place += 4;
        }
    }

    private void WriteData(long block, int inode, List<(ulong Inode, int Type, string Name)> entries, int number, bool isOnly, List<(uint Hash, uint Address)> index)
    {
        long start = space.PlaceOf(block);
        _canvas.Bytes(start, (space.HasChecksums, isOnly) switch { (true, true) => "XDB3"u8, (true, false) => "XDD3"u8, (false, true) => "XD2B"u8, _ => "XD2D"u8 });
        int position = DataHeader;
        foreach ((ulong child, int type, string name) in entries)
        {
            int size = SizeOf(name);
            _canvas.Big64(start + position, child);
            _canvas.Byte(start + position + 8, name.Length);
            _canvas.Bytes(start + position + 9, Encoding.ASCII.GetBytes(name));
            if (space.HasTypes)
            {
                _canvas.Byte(start + position + 9 + name.Length, type);
            }

            _canvas.Big16(start + position + size - 2, position);
            index.Add((FolderIndex.Hash(Encoding.ASCII.GetBytes(name)), (uint)(((long)number * space.FolderBlockSize) + position) / LeafEntrySize));
            position += size;
        }

        int end = space.FolderBlockSize - (isOnly ? LeafEntrySize + (entries.Count * LeafEntrySize) : 0);
        if (position < end)
        {
            _canvas.Big16(start + position, 0xFFFF);
            _canvas.Big16(start + position + 2, end - position);
            _canvas.Big16(start + end - 2, position);
        }

        if (isOnly)
        {
            index.Sort();
            WriteLeafEntries(start + end, index);
            _canvas.Big32(start + space.FolderBlockSize - LeafEntrySize, entries.Count);
        }

        space.Seal(start, space.FolderBlockSize, (4, 8, 24, 40), space.FirstInode + (ulong)inode);
    }

    /// <summary>One leaf, or a tree of nodes above several.</summary>
    private void WriteIndex(int inode, List<(uint Hash, uint Address)> index, List<(long First, long Block, long Count)> extents)
    {
        int perBlock = 1 << space.FolderBlockLog;
        int most = (space.FolderBlockSize - DataHeader) / LeafEntrySize;
        List<(uint Hash, uint Address)[]> leaves = [.. index.Chunk(_random.Pick([2, 10, most]))];
        bool isOne = leaves.Count == 1;

        // The root comes first, whatever it is.
        int next = isOne ? 0 : 1;
        List<(uint Hash, uint Number)> level = [];
        for (int i = 0; i < leaves.Count; i++)
        {
            uint number = NumberOf(next++);
            uint following = i + 1 < leaves.Count ? NumberOf(next) : _random.OneIn(20) ? NumberOf(_random.Below(next)) : 0;
            level.Add((leaves[i][^1].Hash, number));
            WriteBlock(number, following, isOne ? 0xD2F1 : 0xD2FF, 0, leaves[i]);
        }

        int levels = 1;
        while (!isOne && (level.Count > most || (levels < 5 && _random.OneIn(10))))
        {
            List<(uint Hash, uint Number)> above = [];
            foreach ((uint Hash, uint Number)[] node in level.Chunk(most))
            {
                uint number = NumberOf(next++);
                above.Add((node[^1].Hash, number));
                WriteBlock(number, 0, 0xFEBE, levels, node);
            }

            level = above;
            levels++;
        }

        if (!isOne)
        {
            WriteBlock(NumberOf(0), 0, 0xFEBE, levels, level);
        }

        uint NumberOf(int index) => (uint)(IndexBlock + ((long)index * perBlock));

        void WriteBlock(uint number, uint following, int magic, int depth, IReadOnlyList<(uint First, uint Second)> entries)
        {
            long block = space.Take(perBlock);
            extents.Add((number, block, perBlock));
            long start = space.PlaceOf(block);
            int header = DataHeader;
            _canvas.Big32(start, following);
            _canvas.Big16(start + 8, space.HasChecksums ? magic switch { 0xD2F1 => 0x3DF1, 0xD2FF => 0x3DFF, _ => 0x3EBE } : magic);
            _canvas.Big16(start + header - (space.HasChecksums ? 8 : 4), entries.Count);
            _canvas.Big16(start + header - (space.HasChecksums ? 6 : 2), depth);
            WriteLeafEntries(start + header, entries);
            space.Seal(start, space.FolderBlockSize, (12, 16, 32, 48), space.FirstInode + (ulong)inode);
        }
    }

    private void WriteLeafEntries(long place, IEnumerable<(uint First, uint Second)> entries)
    {
        foreach ((uint first, uint second) in entries)
        {
            _canvas.Big32(place, first);
            _canvas.Big32(place + 4, second);
            place += LeafEntrySize;
        }
    }
}
