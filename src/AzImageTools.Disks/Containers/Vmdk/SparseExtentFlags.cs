namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>Flags of a hosted sparse extent (VMware Virtual Disk Format 5.0, Hosted Sparse Extents).</summary>
[Flags]
internal enum SparseExtentFlags : uint
{
    None = 0,

    /// <summary>The header holds line ends that show whether the file was copied as text.</summary>
    HasLineEnds = 1 << 0,

    /// <summary>There is a second grain directory.</summary>
    HasRedundantTables = 1 << 1,

    /// <summary>A grain table entry of 1 is a grain of zeros.</summary>
    HasZeroedGrains = 1 << 2,

    /// <summary>Grains are compressed.</summary>
    HasCompressedGrains = 1 << 16,

    /// <summary>Markers stand before grains and tables.</summary>
    HasMarkers = 1 << 17,
}
