namespace AzImageTools.Disks.Items;

/// <summary>Why something on a disk can't be found, read or copied.</summary>
public enum DiskItemProblem
{
    /// <summary>The disk has no volume of that name.</summary>
    VolumeNotFound,

    /// <summary>Several volumes of the disk have that name.</summary>
    VolumeAmbiguous,

    /// <summary>The volume holds no file system that can be read.</summary>
    VolumeNotReadable,

    /// <summary>The volume has no such file, folder or stream.</summary>
    ItemNotFound,

    /// <summary>The guest encrypted the file.</summary>
    ItemEncrypted,

    /// <summary>There is a file of that name where one is to be copied to, and replacing it was not asked for.</summary>
    DestinationExists,

    /// <summary>There is a link where something is to be copied to: it is neither followed nor replaced.</summary>
    DestinationIsLink,

    /// <summary>There is a file where a folder is to be copied to, or a folder where a file is.</summary>
    DestinationIsOther,

    /// <summary>More items are to be copied to one folder than it is kept account of.</summary>
    DestinationTooLarge,

    /// <summary>The volume that is copied to ran full.</summary>
    DiskFull,

    /// <summary>The disk holds no such registry hive.</summary>
    RegistryHiveNotFound,

    /// <summary>The registry has no such key.</summary>
    RegistryKeyNotFound,

    /// <summary>The key has no such value.</summary>
    RegistryValueNotFound,
}
