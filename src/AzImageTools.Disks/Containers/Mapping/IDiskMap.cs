namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>Finds where an image keeps what. Thread-safe.</summary>
internal interface IDiskMap
{
    /// <summary>Finds out how a range of the disk is kept.</summary>
    /// <param name="offset">Where the range begins; within the disk.</param>
    /// <param name="limit">How many bytes it may have; at least 1, and all within the disk.</param>
    /// <returns>A range of at least 1 byte. What is stored lies within the file.</returns>
    MappedRange Find(long offset, long limit);
}

/// <summary>The map of an image that may keep clusters compressed. Thread-safe.</summary>
internal interface ICompressedMap : IDiskMap
{
    /// <summary>Bytes in a cluster, which is compressed as one piece.</summary>
    int ClusterSize { get; }

    /// <summary>The fewest bytes of the file that a whole cluster takes: no compression makes it shorter.</summary>
    int LeastCompressed { get; }

    /// <summary>Decompresses a cluster.</summary>
    /// <param name="clusterOffset">Where the cluster begins on the disk.</param>
    /// <param name="range">A compressed range of it.</param>
    /// <param name="cluster">Takes <see cref="ClusterSize"/> bytes; what lies beyond <paramref name="needed"/> may be anything.</param>
    /// <param name="needed">How many bytes of the cluster lie within the disk.</param>
    void Decompress(long clusterOffset, MappedRange range, Span<byte> cluster, int needed);
}

/// <summary>The map of what is stored as it is, in one piece.</summary>
/// <param name="fileOffset">Where it begins in its file, which holds all of it.</param>
internal sealed class FlatMap(long fileOffset) : IDiskMap
{
    public MappedRange Find(long offset, long limit) => new(RangeKind.Stored, limit, fileOffset + offset);
}
