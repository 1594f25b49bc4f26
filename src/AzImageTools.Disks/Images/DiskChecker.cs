using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Images;

/// <summary>
/// Checks all structures of a disk image against their formats and against one another: the container's and the
/// partition table's. Nothing is repaired.
/// </summary>
public static class DiskChecker
{
    private const string Container = "Container";

    // More are no help to anybody, and a table that is damaged all over has millions.
    private const int MostInconsistencies = 10_000;

    /// <summary>Checks a disk image. Enumerated lazily: the image is open while its inconsistencies are enumerated.</summary>
    /// <param name="path">The image file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="cancellation">Stops the check.</param>
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
        using VirtualDisk? disk = TryOpen(path, options, cancellation, out DiskFormatException? refusal);
        using DiskFile file = DiskFile.Open(path, budget: new ReadBudget(Path.GetFullPath(path), cancellation));
        CheckLog log = new(file.Path);
        DiskFormatRow? row = options?.Format is { } given ? DiskFormats.Of(given) : DiskFormats.FindByExtension(file.Path);
        IEnumerable<DiskInconsistency> container = row?.Check?.Invoke(file, new ParentLocation(path, options?.ParentPath, open: null, file.Budget), log) ?? [];
        bool isExplained = false;
        foreach (DiskInconsistency inconsistency in container)
        {
            isExplained |= inconsistency.Severity == InconsistencySeverity.Error;
            yield return inconsistency;
        }

        if (disk is not null)
        {
            foreach (DiskInconsistency inconsistency in PartitionCheck.Run(disk, log, isExplained))
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

    private static VirtualDisk? TryOpen(string path, VirtualDiskOptions? options, CancellationToken cancellation, out DiskFormatException? refusal)
    {
        try
        {
            refusal = null;
            return DiskOpener.Open(path, options, cancellation);
        }
        catch (DiskFormatException exception) when (options?.Format is not null || DiskFormats.FindByExtension(path)?.Check is not null)
        {
            refusal = exception;
            return null;
        }
    }
}
