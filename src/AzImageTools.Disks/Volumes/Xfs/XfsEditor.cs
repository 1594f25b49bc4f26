using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>A volume in a draft of a change in which blocks and inodes are given back: its groups' headers and trees, and the superblock's counts.</summary>
internal sealed class XfsEditor
{
    private const int InodesPerRecord = 64;
    private const int SuperblockChecksum = 224;
    private const int FreeHeaderChecksum = 216;
    private const int InodeHeaderChecksum = 312;
    private const int KeptChecksum = 32;
    private const int FirstKeptOffset = 40;
    private const int LastKeptOffset = 44;
    private const int KeptCountOffset = 48;
    private const int TreeBlocksOffset = 60;
    private const uint FreeInodeTreeFeature = 0x1;
    private const uint OwnerTreeFeature = 0x2;
    private const uint InodeTreeCountsFeature = 0x8;

    private readonly byte[] _superblock;
    private readonly Dictionary<long, byte[]> _freeHeaders = [];
    private readonly Dictionary<long, byte[]> _inodeHeaders = [];
    private readonly Dictionary<long, byte[]> _kept = [];
    private readonly Dictionary<long, SortedSet<(uint Start, uint Count)>> _free = [];

    /// <param name="volume">The volume, on a draft.</param>
    /// <exception cref="DiskRepairException">It has features that make giving back more than is done here.</exception>
    public XfsEditor(XfsVolume volume)
    {
        Volume = volume;
        _superblock = new byte[volume.Superblock.SectorSize];
        volume.Source.Read(0, _superblock);
        string? reason = (ReadOnlyFeatures & OwnerTreeFeature) != 0 ? "it keeps a tree of its blocks' owners (rmapbt)"
            : BinaryPrimitives.ReadUInt16BigEndian(_superblock.AsSpan(176)) != 0 ? "it keeps quotas"
            : volume.Superblock.Has(XfsFeatures.ParentPointers) || volume.Superblock.Has(XfsFeatures.MetadataFolders) ? "its files tell of their folders, or it has folders of its own"
            : null;
        if (reason is not null)
        {
            throw new DiskRepairException(DiskRepairProblem.VolumeNotRepairable, volume.Source.Name, $"Nothing can be deleted on {volume.Source.Name}: {reason}. Nothing was changed.");
        }
    }

    public XfsVolume Volume { get; }

    private int KeptHeader => Volume.Superblock.HasChecksums ? 36 : 0;

    private int MostKept => (Volume.Superblock.SectorSize - KeptHeader) / sizeof(uint);

    private uint ReadOnlyFeatures => Volume.Superblock.HasChecksums ? BinaryPrimitives.ReadUInt32BigEndian(_superblock.AsSpan(212)) : 0;

    /// <summary>Gives blocks back.</summary>
    /// <param name="block">The first one, as the volume numbers it.</param>
    /// <param name="count">How many.</param>
    /// <param name="inode">Whose they were.</param>
    public void Free(ulong block, long count, ulong inode)
    {
        long offset = Volume.OffsetOf(block, count, $"inode {inode}");
        Volume.RequireContent(new FileRun(0, offset, count * Volume.Superblock.BlockSize), inode);
        long group = (long)(block >> Volume.Superblock.GroupBlockLog);
        uint start = (uint)(block & ((1UL << Volume.Superblock.GroupBlockLog) - 1));
        SortedSet<(uint Start, uint Count)> free = FreeOf(group);
        (uint Start, uint Count) freed = (start, (uint)count);
        (uint Start, uint Count)[] before = [.. free.GetViewBetween((0, 0), (start, uint.MaxValue)).Reverse().Take(1)];
        (uint Start, uint Count)[] after = start == uint.MaxValue ? [] : [.. free.GetViewBetween((start + 1, 0), (uint.MaxValue, uint.MaxValue)).Take(1)];
        if ((before.Length > 0 && before[0].Start + before[0].Count > start) || (after.Length > 0 && after[0].Start < start + count))
        {
            throw Volume.Damaged($"Inode {inode} has blocks that are marked as free.", "XFS Algorithms & Data Structures, AG Free Space B+trees");
        }

        GroupTree byPlace = FreeTree(group, GroupTreeKind.FreeByPlace);
        GroupTree bySize = FreeTree(group, GroupTreeKind.FreeBySize);
        foreach ((uint Start, uint Count) neighbour in before.Where(run => run.Start + run.Count == start).Concat(after.Where(run => run.Start == start + count)))
        {
            byPlace.Remove(Record(neighbour));
            bySize.Remove(Record(neighbour));
            free.Remove(neighbour);
            freed = (Math.Min(freed.Start, neighbour.Start), freed.Count + neighbour.Count);
        }

        byPlace.Insert(Record(freed));
        bySize.Insert(Record(freed));
        free.Add(freed);
        Count(group, count);
    }

