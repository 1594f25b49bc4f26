namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>
/// How often each cluster of an image is used. Only where clusters are used is memory taken, and no more than 64 MiB of it.
/// </summary>
/// <param name="clusterCount">How many clusters the image has.</param>
internal sealed class ClusterUse(long clusterCount)
{
    /// <summary>The most clusters that are counted: an image of 2 TiB where they have 64 KiB.</summary>
    public const long LargestCount = 32L * 1024 * 1024;

    private const int PageSize = 64 * 1024;

    private readonly ushort[]?[] _pages = new ushort[]?[(int)((Math.Min(clusterCount, LargestCount) + PageSize - 1) / PageSize)];

    public long ClusterCount { get; } = clusterCount;

    /// <summary>Whether there are more clusters than are counted.</summary>
    public bool IsTooLarge => ClusterCount > LargestCount;

    /// <summary>How often a cluster is used; the largest number stands for itself and all that are larger.</summary>
    public int this[long cluster] => _pages[(int)(cluster / PageSize)]?[(int)(cluster % PageSize)] ?? 0;

    /// <summary>Counts one more use of some clusters; those behind the image's end are left out.</summary>
    public void Add(long first, long count)
    {
        for (long cluster = first; !IsTooLarge && cluster < Math.Min(first + count, ClusterCount); cluster++)
        {
            ushort[] page = _pages[(int)(cluster / PageSize)] ??= new ushort[PageSize];
            ref ushort uses = ref page[(int)(cluster % PageSize)];
            uses = (ushort)Math.Min(ushort.MaxValue, uses + 1);
        }
    }
}
