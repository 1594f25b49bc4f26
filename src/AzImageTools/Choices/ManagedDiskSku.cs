namespace AzImageTools.Choices;

/// <summary>Kinds of storage of managed disks that a disk image can be uploaded to, or an OS disk made in, by Azure's names.</summary>
public enum ManagedDiskSku
{
#pragma warning disable CA1707 // Azure's names.
    /// <summary>Hard disks, in one datacenter.</summary>
    Standard_LRS,

    /// <summary>Standard SSDs, in one datacenter.</summary>
    StandardSSD_LRS,

    /// <summary>Standard SSDs, in three zones.</summary>
    StandardSSD_ZRS,

    /// <summary>Premium SSDs, in one datacenter.</summary>
    Premium_LRS,

    /// <summary>Premium SSDs, in three zones.</summary>
    Premium_ZRS,
#pragma warning restore CA1707
}
