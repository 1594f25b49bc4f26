namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>Tells where an image keeps its disk's clusters. Thread-safe.</summary>
internal interface IDiskMap
{
    /// <summary>Bytes in a cluster: what is compressed, if it is, as one piece.</summary>
    int ClusterSize { get; }

    /// <summary>Finds out how a range of the disk is kept.</summary>
    /// <param name="offset">Where the run is to begin; within the disk.</param>
    /// <param name="limit">How many bytes it may have; at least 1, and all within the disk.</param>
    /// <returns>A run of at least 1 byte. What is stored lies within the file.</returns>
    DiskRun Find(long offset, long limit);

    /// <summary>Decompresses a cluster.</summary>
    /// <param name="clusterOffset">Where the cluster begins on the disk.</param>
    /// <param name="run">A packed run of it.</param>
    /// <param name="cluster">Takes <see cref="ClusterSize"/> bytes; what lies beyond <paramref name="needed"/> may be anything.</param>
    /// <param name="needed">How many bytes of the cluster lie within the disk.</param>
    void Unpack(long clusterOffset, DiskRun run, Span<byte> cluster, int needed);
}
