namespace AzImageTools.Disks;

/// <summary>How a container keeps the disk's content.</summary>
public enum DiskSubFormat
{
    /// <summary>The whole disk is allocated.</summary>
    Fixed,

    /// <summary>Blocks are allocated when they are first written.</summary>
    Dynamic,

    /// <summary>Only what differs from a parent disk is kept.</summary>
    Differencing,
}
