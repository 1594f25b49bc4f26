using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>The blocks of an XFS volume that is being made, and what all its structures share: inodes, maps of extents, and how blocks describe themselves.</summary>
internal sealed class XfsSpace
{
    public const int GroupBlockLog = 11;
    public const int GroupCount = 2;
    public const int FirstInodeBlock = 8;
    public const int InodeBlocks = 48;
    public const int LogBlock = FirstInodeBlock + InodeBlocks;
    public const int LogBlocks = 64;
    public const int LocalFormat = 1;
    public const int ExtentsFormat = 2;
    public const int TreeFormat = 3;

    private const int FirstFreeBlock = LogBlock + LogBlocks;
    private const int ExtentSize = 16;
    private const int MostTaken = 1900;
    private const int MostInodes = 100;

    private readonly FuzzRandom _random;
    private int _taken;

    public XfsSpace(FuzzRandom random)
    {
        _random = random;
        BlockLog = random.OneIn(30) ? random.Pick([14, 16]) : random.OneIn(4) ? 12 : 10;
        GroupBlocks = random.Pick([2048, 2000]);
        HasChecksums = !random.OneIn(3);
        FolderBlockLog = Math.Min(16 - BlockLog, random.Pick([0, 0, 0, 1, 2]));
        HasTypes = random.OneIn(2);
        HasLargeCounters = HasChecksums && random.OneIn(4);
        Canvas = new Canvas((long)GroupBlocks * GroupCount * BlockSize, random);
    }

    public static ReadOnlySpan<byte> Uuid => "0123456789abcdef"u8;

    public Canvas Canvas { get; }

    public int GroupBlocks { get; }

    /// <summary>Whether it is a volume of version 5.</summary>
    public bool HasChecksums { get; }

    public bool HasTypes { get; }

    public bool HasLargeCounters { get; }

    public int FolderBlockLog { get; }

    public int BlockLog { get; }

    public int BlockSize => 1 << BlockLog;

    public int FolderBlockSize => BlockSize << FolderBlockLog;

    public int InodeLog => HasChecksums ? 9 : 8;

    public int InodeSize => 1 << InodeLog;

    public int InodeCount => Math.Min(MostInodes, InodeBlocks * BlockSize / InodeSize);

    /// <summary>The root folder's inode: the others follow it.</summary>
    public ulong FirstInode => (ulong)FirstInodeBlock << (BlockLog - InodeLog);

    /// <summary>How many blocks of the first group are used.</summary>
    public int FirstUnused => FirstFreeBlock + _taken;

    private int CoreSize => HasChecksums ? 176 : 100;

    /// <summary>Where a block lies: blocks are numbered group by group.</summary>
    public long PlaceOf(long block) => (((block >> GroupBlockLog) * GroupBlocks) + (block & ((1 << GroupBlockLog) - 1))) * BlockSize;

    /// <summary>Takes blocks of the first group that lie together; near its end always the same.</summary>
    public long Take(int count = 1)
    {
        int first = Math.Min(_taken, MostTaken - FirstFreeBlock - count);
        _taken = Math.Min(_taken + count, MostTaken - FirstFreeBlock);
        return FirstFreeBlock + first;
    }

    /// <summary>Ends a block of version 5: its place, its volume, its owner, its checksum.</summary>
    public void Seal(long place, int length, (int Checksum, int Place, int Uuid, int Owner) header, ulong owner)
    {
        if (!HasChecksums)
        {
            return;
        }

        Canvas.Big64(place + header.Place, (ulong)(place / 512));
        Canvas.Bytes(place + header.Uuid, Uuid);
        Canvas.Big64(place + header.Owner, owner);
        SealChecksum(place, length, header.Checksum);
    }

    public void SealChecksum(long place, int length, int checksum)
    {
        if (HasChecksums && !_random.OneIn(400))
        {
            Checksum.UpdateCastagnoli(Canvas.Image, place, length, checksum);
        }
    }

    /// <summary>Begins an inode.</summary>
    /// <param name="number">Which one of them.</param>
    /// <param name="mode">Its type.</param>
    /// <param name="attributeFork">Where the extended attributes begin, in units of 8 bytes of what follows the core; 0 for none.</param>
    /// <returns>Where its content begins, and how much room that has.</returns>
    public (long Fork, int Room) BeginInode(int number, int mode, int attributeFork)
    {
        long place = PlaceOfInode(number);
        Canvas.Bytes(place, "IN"u8);
        Canvas.Big16(place + 2, mode | 0x1ED);
        Canvas.Byte(place + 4, HasChecksums ? 3 : 2);
        Canvas.Byte(place + 82, attributeFork);
        Canvas.Big64(place + 120, HasLargeCounters ? 0x18UL : 0);
        Canvas.Big64(place + 152, FirstInode + (ulong)number);
        Canvas.Bytes(place + 160, Uuid);
        if (!HasChecksums)
        {
            // What version 5 has there is the content of others.
            Canvas.Bytes(place + 100, new byte[InodeSize - 100]);
        }

        return (place + CoreSize, attributeFork == 0 ? InodeSize - CoreSize : attributeFork * 8);
    }

