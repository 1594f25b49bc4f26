using System.Numerics;
using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// ext2 to ext4 volumes of one group: a tree of folders, files by extents (trees of them too), by block pointers, and within
/// their inodes; links; whose extents overlap, name one block again and again, or lead back to their own tree.
/// </summary>
internal sealed class ExtGrammar
{
    private const int SmallestBlock = 1024;
    private const int BlockCount = 2048;
    private const int InodeSize = 256;
    private const int InodeCount = 128;
    private const int Superblock = 1024;
    private const int InodeTable = 5;
    private const int RootInode = 2;
    private const int FirstFileInode = 11;
    private const int FolderType = 0x4000;
    private const int FileType = 0x8000;
    private const int LinkType = 0xA000;
    private const int ExtentsFlag = 0x80000;
    private const int InlineFlag = 0x10000000;
    private const int EntrySize = 12;

    private readonly Canvas _canvas;
    private readonly FuzzRandom _random;
    private readonly bool _hasExtents;
    private readonly int _blockSize;
    private int _nextBlock;
    private int _nextInode = FirstFileInode;

    private ExtGrammar(FuzzRandom random, bool isSound = false)
    {
        _blockSize = random.OneIn(30) ? 65536 : random.OneIn(4) ? 4096 : SmallestBlock;
        _nextBlock = InodeTable + Math.Max(1, InodeCount * InodeSize / _blockSize);
        _canvas = new Canvas((long)BlockCount * _blockSize, random, isSound);
        _random = random;
        _hasExtents = !random.OneIn(4);
    }

    public static MutableImage Make(FuzzRandom random)
    {
        ExtGrammar grammar = new(random);
        grammar.AddFolder(RootInode, RootInode, 0);
        grammar.WriteSuperblock();
        return grammar._canvas.Image;
    }

    /// <summary>A volume that holds a tree of files.</summary>
    /// <param name="random">What chooses how they are stored.</param>
    /// <param name="root">The tree.</param>
    /// <param name="isSound">Whether the volume is to have no lies of its own.</param>
    public static MutableImage Make(FuzzRandom random, GuestFolder root, bool isSound)
    {
        ExtGrammar grammar = new(random, isSound);
        grammar.AddTree(RootInode, RootInode, root);
        grammar.WriteSuperblock();
        return grammar._canvas.Image;
    }

    /// <summary>The block that the superblock lies in.</summary>
    private int FirstBlock => _blockSize == SmallestBlock ? 1 : 0;

    private int NodeEntries => (_blockSize / EntrySize) - 1;

    private long PlaceOf(int inode) => ((long)InodeTable * _blockSize) + ((long)(inode - 1) * InodeSize);

    private int TakeBlock() => _nextBlock < BlockCount - 1 ? _nextBlock++ : _nextBlock;

    private void WriteSuperblock()
    {
        bool hasChecksum = _random.OneIn(2);
        _canvas.Little32(Superblock + 0x0, InodeCount);
        _canvas.Little32(Superblock + 0x4, BlockCount);
        _canvas.Little32(Superblock + 0xC, BlockCount - _nextBlock);
        _canvas.Little32(Superblock + 0x14, FirstBlock);
        _canvas.Little32(Superblock + 0x18, BitOperations.Log2((uint)_blockSize / SmallestBlock));
        _canvas.Little32(Superblock + 0x1C, BitOperations.Log2((uint)_blockSize / SmallestBlock));
        _canvas.Little32(Superblock + 0x20, 8L * _blockSize);
        _canvas.Little32(Superblock + 0x24, 8 * _blockSize);
        _canvas.Little32(Superblock + 0x28, InodeCount);
        _canvas.Bytes(Superblock + 0x38, [0x53, 0xEF]);
        _canvas.Little16(Superblock + 0x3A, 1);
        _canvas.Little32(Superblock + 0x4C, 1);
        _canvas.Little32(Superblock + 0x54, FirstFileInode);
        _canvas.Little16(Superblock + 0x58, InodeSize);
        _canvas.Little32(Superblock + 0x5C, 0x20);
        _canvas.Little32(Superblock + 0x60, 0x2 | (_hasExtents ? 0x40 : 0) | (_hasExtents && _random.OneIn(2) ? 0x8000 : 0));
        _canvas.Little32(Superblock + 0x64, 0x1 | (hasChecksum ? 0x400 : 0));
        _canvas.Bytes(Superblock + 0x78, "made"u8);
        ExtLayout.UpdateSuperblock(_canvas.Image);
        _canvas.Little32(((FirstBlock + 1L) * _blockSize) + 0x0, 3);
        _canvas.Little32(((FirstBlock + 1L) * _blockSize) + 0x4, 4);
        _canvas.Little32(((FirstBlock + 1L) * _blockSize) + 0x8, InodeTable);
        for (int block = FirstBlock; block < _nextBlock; block++)
        {
            long place = (3L * _blockSize) + ((block - FirstBlock) / 8);
            _canvas.Bytes(place, [(byte)(_canvas.Image.Read(place, 1)[0] | (1 << ((block - FirstBlock) % 8)))]);
        }
    }

