namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Features that only a writer must know (ext4, "The Super Block", s_feature_ro_compat): those that tell a reader something.</summary>
[Flags]
internal enum ExtReadOnlyFeatures : uint
{
    None = 0,
    SparseSuperblocks = 0x1,
    LargeFiles = 0x2,
    BTreeFolders = 0x4,
    DescriptorChecksums = 0x10,
    Clusters = 0x200,
    MetadataChecksums = 0x400,

    /// <summary>Those that ext2 and ext3 have: any other makes an ext4.</summary>
    Ext3 = SparseSuperblocks | LargeFiles | BTreeFolders,
}
