namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Features that only a writer must know (ext4, "The Super Block", s_feature_ro_compat).</summary>
[Flags]
internal enum ExtReadOnlyFeatures : uint
{
    None = 0,
    SparseSuperblocks = 0x1,
    LargeFiles = 0x2,
    BTreeFolders = 0x4,
    HugeFiles = 0x8,
    DescriptorChecksums = 0x10,
    ManySubfolders = 0x20,
    LargeInodes = 0x40,
    Quotas = 0x100,
    Clusters = 0x200,
    MetadataChecksums = 0x400,
    ReadOnly = 0x1000,
    Projects = 0x2000,
    Verity = 0x8000,
    Orphans = 0x1_0000,

    /// <summary>Those that ext2 and ext3 have: any other makes an ext4.</summary>
    Ext3 = SparseSuperblocks | LargeFiles | BTreeFolders,

    /// <summary>Those with which the bitmaps tell what is free: not snapshots, nor what is not known.</summary>
    Plain = Ext3 | HugeFiles | DescriptorChecksums | ManySubfolders | LargeInodes | Quotas | Clusters | MetadataChecksums
        | ReadOnly | Projects | Verity | Orphans,
}