    private void WriteInode(int inode, int mode, long length, int flags)
    {
        long place = PlaceOf(inode);
        _canvas.Little16(place + 0x0, mode | 0x1ED);
        _canvas.Little32(place + 0x4, length & uint.MaxValue);
        _canvas.Little32(place + 0x6C, length >> 32);
        _canvas.Little16(place + 0x1A, 1);
        _canvas.Little32(place + 0x20, flags);
        _canvas.Little16(place + 0x80, 32);
    }

    private void AddFolder(int inode, int parent, int depth)
    {
        List<(int Inode, int Type, string Name)> entries = [(inode, 2, "."), (parent, 2, "..")];
        int count = _random.Below(12);
        for (int i = 0; i < count && _nextInode <= InodeCount; i++)
        {
            int child = _nextInode++;
            switch (_random.Below(depth < 6 ? 5 : 3))
            {
                case 0:
                    AddLink(child);
                    entries.Add((child, 7, Name(i)));
                    break;
                case 1 or 2:
                    AddFile(child);
                    entries.Add((child, 1, Name(i)));
                    break;
                default:
                    AddFolder(child, inode, depth + 1);
                    entries.Add((child, 2, Name(i)));
                    break;
            }
        }

        WriteFolder(inode, entries);
    }

    private void AddTree(int inode, int parent, GuestFolder folder)
    {
        List<(int Inode, int Type, string Name)> entries = [(inode, 2, "."), (parent, 2, "..")];
        foreach ((string name, GuestNode node) in folder.Nodes)
        {
            if (_nextInode > InodeCount)
            {
                break;
            }

            int child = _nextInode++;
            switch (node)
            {
                case GuestFolder below:
                    AddTree(child, inode, below);
                    entries.Add((child, 2, name));
                    break;
                case GuestLink link:
                    AddLink(child, link.Target);
                    entries.Add((child, 7, name));
                    break;
                case GuestFile file:
                    AddContent(child, file);
                    entries.Add((child, 1, name));
                    break;
            }
        }

        WriteFolder(inode, entries);
    }

    private void AddContent(int inode, GuestFile file)
    {
        List<int> blocks = [];
        for (int done = 0; done < file.Content.Length; done += _blockSize)
        {
            blocks.Add(TakeBlock());
            _canvas.Bytes(blocks[^1] * (long)_blockSize, file.Content.AsSpan(done, Math.Min(_blockSize, file.Content.Length - done)));
        }

        MapContent(inode, file.Type, file.Content.Length, blocks);
    }

    private void WriteFolder(int inode, List<(int Inode, int Type, string Name)> entries)
    {
        List<int> blocks = [TakeBlock()];
        int position = 0;
        foreach ((int number, int type, string name) in entries)
        {
            int size = (8 + name.Length + 3) & ~3;
            if (position + size > _blockSize)
            {
                blocks.Add(TakeBlock());
                position = 0;
            }

            bool isLast = name == entries[^1].Name || position + size > _blockSize - 300;
            WriteEntry((blocks[^1] * (long)_blockSize) + position, number, isLast ? _blockSize - position : size, type, name);
            position = isLast ? _blockSize : position + size;
        }

        MapContent(inode, FolderType, (long)blocks.Count * _blockSize, blocks);
    }

    private string Name(int number)
        => _random.Below(16) switch
        {
            0 => "etc",
            1 => "fstab",
            2 => "a\nb",
            3 => new string('n', _random.Pick([1, 60, 200])) + number,
            _ => "f" + number,
        };

    private void WriteEntry(long place, int inode, int size, int type, string name)
    {
        _canvas.Little32(place, inode);
        _canvas.Little16(place + 4, size);
        _canvas.Byte(place + 6, name.Length);
        _canvas.Byte(place + 7, type);
        _canvas.Bytes(place + 8, System.Text.Encoding.ASCII.GetBytes(name));
    }

    private void AddLink(int inode) => AddLink(inode, _random.Pick(["etc", "../..", "/f0/f1", "f1", ".", "/", "a/b/c/d/e/f/g/h"]));

    /// <summary>A link whose target is short enough to lie in the inode.</summary>
    private void AddLink(int inode, string target)
    {
        WriteInode(inode, LinkType, target.Length, 0);
        _canvas.Bytes(PlaceOf(inode) + 0x28, System.Text.Encoding.ASCII.GetBytes(target));
    }

