namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>What of a volume is in use while blocks and inodes are taken and given back. Only groups whose bitmaps were written before are taken from.</summary>
internal sealed class SpaceDraft(ExtVolume volume, ExtChecksums checksums)
{
    // 8 TiB of groups of 128 MiB.
    private const int MostGroups = 1 << 16;

    private readonly Dictionary<long, GroupDraft> _groups = [];
    private List<(long Start, long End)>? _structures;

    /// <summary>How many more blocks are free than when it began; negative where they are fewer.</summary>
    public long BlocksFreed { get; private set; }

    /// <summary>How many more inodes are free than when it began.</summary>
    public long InodesFreed { get; private set; }

    /// <summary>Refuses blocks that can't be a file's: beyond the volume, or the volume's own structures.</summary>
    public void RequireContent(long place, long count, ulong inode)
    {
        _ = volume.OffsetOf(place, $"inode {inode}");
        _ = volume.OffsetOf(place + count - 1, $"inode {inode}");
        _structures ??= FindStructures();
        int next = Bisection.FindFirst(_structures, structure => structure.End > place);
        if (next < _structures.Count && _structures[next].Start < place + count)
        {
            throw volume.Damaged($"Inode {inode} has block {Math.Max(place, _structures[next].Start)}, which is one of the volume's own.", "ext4, Blocks");
        }
    }

    /// <summary>Gives a file's blocks back.</summary>
    public void Free(long place, long count)
    {
        RequireCountable();
        BlocksFreed += count;
        while (count > 0)
        {
            long number = GroupOf(place);
            GroupDraft group = Open(number);
            long piece = Math.Min(count, group.FirstBlock + group.BlockCount - place);
            group.FreeRun(place - group.FirstBlock, piece);
            place += piece;
            count -= piece;
        }
    }

    /// <summary>Takes free blocks, together where there are such.</summary>
    /// <param name="goal">Where they should begin.</param>
    /// <param name="count">How many.</param>
    /// <returns>Runs of blocks.</returns>
    /// <exception cref="DiskRepairException">So many are not free.</exception>
    public List<(long Place, long Count)> Take(long goal, long count)
    {
        RequireCountable();
        List<(long, long)> taken = [];
        long first = goal > 0 && goal < volume.Superblock.BlockCount ? GroupOf(goal) : 0;
        long from = goal - volume.Groups.FirstBlockOf(first);
        for (long i = 0; i < volume.Superblock.GroupCount && count > 0; i++)
        {
            volume.Metadata.Budget.Work(1, "the block groups");
            GroupDraft group = Open((first + i) % volume.Superblock.GroupCount);
            TakeFrom(group, i == 0 ? Math.Max(0, from) : 0, ref count, taken);
            if (i == 0 && from > 0)
            {
                TakeFrom(group, 0, ref count, taken);
            }
        }

        return count == 0 ? taken : throw Full("blocks");
    }

    /// <summary>Takes a free inode.</summary>
    /// <param name="near">One whose group is looked into first.</param>
    /// <param name="first">The first inode that may be taken.</param>
    /// <exception cref="DiskRepairException">None is free.</exception>
    public ulong TakeInode(ulong near, uint first)
    {
        RequireCountable();
        Superblock superblock = volume.Superblock;
        long start = ((long)near - 1) / superblock.InodesPerGroup;
        for (long i = 0; i < superblock.GroupCount; i++)
        {
            volume.Metadata.Budget.Work(1, "the block groups");
            long number = (start + i) % superblock.GroupCount;
            long before = number * superblock.InodesPerGroup;
            if (Open(number).TakeInode(Math.Max(0, first - 1 - before)) is { } index && before + index < superblock.InodeCount)
            {
                InodesFreed--;
                return (ulong)(before + index + 1);
            }
        }

        throw Full("inodes");
    }

    /// <summary>Gives an inode back.</summary>
    public void FreeInode(ulong inode, bool isFolder)
    {
        RequireCountable();
        Open(((long)inode - 1) / volume.Superblock.InodesPerGroup).FreeInode(((long)inode - 1) % volume.Superblock.InodesPerGroup, isFolder);
        InodesFreed++;
    }

    /// <summary>What all groups have free: blocks and inodes.</summary>
    public (long Blocks, long Inodes) CountFree()
    {
        long blocks = 0;
        long inodes = 0;
        for (long i = 0; i < volume.Superblock.GroupCount; i++)
        {
            volume.Metadata.Budget.Work(1, "the block groups");
            GroupDraft group = _groups.TryGetValue(i, out GroupDraft? known) ? known : new GroupDraft(volume, checksums, i);
            blocks += group.FreeBlocks;
            inodes += group.FreeInodes;
        }

        return (blocks, inodes);
    }

    /// <summary>Writes what was changed.</summary>
    public void Save()
    {
        foreach (GroupDraft group in _groups.Values)
        {
            group.Save();
        }
    }

    private static void TakeFrom(GroupDraft group, long from, ref long count, List<(long, long)> taken)
    {
        while (count > 0 && group.Take(from, count) is (var index, > 0 and var found))
        {
            taken.Add((group.FirstBlock + index, found));
            count -= found;
            from = index + found;
        }
    }

    private long GroupOf(long block) => (block - volume.Superblock.FirstDataBlock) / volume.Superblock.BlocksPerGroup;

    private GroupDraft Open(long number)
    {
        if (!_groups.TryGetValue(number, out GroupDraft? group))
        {
            volume.Metadata.Budget.Visit("a block group", number);
            group = new GroupDraft(volume, checksums, number);
            _groups.Add(number, group);
        }

        return group;
    }

    /// <summary>Where the groups' own structures lie, in ascending order.</summary>
    private List<(long Start, long End)> FindStructures()
    {
        Superblock superblock = volume.Superblock;
        if (superblock.GroupCount > MostGroups)
        {
            throw new DiskRepairException(DiskRepairProblem.VolumeNotRepairable, volume.Source.Name, $"{volume.Source.Name} is larger than volumes that are written. Nothing was changed.");
        }

        long table = ((superblock.InodesPerGroup * superblock.InodeSize) + superblock.BlockSize - 1) / superblock.BlockSize;
        List<(long Start, long End)> found = [(0, superblock.FirstDataBlock + 1)];
        for (long number = 0; number < superblock.GroupCount; number++)
        {
            volume.Metadata.Budget.Work(superblock.DescriptorSize, "the block groups", number);
            GroupDescriptor group = volume.Groups[number];
            long first = volume.Groups.FirstBlockOf(number);
            found.Add((first, first + volume.Groups.CountBaseBlocks(number)));
            found.Add((group.BlockBitmap, group.BlockBitmap + 1));
            found.Add((group.InodeBitmap, group.InodeBitmap + 1));
            found.Add((group.InodeTable, group.InodeTable + table));
        }

        return [.. found.Where(static structure => structure.End > structure.Start).OrderBy(static structure => structure.End)];
    }

    private void RequireCountable()
    {
        if (volume.Superblock.Has(ExtReadOnlyFeatures.Quotas) || volume.Superblock.Has(ExtReadOnlyFeatures.Projects))
        {
            throw new DiskRepairException(DiskRepairProblem.VolumeNotRepairable, volume.Source.Name, $"{volume.Source.Name} keeps quotas, which would no longer be right. Nothing was changed.");
        }
    }

    private DiskRepairException Full(string what)
        => new(DiskRepairProblem.VolumeFull, volume.Source.Name, $"{volume.Source.Name} has no {what} left for the change, or only in groups that were never used. Nothing was changed.");
}
