namespace AzImageTools.TestKit;

/// <summary>What a <see cref="FileTree"/> has, by what the file system it is made for can hold.</summary>
[Flags]
public enum FileTreeContent
{
    /// <summary>What every file system holds: names that DOS and Windows allow too, no links.</summary>
    Plain = 0,

    /// <summary>Several names of one file.</summary>
    HardLinks = 1,

    /// <summary>Symbolic links, made as Linux makes them.</summary>
    SymbolicLinks = 2,

    /// <summary>Names that only Linux allows: with '\', ':', quotes, a blank at the end, differing only in case.</summary>
    LinuxNames = 4,

    /// <summary>A folder of thousands of long names, for which mtools takes minutes.</summary>
    LargeFolder = 8,

    /// <summary>A name with a character beyond U+FFFF, which mtools cuts.</summary>
    SupplementaryNames = 16,
}
