namespace AzImageTools.Choices;

/// <summary>Controllers that a machine's disks stand behind, by Azure's names.</summary>
public enum DiskController
{
    /// <summary>SCSI, which sizes up to version 5 have.</summary>
    SCSI,

    /// <summary>NVMe, which sizes of version 6 and later need.</summary>
    NVMe,
}
