using System.Text;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// XFS volumes of versions 4 and 5: folders of all forms, files by extents that overlap or by trees of them, links and attributes in inodes and
/// in blocks, trees of free space, logs.
/// </summary>
internal sealed class XfsGrammar
{
    private const int FileType = 0x8000;
    private const int LinkType = 0xA000;
    private const int MostDepth = 6;

    private static readonly string[][] Wanted = [["etc", "usr", "boot"], ["os-release", "fstab", "lib"], ["os-release", "modules"]];

    private readonly XfsSpace _space;
    private readonly Canvas _canvas;
    private readonly FuzzRandom _random;
    private readonly XfsFolder _folders;
    private int _nextInode = 1;

    private XfsGrammar(FuzzRandom random)
    {
        _random = random;
        _space = new XfsSpace(random);
        _canvas = _space.Canvas;
        _folders = new XfsFolder(_space);
    }

    public static MutableImage Make(FuzzRandom random)
    {
        XfsGrammar grammar = new(random);
        grammar.AddFolder(0, 0, 0);
        for (int group = 0; group < XfsSpace.GroupCount; group++)
        {
            grammar.WriteGroup(group);
        }

        grammar.WriteLog();
        grammar.WriteSuperblock();
        return grammar._canvas.Image;
    }

    private void WriteSuperblock()
    {
        _canvas.Bytes(0, "XFSB"u8);
        _canvas.Big32(4, _space.BlockSize);
        _canvas.Big64(8, (ulong)(_space.GroupBlocks * XfsSpace.GroupCount));
        _canvas.Bytes(32, XfsSpace.Uuid);
        _canvas.Big64(48, _random.OneIn(10) ? 0UL : XfsSpace.LogBlock);
        _canvas.Big64(56, _space.FirstInode);
        _canvas.Big32(84, _space.GroupBlocks);
        _canvas.Big32(88, XfsSpace.GroupCount);
        _canvas.Big32(96, XfsSpace.LogBlocks);
        _canvas.Big16(100, (_space.HasChecksums ? 5 : 4) | 0xA000 | (_random.OneIn(10) ? 0x4000 : 0));
        _canvas.Big16(102, 512);
        _canvas.Big16(104, _space.InodeSize);
        _canvas.Bytes(108, "made"u8);
        _canvas.Bytes(120, [(byte)_space.BlockLog, 9, (byte)_space.InodeLog, (byte)(_space.BlockLog - _space.InodeLog), XfsSpace.GroupBlockLog]);
        _canvas.Big64(144, 100);
        _canvas.Byte(192, _space.FolderBlockLog);
        _canvas.Big32(200, _space.HasTypes ? 0x200 : 0);
        _canvas.Big32(216, (_space.HasTypes ? 0x1 : 0) | 0x8 | (_space.HasLargeCounters ? 0x20 : 0));
        _space.SealChecksum(0, 512, 224);
    }

    /// <summary>A group's header, and the tree of its free blocks: one block, or a root with leaves.</summary>
    private void WriteGroup(int group)
    {
        long start = (long)group * _space.GroupBlocks * _space.BlockSize;
        int firstFree = group == 0 ? _space.FirstUnused : 8;
        List<(uint Start, uint Count)> free = [];
        uint position = (uint)firstFree;
        for (int i = _random.Pick([0, 1, 5, 60]); i > 0 && position < _space.GroupBlocks - 20; i--)
        {
            uint count = 1 + (uint)_random.Below(8);
            free.Add((position, count));
            position += count + 1 + (uint)_random.Below(3);
        }

        bool isTree = free.Count > 3 && _random.OneIn(2);
        long header = start + 512;
        _canvas.Bytes(header, "XAGF"u8);
        _canvas.Big32(header + 4, 1);
        _canvas.Big32(header + 8, group);
        _canvas.Big32(header + 12, _space.GroupBlocks);
        _canvas.Big32(header + 16, 1);
        _canvas.Big32(header + 28, isTree ? 2 : 1);
        _canvas.Big32(header + 52, free.Sum(static extent => extent.Count));
        _canvas.Bytes(header + 64, XfsSpace.Uuid);
        _space.SealChecksum(header, 512, 216);
        if (!isTree)
        {
            WriteTreeBlock(start, group, 1, 0, free, []);
            return;
        }

        (uint Start, uint Count)[][] leaves = [.. free.Chunk((free.Count + 4) / 5)];
        for (int i = 0; i < leaves.Length; i++)
        {
            WriteTreeBlock(start, group, 2 + i, 0, leaves[i], []);
        }

        WriteTreeBlock(start, group, 1, 1, [.. leaves.Select(static leaf => leaf[0])], [.. leaves.Select((_, i) => _random.OneIn(40) ? (uint)_random.Below(6) : (uint)(2 + i))]);
    }

