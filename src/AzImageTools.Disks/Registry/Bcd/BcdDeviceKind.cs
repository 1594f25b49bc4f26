namespace AzImageTools.Disks.Registry.Bcd;

/// <summary>What kind of device an element names (ReactOS boot library, BL_DEVICE_TYPE). Other numbers occur and are kept as they are.</summary>
public enum BcdDeviceKind
{
    /// <summary>A whole disk, a RAM disk or a file that is used as one.</summary>
    Disk = 0,

    /// <summary>A partition by its number, as Windows Vista's setup wrote it.</summary>
    NumberedPartition = 2,

    /// <summary>A serial line.</summary>
    Serial = 3,

    /// <summary>The network.</summary>
    Network = 4,

    /// <summary>The device that the boot manager was started from.</summary>
    Boot = 5,

    /// <summary>A partition of a disk, by identifiers of both.</summary>
    Partition = 6,

    /// <summary>Whichever partition holds the file that another element names; what Sysprep makes of the devices.</summary>
    Locate = 8,
}
