namespace AzImageTools.Disks.Volumes.Xfs;

/// <summary>Features that a reader must know (XFS Algorithms &amp; Data Structures, "Superblocks", sb_features_incompat; Linux kernel, xfs_format.h).</summary>
[Flags]
internal enum XfsFeatures : uint
{
    None = 0,
    FileTypes = 0x1,
    SparseInodes = 0x2,
    MetadataUuid = 0x4,
    BigTime = 0x8,
    NeedsRepair = 0x10,
    LargeExtentCounters = 0x20,
    ExchangeRange = 0x40,
    ParentPointers = 0x80,
    MetadataFolders = 0x100,
    Zoned = 0x200,

    /// <summary>Those that are read: the last three add what only a writer, or who looks for the volume's own files, has to know.</summary>
    Supported = FileTypes | SparseInodes | MetadataUuid | BigTime | NeedsRepair | LargeExtentCounters | ExchangeRange | ParentPointers | MetadataFolders,
}
