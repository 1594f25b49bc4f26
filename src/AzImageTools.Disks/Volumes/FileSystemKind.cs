namespace AzImageTools.Disks.Volumes;

/// <summary>What a volume holds.</summary>
public enum FileSystemKind
{
    /// <summary>Nothing that is recognised.</summary>
    Unknown,

    /// <summary>FAT with 12-bit entries, as on very small volumes.</summary>
    Fat12,

    /// <summary>FAT with 16-bit entries.</summary>
    Fat16,

    /// <summary>FAT with 32-bit entries.</summary>
    Fat32,

    /// <summary>The Windows NT file system.</summary>
    Ntfs,

    /// <summary>A BitLocker-encrypted volume: recognised, not read.</summary>
    BitLocker,
}
