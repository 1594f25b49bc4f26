namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>Bits of a QCOW2 header that a reader must know, or not open the image (QCOW2 specification, Header).</summary>
[Flags]
internal enum IncompatibleFeatures : ulong
{
    None = 0,

    /// <summary>The image was not closed; its reference counts may be wrong.</summary>
    Dirty = 1 << 0,

    /// <summary>Structures were found to be damaged; the image is not to be written.</summary>
    Corrupt = 1 << 1,

    /// <summary>The data is in another file.</summary>
    ExternalDataFile = 1 << 2,

    /// <summary>The header says how clusters are compressed.</summary>
    CompressionType = 1 << 3,

    /// <summary>L2 entries have 16 bytes and tell of 32 subclusters each.</summary>
    ExtendedL2Entries = 1 << 4,

    /// <summary>What is known here.</summary>
    Known = Dirty | Corrupt | ExternalDataFile | CompressionType | ExtendedL2Entries,
}
