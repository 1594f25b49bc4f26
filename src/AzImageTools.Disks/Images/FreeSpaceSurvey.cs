using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Images;

/// <summary>Decides for each volume of a disk whether its free space may be left out. What is not certain to be free is not.</summary>
internal sealed class FreeSpaceSurvey(IByteSource disk, PartitionTable table)
{
    private readonly IReadOnlyDictionary<int, Partition> _overlaps = PartitionChecks.FindOverlaps(table.Partitions);

    public static FreeSpaceFilter Run(IByteSource disk, PartitionTable table, IReadOnlyList<DiskVolume> volumes)
    {
        FreeSpaceSurvey survey = new(disk, table);
        FreeRanges free = new();

        // A hibernated system has the other volumes of its disk in memory too.
        string? hibernation = volumes.Select(FindHibernation).FirstOrDefault(static reason => reason is not null);
        IEnumerable<DiskVolume> ordered = volumes.OrderBy(static volume => volume.Partition?.Offset ?? 0);
        return new FreeSpaceFilter(disk, [.. ordered.Select(volume => survey.Look(volume, hibernation, free))], free);
    }

    private static string? FindHibernation(DiskVolume volume)
    {
        try
        {
            return (volume.FileSystem as IVolumeCondition)?.HibernationReason is { } reason
                ? $"a system on the disk is hibernated ({reason})"
                : null;
        }
        catch (DiskFormatException)
        {
            // The volume itself is left whole as damaged.
            return null;
        }
    }

    private FreeSpaceVolume Look(DiskVolume volume, string? hibernation, FreeRanges free)
    {
        long offset = volume.Partition?.Offset ?? 0;
        string? reason;
        IReadOnlyList<DiskExtent> ranges = [];
        try
        {
            reason = FindPlaceReason(volume) ?? FindContentReason(volume) ?? hibernation;
            if (reason is null)
            {
                ranges = Collect(volume);
            }
        }
        catch (DiskFormatException exception)
        {
            reason = $"it is damaged: {exception.Message}";
        }

        foreach (DiskExtent range in ranges)
        {
            free.Add(range with { Offset = offset + range.Offset });
        }

        return new FreeSpaceVolume
        {
            PartitionNumber = volume.Partition?.Number,
            LogicalVolumeName = volume.LogicalVolumeName,
            Offset = offset,
            Length = volume.Content.Length,
            FileSystem = volume.Kind,
            FreeBytes = ranges.Sum(static range => range.Length),
            WholeBecause = reason,
        };
    }

    /// <summary>All of a volume's free ranges before any of them counts: one that turns out to be damaged is left whole.</summary>
    private static IReadOnlyList<DiskExtent> Collect(DiskVolume volume)
    {
        FreeRanges ranges = new();
        long end = 1;
        foreach (DiskExtent range in volume.FileSystem!.GetFreeExtents())
        {
            // The first byte is never free: it is the boot sector's, or the superblock's.
            if (range.Offset < end || range.Length <= 0 || range.Offset > volume.Content.Length - range.Length)
            {
                throw new DiskFormatException(volume.Content.Name, range.Offset, $"The file system has {range.Length} bytes as free that can't be.");
            }

            ranges.Add(range);
            end = range.End;
        }

        return ranges.All;
    }

    /// <summary>Why the volume's bytes may be another's too.</summary>
    private string? FindPlaceReason(DiskVolume volume)
    {
        if (volume.Partition is not { } partition)
        {
            return ReferenceEquals(volume.Content, disk) ? null : "its place on the disk is not one range";
        }

        if (volume.Content.Length != partition.Length)
        {
            return "its place on the disk is not one range";
        }

        if (PartitionTypes.IsPartOfLarger(partition))
        {
            return $"a partition of the type {partition.TypeName} may be a part of a volume on several disks";
        }

        return _overlaps.TryGetValue(partition.Number, out Partition? other) ? $"it overlaps partition {other.Number}"
            : table.Places.Any(place => place.Offset < partition.Offset + partition.Length && partition.Offset < place.End) ? "it overlaps the partition table"
            : null;
    }

    private static string? FindContentReason(DiskVolume volume)
    {
        if (volume.Problem is { } problem)
        {
            return $"its file system can't be read: {problem}";
        }

        if (volume.FileSystem is not { } files)
        {
            return volume.NotReadBecause ?? "what it holds is not known";
        }

        IReadOnlyList<FileSystemKind> kinds = FileSystem.ProbeAll(volume.Content);
        if (kinds.Count > 1)
        {
            return $"it has the signatures of {string.Join(" and ", kinds)}";
        }

        IVolumeCondition? condition = files as IVolumeCondition;
        return condition?.DirtyReason
            ?? (files.IsDirty switch
            {
                true => "it needs repair",
                null => "it does not say whether it needs repair",
                false => null,
            })
            ?? condition?.HibernationReason
            ?? condition?.FreeSpaceDoubt;
    }
}
