namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>Features that a reader must know (Linux kernel, Documentation/filesystems/ext4, "The Super Block", s_feature_incompat).</summary>
[Flags]
internal enum ExtFeatures : uint
{
    None = 0,
    Compression = 0x1,
    FileType = 0x2,
    NeedsRecovery = 0x4,
    JournalDevice = 0x8,
    MetaBlockGroups = 0x10,
    Extents = 0x40,
    Wide = 0x80,
    MultipleMountProtection = 0x100,
    FlexibleBlockGroups = 0x200,
    AttributesInInodes = 0x400,
    DataInFolders = 0x1000,
    ChecksumSeed = 0x2000,
    LargeFolders = 0x4000,
    InlineData = 0x8000,
    Encryption = 0x1_0000,
    CaseFolding = 0x2_0000,

    /// <summary>Those that are read. Encrypted files and folders are refused one by one.</summary>
    Supported = FileType | NeedsRecovery | MetaBlockGroups | Extents | Wide | MultipleMountProtection | FlexibleBlockGroups
        | AttributesInInodes | ChecksumSeed | LargeFolders | InlineData | Encryption | CaseFolding,
}