    private void WriteTreeBlock(long group, int number, int block, int level, IReadOnlyList<(uint Start, uint Count)> records, IReadOnlyList<uint> children)
    {
        long place = group + ((long)block * _space.BlockSize);
        int header = _space.HasChecksums ? 56 : 16;
        _canvas.Bytes(place, _space.HasChecksums ? "AB3B"u8 : "ABTB"u8);
        _canvas.Big16(place + 4, level);
        _canvas.Big16(place + 6, records.Count);
        for (int i = 0; i < records.Count; i++)
        {
            _canvas.Big32(place + header + (i * 8), records[i].Start);
            _canvas.Big32(place + header + (i * 8) + 4, records[i].Count);
        }

        for (int i = 0; i < children.Count; i++)
        {
            _canvas.Big32(place + header + ((_space.BlockSize - header) / 12 * 8) + (i * 4), children[i]);
        }

        // The owner is of 32 bits here, and the checksum follows it.
        _space.Seal(place, _space.BlockSize, (52, 16, 32, 48), (ulong)number << 32);
    }

    /// <summary>A log: never written, with the note that the volume was unmounted, or with records that follow one another, round after round.</summary>
    private void WriteLog()
    {
        int sectors = XfsSpace.LogBlocks * _space.BlockSize / 512;
        if (_random.OneIn(3))
        {
            return;
        }

        int round = 1 + _random.Below(3);
        int head = _random.OneIn(2) ? 2 : 2 + _random.Below(sectors - 2);
        for (int sector = 0; sector < sectors; sector++)
        {
            _canvas.Big32(PlaceOf(sector), sector < head ? round : round - 1);
        }

        for (int sector = head - 2; sector >= 0; sector -= 2 + _random.Below(20))
        {
            long place = PlaceOf(sector);
            _canvas.Big32(place, 0xFEEDBABE);
            _canvas.Big32(place + 4, round);
            _canvas.Big32(place + 8, 2);
            _canvas.Big32(place + 12, 512);
            _canvas.Big32(place + 40, 1);
            _canvas.Big32(place + 320, 32768);
            _canvas.Big32(place + 512 + 8, 0x20 << 16);
        }

        long PlaceOf(int sector) => (XfsSpace.LogBlock * (long)_space.BlockSize) + (sector * 512L);
    }

    private void AddFolder(int inode, int parent, int depth)
    {
        List<(ulong Inode, int Type, string Name)> entries = [];
        int count = _random.OneIn(16) ? 40 : _random.Below(12);
        for (int i = 0; i < count && _nextInode < _space.InodeCount; i++)
        {
            string name = Name(i, depth);
            if (_random.OneIn(20))
            {
                int again = _random.OneIn(3) ? inode : _random.OneIn(2) ? parent : _random.Below(_nextInode);
                entries.AddRange(Enumerable.Range(0, _random.Pick([1, 3, 60])).Select(copy => (_space.FirstInode + (ulong)again, 1, $"{name}.{copy}")));
                continue;
            }

            int child = _nextInode++;
            switch (_random.Below(depth < MostDepth ? 6 : 4))
            {
                case 0:
                    AddLink(child);
                    entries.Add((_space.FirstInode + (ulong)child, 7, name));
                    break;
                case 1 or 2 or 3:
                    AddFile(child);
                    entries.Add((_space.FirstInode + (ulong)child, 1, name));
                    break;
                default:
                    AddFolder(child, inode, depth + 1);
                    entries.Add((_space.FirstInode + (ulong)child, 2, name));
                    break;
            }
        }

        int attributeFork = PickAttributeFork();
        AddAttributes(inode, attributeFork);
        _folders.Write(inode, parent, entries, attributeFork);
    }

    /// <summary>A name; often one that leads to where a Linux says what it is.</summary>
    private string Name(int number, int depth)
        => _random.Below(16) switch
        {
            0 or 1 or 2 when depth < Wanted.Length => _random.Pick(Wanted[depth]),
            3 => "a\nb",
            4 => new string('n', _random.Pick([1, 60, 200])) + number,
            _ => "f" + number,
        };

    private int PickAttributeFork() => _random.OneIn(2) ? 0 : _space.HasChecksums ? 28 : 12;

