namespace AzImageTools.Disks;

/// <summary>The container that a disk image is kept in.</summary>
public enum DiskFormat : long
{
    /// <summary>No container: the file's bytes are the disk's.</summary>
    Raw,

    /// <summary>Virtual Hard Disk.</summary>
    Vhd,

    /// <summary>Virtual Hard Disk version 2.</summary>
    Vhdx,

    /// <summary>QEMU's copy-on-write format, version 2 or 3.</summary>
    Qcow2,

    /// <summary>VMware's virtual disk.</summary>
    Vmdk,

    /// <summary>VirtualBox's disk image.</summary>
    Vdi,
}

/// <summary>How a container keeps the disk's content.</summary>
public enum DiskSubFormat : long
{
    /// <summary>The whole disk is allocated.</summary>
    Fixed,

    /// <summary>Blocks are allocated when they are first written.</summary>
    Dynamic,

    /// <summary>Only what differs from a parent disk is kept.</summary>
    Differencing,
}