    /// <summary>Gives an inode back, whose content and attributes were.</summary>
    public void FreeInode(ulong inode)
    {
        int inGroup = Volume.Superblock.GroupBlockLog + Volume.Superblock.InodesPerBlockLog;
        long group = (long)(inode >> inGroup);
        uint number = (uint)(inode & ((1UL << inGroup) - 1));
        byte[] header = InodeHeader(group);
        GroupTree inodes = new(this, GroupTreeKind.Inodes, group, header);
        byte[] key = new byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(key, number);
        byte[] record = inodes.FindBefore(key) ?? throw NotInUse(inode);
        uint index = number - BinaryPrimitives.ReadUInt32BigEndian(record);
        ulong free = BinaryPrimitives.ReadUInt64BigEndian(record.AsSpan(8));
        if (index >= InodesPerRecord || (free & (1UL << (int)index)) != 0)
        {
            throw NotInUse(inode);
        }

        bool hadFree = CountFree(record) > 0;
        BinaryPrimitives.WriteUInt64BigEndian(record.AsSpan(8), free | (1UL << (int)index));
        SetCountFree(record, CountFree(record) + 1);
        inodes.Replace(record);
        if ((ReadOnlyFeatures & FreeInodeTreeFeature) != 0)
        {
            GroupTree freeInodes = new(this, GroupTreeKind.FreeInodes, group, header);
            if (hadFree)
            {
                freeInodes.Replace(record);
            }
            else
            {
                freeInodes.Insert(record);
            }
        }

        Add32(header, 28, 1);
        Add64(136, 1);
    }

    /// <summary>
    /// Takes a block for a tree: those of free space have blocks that the group keeps for them ("AG Internal Free List"), for others a free
    /// one is taken. Null where there is none.
    /// </summary>
    public uint? TakeTreeBlock(GroupTreeKind kind, long group)
    {
        if (!kind.IsOfFreeSpace)
        {
            return TakeBlock(kind, group);
        }

        byte[] header = FreeHeader(group);
        if (BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(KeptCountOffset)) == 0)
        {
            return null;
        }