    private void AddFile(int inode)
    {
        if (_hasExtents && _random.OneIn(6))
        {
            WriteInode(inode, FileType, _random.Below(60), InlineFlag);
            _canvas.Bytes(PlaceOf(inode) + 0x28, "content within the inode"u8);
            return;
        }

        List<int> blocks = [.. Enumerable.Range(0, _random.OneIn(8) ? 200 : _random.Below(20)).Select(_ => TakeBlock())];
        long length = _random.OneIn(_hasExtents ? 10 : 3) ? 1L << _random.Below(45) : (long)blocks.Count * _blockSize;
        MapContent(inode, FileType, length, blocks);
    }

    private void MapContent(int inode, int mode, long length, List<int> blocks)
    {
        WriteInode(inode, mode, length, _hasExtents ? ExtentsFlag : 0);
        if (_hasExtents)
        {
            WriteTree(inode, blocks);
        }
        else
        {
            WritePointers(inode, blocks);
        }
    }

    /// <summary>The blocks as extents, one a block or merged; more than an inode holds go into leaves.</summary>
    private void WriteTree(int inode, List<int> blocks)
    {
        const int InInode = 4;
        List<(int First, int Count, int Place)> extents = [];
        for (int i = 0; i < blocks.Count; i++)
        {
            // A folder's or a file's block that is there again and again is what took minutes.
            int place = _random.OneIn(200) ? blocks[0] : blocks[i];
            if (extents.Count > 0 && _random.OneIn(2) && extents[^1] is var last && last.Place + last.Count == place)
            {
                extents[^1] = last with { Count = last.Count + 1 };
            }
            else
            {
                extents.Add((i, 1, place));
            }
        }

        if (_random.OneIn(30))
        {
            extents = [(0, 32767, blocks.Count > 0 ? blocks[0] : 1), .. extents];
        }

        long node = PlaceOf(inode) + 0x28;
        if (extents.Count <= InInode && !_random.OneIn(4))
        {
            WriteNode(node, InInode, 0, extents);
            return;
        }

        int depth = 0;
        List<(int First, int Count, int Place)> level = extents;
        while (level.Count > InInode || depth == 0)
        {
            List<(int First, int Count, int Place)> above = [];
            foreach ((int First, int Count, int Place)[] part in level.Chunk(_random.Pick([NodeEntries, 4, 16])))
            {
                int block = TakeBlock();
                WriteNode(block * (long)_blockSize, NodeEntries, depth, part);
                above.Add((part[0].First, 0, block));
            }

            level = above;
            depth++;
        }

        WriteNode(node, InInode, depth, level);
    }

    private void WriteNode(long place, int room, int depth, IReadOnlyList<(int First, int Count, int Place)> entries)
    {
        _canvas.Bytes(place, [0x0A, 0xF3]);
        _canvas.Little16(place + 2, entries.Count);
        _canvas.Little16(place + 4, room);
        _canvas.Little16(place + 6, depth);
        for (int i = 0; i < entries.Count; i++)
        {
            long entry = place + ((i + 1) * EntrySize);
            _canvas.Little32(entry, entries[i].First);
            if (depth == 0)
            {
                _canvas.Little16(entry + 4, entries[i].Count);
                _canvas.Little16(entry + 6, 0);
                _canvas.Little32(entry + 8, entries[i].Place);
            }
            else
            {
                _canvas.Little32(entry + 4, entries[i].Place);
                _canvas.Little16(entry + 8, 0);
            }
        }
    }

    private void WritePointers(int inode, List<int> blocks)
    {
        const int Direct = 12;
        long map = PlaceOf(inode) + 0x28;
        for (int i = 0; i < Math.Min(Direct, blocks.Count); i++)
        {
            _canvas.Little32(map + (i * sizeof(uint)), blocks[i]);
        }

        if (blocks.Count > Direct)
        {
            int indirect = TakeBlock();
            _canvas.Little32(map + (Direct * sizeof(uint)), indirect);
            for (int i = Direct; i < blocks.Count; i++)
            {
                _canvas.Little32((indirect * (long)_blockSize) + ((i - Direct) * sizeof(uint)), blocks[i]);
            }
        }

        // Twice and three times indirect: into themselves, or all to one block that tells of a hole.
        if (_random.OneIn(6))
        {
            int hole = TakeBlock();
            int below = TakeBlock();
            int top = TakeBlock();
            FillPointers(below, hole);
            FillPointers(top, _random.OneIn(2) ? top : below);
            _canvas.Little32(map + ((Direct + 1 + _random.Below(2)) * sizeof(uint)), top);
        }
    }

    private void FillPointers(int block, int pointer)
    {
        for (int i = 0; i < _blockSize / sizeof(uint); i++)
        {
            _canvas.Little32((block * (long)_blockSize) + (i * sizeof(uint)), pointer);
        }
    }
}
