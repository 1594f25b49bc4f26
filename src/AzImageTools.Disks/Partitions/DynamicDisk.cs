namespace AzImageTools.Disks.Partitions;

/// <summary>
/// Recognises Windows' dynamic disks, whose volumes the Logical Disk Manager keeps in a database of its own: by the types of
/// partitions, and by the header of that database (Linux-NTFS project, "LDM documentation", PRIVHEAD).
/// </summary>
internal static class DynamicDisk
{
    private const int SectorSize = 512;
    private const int MbrHeaderSector = 6;

    private static ReadOnlySpan<byte> Signature => "PRIVHEAD"u8;

    /// <summary>Whether a disk has the header of such a database where its kind of partition table has it.</summary>
    /// <exception cref="DiskFormatException">The image can't be read there.</exception>
    public static bool IsPresent(IByteSource disk, PartitionTable table) => table.Partitions.Any(partition
        => partition.TypeCode == PartitionTypes.MbrDynamic ? HasHeader(disk, MbrHeaderSector * SectorSize)
            : partition.TypeId == PartitionTypes.DynamicMetadata && partition.Offset <= disk.Length - partition.Length && HasHeader(disk, partition.Offset + partition.Length - table.SectorSize));

    /// <summary>Whether a partition of such a disk is the database's, or holds what it tells of.</summary>
    public static bool Owns(Partition partition)
        => partition.TypeCode == PartitionTypes.MbrDynamic || partition.TypeId == PartitionTypes.DynamicMetadata || partition.TypeId == PartitionTypes.DynamicData;

    private static bool HasHeader(IByteSource disk, long offset)
    {
        Span<byte> start = stackalloc byte[8];
        if (offset > disk.Length - start.Length)
        {
            return false;
        }

        disk.Read(offset, start);
        return start.SequenceEqual(Signature);
    }
}
