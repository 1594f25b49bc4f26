namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>How a QCOW2's compressed clusters are compressed (QCOW2 specification, Additional fields).</summary>
internal enum CompressionType
{
    /// <summary>Raw Deflate, though it is named zlib.</summary>
    Deflate = 0,

    /// <summary>Zstandard.</summary>
    Zstd = 1,
}