        byte[] kept = KeptBlocks(group, header);
        int first = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(FirstKeptOffset));
        uint number = BinaryPrimitives.ReadUInt32BigEndian(kept.AsSpan(KeptHeader + (first * sizeof(uint))));
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(FirstKeptOffset), (first + 1) % MostKept);
        Add32(header, KeptCountOffset, -1);
        Add32(header, TreeBlocksOffset, 1);
        return number > 0 && number < Volume.Superblock.BlocksOf(group) ? number : throw DamagedKept(group);
    }

    /// <summary>Gives a block of a tree back: the same way.</summary>
    public void GiveTreeBlock(GroupTreeKind kind, long group, uint number)
    {
        if (!kind.IsOfFreeSpace)
        {
            Free(((ulong)group << Volume.Superblock.GroupBlockLog) | number, 1, 0);
            CountTreeBlocks(kind, group, -1);
            return;
        }

        byte[] header = FreeHeader(group);
        if (BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(KeptCountOffset)) >= MostKept)
        {
            throw new DiskRepairException(DiskRepairProblem.VolumeFull, Volume.Source.Name, $"The {kind.What} of allocation group {group} of {Volume.Source.Name} would need another form, which is not given to it. Nothing was changed.");
        }

        byte[] kept = KeptBlocks(group, header);
        int last = (BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(LastKeptOffset)) + 1) % MostKept;
        BinaryPrimitives.WriteUInt32BigEndian(kept.AsSpan(KeptHeader + (last * sizeof(uint))), number);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(LastKeptOffset), last);
        Add32(header, KeptCountOffset, 1);
        Add32(header, TreeBlocksOffset, -1);
    }

    /// <summary>Writes the headers that were changed.</summary>
    public void Save()
    {
        foreach (KeyValuePair<long, byte[]> header in _freeHeaders)
        {
            Write(header.Value, OffsetOfHeader(header.Key, 1), FreeHeaderChecksum);
        }

        foreach (KeyValuePair<long, byte[]> kept in _kept)
        {
            Write(kept.Value, OffsetOfHeader(kept.Key, 3), KeptChecksum);
        }

        foreach (KeyValuePair<long, byte[]> header in _inodeHeaders)
        {
            Write(header.Value, OffsetOfHeader(header.Key, 2), InodeHeaderChecksum);
        }

        Write(_superblock, 0, SuperblockChecksum);
    }

    /// <summary>Takes the last block of the longest free run.</summary>
    private uint? TakeBlock(GroupTreeKind kind, long group)
    {
        SortedSet<(uint Start, uint Count)> free = FreeOf(group);
        if (free.Count == 0)
        {
            return null;
        }

        (uint Start, uint Count) run = free.OrderByDescending(static run => run.Count).First();
        (uint Start, uint Count) left = (run.Start, run.Count - 1);
        GroupTree byPlace = FreeTree(group, GroupTreeKind.FreeByPlace);
        GroupTree bySize = FreeTree(group, GroupTreeKind.FreeBySize);
        free.Remove(run);
        bySize.Remove(Record(run));
        if (left.Count == 0)
        {
            byPlace.Remove(Record(run));
        }
        else
        {
            free.Add(left);
            byPlace.Replace(Record(left));
            bySize.Insert(Record(left));
        }

        Count(group, -1);
        CountTreeBlocks(kind, group, 1);
        return run.Start + run.Count - 1;
    }

    /// <summary>Counts blocks that became free, or were taken where it is negative.</summary>
    private void Count(long group, long blocks)
    {
        byte[] header = FreeHeader(group);
        Add32(header, 52, blocks);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(56), FreeOf(group).Select(static run => run.Count).DefaultIfEmpty().Max());
        Add64(144, blocks);
    }

    /// <summary>Counts the blocks of a tree of inodes, where the volume does.</summary>
    private void CountTreeBlocks(GroupTreeKind kind, long group, int blocks)
    {
        if ((ReadOnlyFeatures & InodeTreeCountsFeature) != 0)
        {
            Add32(InodeHeader(group), kind == GroupTreeKind.Inodes ? 336 : 340, blocks);
        }
    }

    private static byte[] Record((uint Start, uint Count) run)
    {
        byte[] record = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(record, run.Start);
        BinaryPrimitives.WriteUInt32BigEndian(record.AsSpan(4), run.Count);
        return record;
    }

    private static void Add32(byte[] bytes, int offset, long added)
        => BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(offset), (uint)(BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(offset)) + added));

    private void Add64(int offset, long added)
        => BinaryPrimitives.WriteInt64BigEndian(_superblock.AsSpan(offset), BinaryPrimitives.ReadInt64BigEndian(_superblock.AsSpan(offset)) + added);

    // Where chunks of inodes may have gaps, the count takes one byte of four.
    private int CountFree(byte[] record)
        => Volume.Superblock.Has(XfsFeatures.SparseInodes) ? record[7] : (int)BinaryPrimitives.ReadUInt32BigEndian(record.AsSpan(4));

    private void SetCountFree(byte[] record, int count)
    {
        if (Volume.Superblock.Has(XfsFeatures.SparseInodes))
        {
            record[7] = (byte)count;
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(4), count);
        }
    }

    private SortedSet<(uint Start, uint Count)> FreeOf(long group)
    {
        if (!_free.TryGetValue(group, out SortedSet<(uint Start, uint Count)>? free))
        {
            const int RecordCost = 64;
            free = [];
            foreach (byte[] record in FreeTree(group, GroupTreeKind.FreeByPlace).Enumerate())
            {
                Volume.Metadata.Budget.Allocate(RecordCost, "free space");
                free.Add((BinaryPrimitives.ReadUInt32BigEndian(record), BinaryPrimitives.ReadUInt32BigEndian(record.AsSpan(4))));
            }

            _free.Add(group, free);
        }

        return free;
    }

    private GroupTree FreeTree(long group, GroupTreeKind kind) => new(this, kind, group, FreeHeader(group));

    private byte[] FreeHeader(long group)
    {
        if (!_freeHeaders.TryGetValue(group, out byte[]? header))
        {
            // It checks what is told there.
            _ = AllocationGroup.Read(Volume, group);
            header = ReadHeader(group, 1);
            _freeHeaders.Add(group, header);
        }

        return header;
    }

    private byte[] KeptBlocks(long group, byte[] header)
    {
        if (!_kept.TryGetValue(group, out byte[]? kept))
        {
            kept = ReadHeader(group, 3);
            bool isSound = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(FirstKeptOffset)) < MostKept
                && BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(LastKeptOffset)) < MostKept
                && (!Volume.Superblock.HasChecksums
                    || (kept.AsSpan().StartsWith("XAFL"u8) && ReflectedCrc32.Castagnoli.ComputeWithout(kept, KeptChecksum) == BinaryPrimitives.ReadUInt32LittleEndian(kept.AsSpan(KeptChecksum))));
            _kept.Add(group, isSound ? kept : throw DamagedKept(group));
        }

        return kept;
    }

    private DiskFormatException DamagedKept(long group)
        => Volume.Damaged($"The list of blocks that allocation group {group} keeps for its trees is damaged.", "XFS Algorithms & Data Structures, AG Internal Free List");

    private byte[] InodeHeader(long group)
    {
        if (!_inodeHeaders.TryGetValue(group, out byte[]? header))
        {
            header = ReadHeader(group, 2);
            if (!header.AsSpan().StartsWith("XAGI"u8) || BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8)) != group
                || (Volume.Superblock.HasChecksums && ReflectedCrc32.Castagnoli.ComputeWithout(header, InodeHeaderChecksum) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(InodeHeaderChecksum))))
            {
                throw Volume.Damaged($"The header of the inodes of allocation group {group} is damaged.", "XFS Algorithms & Data Structures, AG Inode Management");
            }

            _inodeHeaders.Add(group, header);
        }

        return header;
    }

    private byte[] ReadHeader(long group, int sector)
    {
        byte[] header = group < Volume.Superblock.GroupCount ? new byte[Volume.Superblock.SectorSize] : throw Volume.Damaged($"There is no allocation group {group}.", "XFS Algorithms & Data Structures, Allocation Groups");
        Volume.Metadata.Read(OffsetOfHeader(group, sector), header);
        return header;
    }

    private long OffsetOfHeader(long group, int sector) => (group * Volume.Superblock.GroupBlockCount * Volume.Superblock.BlockSize) + (sector * Volume.Superblock.SectorSize);

    private void Write(byte[] bytes, long offset, int checksumOffset)
    {
        if (Volume.Superblock.HasChecksums)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(checksumOffset), ReflectedCrc32.Castagnoli.ComputeWithout(bytes, checksumOffset));
        }

        Volume.Write(offset, bytes);
    }

    private DiskFormatException NotInUse(ulong inode) => Volume.Damaged($"Inode {inode} has a name, and is not in use.", "XFS Algorithms & Data Structures, Inode B+trees");
}
