namespace AzImageTools.Disks.Containers.Mapping;

/// <summary>The map of what is stored as it is, in one piece.</summary>
/// <param name="fileOffset">Where it begins in its file, which holds all of it.</param>
internal sealed class FlatMap(long fileOffset) : IDiskMap
{
    public MappedRange Find(long offset, long limit) => new(RangeKind.Stored, limit, fileOffset + offset);
}