    private void AddFile(int inode)
    {
        int attributeFork = PickAttributeFork();
        (long Fork, int Room) fork = _space.BeginInode(inode, FileType, attributeFork);
        AddAttributes(inode, attributeFork);
        List<(long First, long Block, long Count)> extents = [];
        long position = 0;
        int count = _random.OneIn(10) ? 120 : _random.Below(8);
        for (int i = 0; i < count; i++)
        {
            int blocks = 1 + _random.Below(3);

            // A hole, one block again and again, or an extent that reaches over others.
            position += _random.OneIn(10) ? _random.Below(100) : 0;
            long block = extents.Count > 0 && _random.OneIn(15) ? extents[0].Block : _space.Take(blocks);
            extents.Add((position, block, _random.OneIn(60) ? 0x1FFFFF : blocks));
            position += blocks;
        }

        if (_random.OneIn(30))
        {
            extents.Reverse();
        }

        long length = _random.OneIn(8) ? 1L << _random.Below(62) : position * _space.BlockSize;
        _space.EndInode(inode, _space.Map(inode, fork, extents), length, extents.Count);
    }

    private void AddLink(int inode)
    {
        const int HeaderSize = 56;
        (long Fork, int Room) fork = _space.BeginInode(inode, LinkType, 0);
        string target = _random.Pick(["etc", "../..", "/f0/f1", "f1", ".", "/", "a/b/c/d", new string('a', 900), string.Concat(Enumerable.Repeat("f0/../", 150))]);
        byte[] bytes = Encoding.ASCII.GetBytes(target);
        if (bytes.Length <= fork.Room && !_random.OneIn(3))
        {
            _canvas.Bytes(fork.Fork, bytes);
            _space.EndInode(inode, XfsSpace.LocalFormat, bytes.Length, 0);
            return;
        }

        int header = _space.HasChecksums ? HeaderSize : 0;
        List<(long First, long Block, long Count)> extents = [];
        for (int done = 0; done < bytes.Length;)
        {
            long block = _space.Take();
            long place = _space.PlaceOf(block);
            int count = Math.Min(bytes.Length - done, _space.BlockSize - header);
            if (header > 0)
            {
                _canvas.Bytes(place, "XSLM"u8);
                _canvas.Big32(place + 4, done);
                _canvas.Big32(place + 8, count);
            }

            _canvas.Bytes(place + header, bytes.AsSpan(done, count));
            _space.Seal(place, _space.BlockSize, (12, 40, 16, 32), _space.FirstInode + (ulong)inode);
            extents.Add((extents.Count, block, 1));
            done += count;
        }

        _space.EndInode(inode, _space.Map(inode, fork, extents), bytes.Length, extents.Count);
    }

    /// <summary>Extended attributes: in the inode, or in leaves that may be one, and may hold entries that lie in one another.</summary>
    private void AddAttributes(int inode, int attributeFork)
    {
        if (attributeFork == 0)
        {
            return;
        }

        long place = _space.PlaceOfInode(inode);
        long fork = place + (_space.HasChecksums ? 176 : 100) + (attributeFork * 8);
        byte[] name = Encoding.ASCII.GetBytes(_random.Pick(["selinux", "capability", "x"]));
        if (_random.OneIn(2))
        {
            _canvas.Byte(place + 83, XfsSpace.LocalFormat);
            _canvas.Big16(fork, 20);
            _canvas.Byte(fork + 2, _random.Pick([1, 1, 255]));
            _canvas.Byte(fork + 4, name.Length);
            _canvas.Byte(fork + 5, 4);
            _canvas.Byte(fork + 6, 4);
            _canvas.Bytes(fork + 7, name);
            return;
        }

        long block = _space.Take();
        int count = _random.Pick([1, 2, 50]);
        _canvas.Byte(place + 83, _random.OneIn(10) ? XfsSpace.TreeFormat : XfsSpace.ExtentsFormat);
        int extents = 1 + _random.Below(3);
        _canvas.Big16(place + (_space.HasLargeCounters ? 78 : 80), extents);
        _space.WriteExtents(fork, Enumerable.Range(0, extents).Select(i => ((long)i * (_random.OneIn(4) ? 100 : 1), block, _random.OneIn(8) ? 0x1FFFFFL : 1)));
        long leaf = _space.PlaceOf(block);
        int header = _space.HasChecksums ? 80 : 32;
        _canvas.Big16(leaf + 8, _space.HasChecksums ? 0x3BEE : 0xFBEE);
        _canvas.Big16(leaf + (_space.HasChecksums ? 56 : 12), count);
        for (int i = 0; i < count; i++)
        {
            int target = _space.BlockSize - 40;
            _canvas.Big16(leaf + header + (i * 8) + 4, target);
            _canvas.Byte(leaf + header + (i * 8) + 6, _random.OneIn(2) ? 5 : 4);
            _canvas.Byte(leaf + target + 2, name.Length);
            _canvas.Bytes(leaf + target + 3, name);
        }
    }
}