    /// <summary>Ends an inode.</summary>
    public void EndInode(int number, int format, long length, long extents)
    {
        long place = PlaceOfInode(number);
        Canvas.Byte(place + 5, format);
        Canvas.Big64(place + 56, (ulong)length);
        if (HasLargeCounters)
        {
            Canvas.Big64(place + 24, (ulong)extents);
        }
        else
        {
            Canvas.Big32(place + 76, extents);
        }

        SealChecksum(place, InodeSize, 100);
    }

    public long PlaceOfInode(int number) => ((long)FirstInodeBlock * BlockSize) + ((long)number * InodeSize);

    /// <summary>Maps content: by extents in the inode, or by a tree of them.</summary>
    /// <returns>The format that the inode has to tell.</returns>
    public int Map(int inode, (long Fork, int Room) fork, IReadOnlyList<(long First, long Block, long Count)> extents)
    {
        const int RootHeader = 4;
        if (extents.Count * ExtentSize <= fork.Room && (extents.Count == 0 || !_random.OneIn(4)))
        {
            WriteExtents(fork.Fork, extents);
            return ExtentsFormat;
        }

        int header = HasChecksums ? 72 : 24;
        int room = (BlockSize - header) / ExtentSize;
        int rootRoom = (fork.Room - RootHeader) / ExtentSize;
        int level = 0;
        List<(long First, long Block)> above = [];
        foreach ((long First, long Block, long Count)[] leaf in extents.Chunk(_random.Pick([room, 4, 16])))
        {
            long block = BeginNode(level, leaf.Length);
            WriteExtents(PlaceOf(block) + header, leaf);
            EndNode(block, inode);
            above.Add((leaf[0].First, block));
        }

        while (above.Count > rootRoom || (level < 6 && _random.OneIn(8)))
        {
            level++;
            List<(long First, long Block)> next = [];
            foreach ((long First, long Block)[] node in above.Chunk(_random.Pick([room, 4, 16])))
            {
                long block = BeginNode(level, node.Length);
                WritePairs(PlaceOf(block) + header, room, node);
                EndNode(block, inode);
                next.Add((node[0].First, block));
            }

            above = next;
        }

        Canvas.Big16(fork.Fork, level + 1);
        Canvas.Big16(fork.Fork + 2, above.Count);
        WritePairs(fork.Fork + RootHeader, rootRoom, above);
        return TreeFormat;
    }

    /// <summary>Writes extents: the flag of those not written, the first block of the file, the block of the volume, the count.</summary>
    public void WriteExtents(long place, IEnumerable<(long First, long Block, long Count)> extents)
    {
        foreach ((long first, long block, long count) in extents)
        {
            ulong start = Canvas.Lie((ulong)first);
            ulong target = Canvas.Lie((ulong)block);
            ulong length = Canvas.Lie((ulong)count);
            Canvas.Big64(place, (_random.OneIn(30) ? 1UL << 63 : 0) | ((start << 9) & (ulong.MaxValue >> 1)) | ((target >> 43) & 0x1FF));
            Canvas.Big64(place + 8, (target << 21) | (length & 0x1FFFFF));
            place += ExtentSize;
        }
    }

    private long BeginNode(int level, int count)
    {
        long block = Take();
        long place = PlaceOf(block);
        Canvas.Bytes(place, HasChecksums ? "BMA3"u8 : "BMAP"u8);
        Canvas.Big16(place + 4, level);
        Canvas.Big16(place + 6, count);
        return block;
    }

    private void EndNode(long block, int inode) => Seal(PlaceOf(block), BlockSize, (64, 24, 40, 56), FirstInode + (ulong)inode);

    private void WritePairs(long place, int room, IReadOnlyList<(long First, long Block)> pairs)
    {
        for (int i = 0; i < pairs.Count; i++)
        {
            Canvas.Big64(place + (i * 8L), (ulong)pairs[i].First);
            Canvas.Big64(place + (room * 8L) + (i * 8L), (ulong)pairs[i].Block);
        }
    }
}
