using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>A flat extent's map: all of it is stored, in one piece.</summary>
/// <param name="fileOffset">Where it begins in its file, which holds all of it.</param>
internal sealed class FlatMap(long fileOffset) : IDiskMap
{
    public int ClusterSize => 1;

    public DiskRun Find(long offset, long limit) => new(RunKind.Stored, limit, fileOffset + offset);

    public void Unpack(long clusterOffset, DiskRun run, Span<byte> cluster, int needed)
        => throw new NotSupportedException("A flat extent is not compressed.");
}
