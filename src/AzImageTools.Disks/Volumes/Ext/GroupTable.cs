namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>The block groups of a volume and their descriptors, which lie together or in their meta groups ("Meta Block Groups").</summary>
internal sealed class GroupTable(CachedByteSource metadata, Superblock superblock)
{
    public GroupDescriptor this[long group]
    {
        get
        {
            Span<byte> bytes = stackalloc byte[64];
            bytes = bytes.Slice(0, Math.Min(bytes.Length, superblock.DescriptorSize));
            metadata.Read(OffsetOf(group), bytes);
            return new GroupDescriptor(bytes);
        }
    }

    /// <summary>Where a group's descriptor lies, in bytes.</summary>
    public long OffsetOf(long group)
        => (BlockOf(group / superblock.DescriptorsPerBlock) * superblock.BlockSize) + (group % superblock.DescriptorsPerBlock * superblock.DescriptorSize);

    /// <summary>The group's first block.</summary>
    public long FirstBlockOf(long group) => superblock.FirstDataBlock + (group * superblock.BlocksPerGroup);

    /// <summary>How many blocks a group begins with that hold the superblock's copy and descriptors.</summary>
    public long CountBaseBlocks(long group)
    {
        bool hasSuperblock = superblock.HasSuperblock(group);
        long perBlock = superblock.DescriptorsPerBlock;
        if (superblock.Has(ExtFeatures.MetaBlockGroups) && group >= superblock.FirstMetaBlockGroup * perBlock)
        {
            long place = group % perBlock;
            return (hasSuperblock ? 1 : 0) + (place <= 1 || place == perBlock - 1 ? 1 : 0);
        }

        long descriptorBlocks = superblock.Has(ExtFeatures.MetaBlockGroups)
            ? superblock.FirstMetaBlockGroup
            : (superblock.GroupCount + perBlock - 1) / perBlock;
        return hasSuperblock ? 1 + descriptorBlocks + superblock.ReservedDescriptorBlocks : 0;
    }

    private long BlockOf(long number)
    {
        long superblockBlock = Superblock.Offset / superblock.BlockSize;
        if (!superblock.Has(ExtFeatures.MetaBlockGroups) || number < superblock.FirstMetaBlockGroup)
        {
            return superblockBlock + 1 + number;
        }

        long group = number * superblock.DescriptorsPerBlock;
        long first = group == 0 ? superblockBlock : FirstBlockOf(group);
        return first + (superblock.HasSuperblock(group) ? 1 : 0);
    }
}
