using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Images;

/// <summary>
/// Checks all structures of a disk image against their formats and against one another: the container's, the
/// partition table's, and those of NTFS volumes. Nothing is repaired.
/// </summary>
public static class DiskChecker
{
    private const string Container = "Container";

    // More are no help to anybody, and a table that is damaged all over has millions.
    private const int MostInconsistencies = 10_000;

    /// <summary>Checks a disk image. Enumerated lazily: the image is open while its inconsistencies are enumerated.</summary>
    /// <param name="path">The image file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="cancellation">Stops all that reads from the image.</param>
    /// <returns>What is wrong, in the order in which it is met, 10,000 at most and a note that there are more; nothing where the image is consistent.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskFormatException">The file is no disk image, or of a container that can't be told.</exception>
    /// <exception cref="IOException">The file is in use by another program, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IEnumerable<DiskInconsistency> Check(string path, VirtualDiskOptions? options = null, CancellationToken cancellation = default)
    {
        int count = 0;
        foreach (DiskInconsistency inconsistency in CheckAll(path, options, cancellation))
        {
            if (++count > MostInconsistencies)
            {
                yield return new CheckLog(Path.GetFullPath(path)).Note(Container, null, $"There are more inconsistencies than the first {MostInconsistencies}, which are told.");
                yield break;
            }

            yield return inconsistency;
        }
    }

    private static IEnumerable<DiskInconsistency> CheckAll(string path, VirtualDiskOptions? options, CancellationToken cancellation)
    {
        ParentLocation places = DiskOpener.PlacesFor(path, options, cancellation);
        using DiskFile file = DiskFile.Open(path, budget: places.Budget);
        CheckLog log = new(file.Path);
        DiskFormatRow? row = DiskOpener.ChooseRow(file, options?.Format);
        bool isExplained = false;
        foreach (DiskInconsistency inconsistency in row?.Check?.Invoke(file, places, log) ?? [])
        {
            isExplained |= inconsistency.Severity == InconsistencySeverity.Error;
            yield return inconsistency;
        }

        // The check may have laid a log's changes over the file, which opening does by itself.
        file.Overlay(null);
        using VirtualDisk? disk = TryOpen(file, options?.Format, places, canRefuse: row?.Check is not null || options?.Format is not null, out DiskFormatException? refusal);
        if (disk is not null)
        {
            foreach (DiskInconsistency inconsistency in PartitionCheck.Run(disk, () => OpenedImage.ReadTable(disk), log, isExplained))
            {
                yield return inconsistency;
            }

            foreach (DiskInconsistency inconsistency in isExplained ? [] : CheckVolumes(disk, options, log, cancellation))
            {
                yield return inconsistency;
            }
        }
        else if (!isExplained)
        {
            // What keeps the image from being opened must not be passed over, whatever the checks look at.
            yield return log.From(refusal!, Container);
        }
    }

    /// <summary>Checks the volumes that can be, with the changes that are read with the disk.</summary>
    private static IEnumerable<DiskInconsistency> CheckVolumes(VirtualDisk disk, VirtualDiskOptions? options, CheckLog log, CancellationToken cancellation)
    {
        using DiskOverlay? changed = options?.UsesRepair == true ? RepairFile.Read(RepairFile.PathFor(disk.Path), cancellation).LayOver(disk) : null;
        using OpenedImage image = new(changed is null ? disk : changed);
        if (log.Try(Container, () => image.Volumes, out _) is not { } volumes)
        {
            yield break;
        }

        foreach (DiskVolume volume in volumes)
        {
            if (volume.FileSystem is not IVolumeCheck check)
            {
                continue;
            }

            string name = volume.Partition is { } partition ? $"partition {partition.Number}" : "the disk";
            if ((volume.DirtyReason ?? (volume.FileSystem as IVolumeCondition)?.HibernationReason) is { } reason)
            {
                yield return log.Note(volume.Kind.ToString(), volume.Offset, $"The volume on {name} is not checked: {reason}.");
                continue;
            }

            using IEnumerator<VolumeInconsistency> found = check.Check().GetEnumerator();
            while (true)
            {
                DiskInconsistency? damage = null;
                bool isMore = false;
                try
                {
                    isMore = found.MoveNext();
                }
                catch (DiskFormatException exception)
                {
                    damage = log.From(exception, volume.Kind.ToString());
                }

                if (isMore && found.Current is { } one)
                {
                    long? offset = one.Offset + volume.Offset;
                    string problem = $"On {name}: {one.Problem}";
                    yield return one.IsLeak ? log.Leak(one.Structure, offset, problem, one.Rule) : log.Error(one.Structure, offset, problem, one.Rule);
                    continue;
                }

                if (damage is not null)
                {
                    yield return damage;
                }

                break;
            }
        }
    }

    private static VirtualDisk? TryOpen(DiskFile file, DiskFormat? format, ParentLocation places, bool canRefuse, out DiskFormatException? refusal)
    {
        try
        {
            refusal = null;
            return DiskOpener.OpenFile(file, format, places);
        }
        catch (DiskFormatException exception) when (canRefuse)
        {
            refusal = exception;
            return null;
        }
    }
}
