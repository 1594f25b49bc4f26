namespace AzImageTools.Disks.Volumes;

/// <summary>What a volume holds.</summary>
public enum FileSystemKind : long
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

    /// <summary>Linux' second extended file system, without a journal.</summary>
    Ext2,

    /// <summary>Linux' third extended file system: ext2 with a journal.</summary>
    Ext3,

    /// <summary>Linux' fourth extended file system.</summary>
    Ext4,

    /// <summary>XFS, of version 4 or 5.</summary>
    Xfs,

    /// <summary>exFAT: recognised, not read.</summary>
    ExFat,

    /// <summary>Btrfs: recognised, not read.</summary>
    Btrfs,

    /// <summary>Windows' Resilient File System: recognised, not read.</summary>
    ReFS,

    /// <summary>A container of Apple's APFS: recognised, not read.</summary>
    Apfs,

    /// <summary>Apple's HFS+, also where it tells case apart (HFSX): recognised, not read.</summary>
    HfsPlus,

    /// <summary>A member of a ZFS pool: recognised, not read.</summary>
    Zfs,

    /// <summary>A volume encrypted with LUKS: recognised, not read.</summary>
    Luks,

    /// <summary>A physical volume of Linux' logical volume manager (LVM2): what is read are the logical volumes on it.</summary>
    LvmPhysicalVolume,

    /// <summary>A member of a software RAID of Linux (md): recognised, not read.</summary>
    LinuxRaid,

    /// <summary>Linux swap space: recognised, not read.</summary>
    Swap,

    /// <summary>A part of a Windows dynamic disk (LDM): recognised, not read.</summary>
    DynamicDisk,

    /// <summary>A part of a Storage Spaces pool: recognised, not read.</summary>
    StorageSpaces,
}
