namespace AzImageTools.Disks.Partitions;

/// <summary>The kind of a disk's partition table.</summary>
public enum PartitionStyle
{
    /// <summary>No partition table: an empty disk, or one volume over the whole disk.</summary>
    None,

    /// <summary>A Master Boot Record.</summary>
    Mbr,

    /// <summary>A GUID partition table.</summary>
    Gpt,
}
