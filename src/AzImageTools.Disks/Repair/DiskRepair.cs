using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Overlay;

namespace AzImageTools.Disks.Repair;

/// <summary>A change to a disk image that is kept beside it.</summary>
public sealed record DiskRepair
{
    /// <summary>Its place among the disk's changes, from 1 on: each is made over those before it.</summary>
    public required int Number { get; init; }

    /// <summary>What it changes, in a line fit to be shown.</summary>
    public required string Description { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Made { get; init; }

    /// <summary>How many bytes of the disk it gives other values, whole sectors counted.</summary>
    public required long BytesChanged { get; init; }

    /// <summary>The parts of the disk that it gives other values.</summary>
    public required IReadOnlyList<DiskExtent> Extents { get; init; }

    /// <summary>The full path of the disk image.</summary>
    public required string Path { get; init; }

    /// <summary>The file that holds it.</summary>
    public required string RepairPath { get; init; }

    /// <summary>The changes that are kept for a disk image, the first one first; none where there is no file of them.</summary>
    /// <param name="diskPath">The image file, which need not be there.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="DiskRepairException">The file is damaged, or something else.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    public static IReadOnlyList<DiskRepair> List(string diskPath, CancellationToken cancellation = default)
    {
        string disk = System.IO.Path.GetFullPath(diskPath);
        return RepairFile.TryRead(RepairFile.PathFor(disk), cancellation) is not { } file ? []
            : [.. file.Changes.Select((change, index) => Describe(change, index + 1, disk, file.Path))];
    }

    /// <summary>Whether changes are kept for a disk image, whatever they are.</summary>
    /// <param name="diskPath">The image file.</param>
    /// <returns>The file that holds them; null where there is none.</returns>
    public static string? Find(string diskPath)
    {
        string path = RepairFile.PathFor(System.IO.Path.GetFullPath(diskPath));
        return File.Exists(path) ? path : null;
    }

    /// <summary>Checks that the changes that are kept for a disk image were made for it as it is.</summary>
    /// <param name="diskPath">The image file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="DiskRepairException">There are none; they are damaged; or they were made for another disk, or it was written to since.</exception>
    /// <exception cref="IOException">A file is not there, or can't be read.</exception>
    public static void Check(string diskPath, VirtualDiskOptions? options = null, CancellationToken cancellation = default)
        => OpenedImage.Open(diskPath, (options ?? new VirtualDiskOptions()) with { UsesRepair = true }, cancellation).Dispose();

    /// <summary>Takes changes back: one, and all that were made over it. The file goes with the last one.</summary>
    /// <param name="diskPath">The image file, which need not be there: nothing of it is read.</param>
    /// <param name="first">The first change that is taken back, by its number.</param>
    /// <param name="cancellation">Stops reading.</param>
    /// <exception cref="DiskRepairException">There is no such change; the file is damaged or can't be written, or somebody else changed it meanwhile.</exception>
    public static void Undo(string diskPath, int first = 1, CancellationToken cancellation = default)
    {
        RepairFile file = RepairFile.Read(RepairFile.PathFor(System.IO.Path.GetFullPath(diskPath)), cancellation);
        if (first < 1 || first > file.Changes.Count)
        {
            throw new DiskRepairException(DiskRepairProblem.RepairNotFound, file.Path, $"{file.Path} holds the changes 1 to {file.Changes.Count}, and not {first}.", "Get-AzVhdRepair lists them.");
        }

        file.Keep(first - 1).Save(file.Sum);
    }

    /// <summary>Removes the file of the changes of a disk image, whatever it holds.</summary>
    /// <param name="diskPath">The image file, which need not be there.</param>
    /// <exception cref="IOException">It can't be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be removed.</exception>
    public static void Discard(string diskPath) => File.Delete(RepairFile.PathFor(System.IO.Path.GetFullPath(diskPath)));

    /// <inheritdoc/>
    public override string ToString() => PrintableText.Of(Description);

    private static DiskRepair Describe(RepairChange change, int number, string disk, string file) => new()
    {
        Number = number,
        Description = change.Description,
        Made = change.Made,
        BytesChanged = change.BytesWritten,
        Extents = [.. change.Writes.Select(static write => new DiskExtent(write.Offset, write.After.Length))],
        Path = disk,
        RepairPath = file,
    };
}
