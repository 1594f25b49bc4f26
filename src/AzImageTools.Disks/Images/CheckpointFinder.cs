using AzImageTools.Disks.Containers;

namespace AzImageTools.Disks.Images;

/// <summary>
/// Finds a checkpoint that goes back to a disk. While there is one, the virtual machine writes to the checkpoint: the disk
/// holds an older state than its owner sees.
/// </summary>
internal static class CheckpointFinder
{
    private const int LargestCandidateCount = 256;

    /// <summary>The path of the checkpoint last written; null where there is none. What can't be looked at becomes a problem.</summary>
    public static string? FindNewer(VirtualDisk disk, List<string> problems)
        => DiskFormats.Of(disk.Format).Checkpoint is not { } kind ? null : Candidates(disk, kind.Extension, problems)
            .Where(path => GoesBackTo(disk, path, kind, problems))
            .OrderByDescending(File.GetLastWriteTimeUtc)
            .FirstOrDefault();

    private static IReadOnlyList<string> Candidates(VirtualDisk disk, string extension, List<string> problems)
    {
        if (Path.GetDirectoryName(disk.Path) is not { } folder)
        {
            return [];
        }

        try
        {
            return [.. Directory.EnumerateFiles(folder)
                .Where(path => string.Equals(Path.GetExtension(path), extension, StringComparison.OrdinalIgnoreCase))
                .Take(LargestCandidateCount)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"Whether this disk is the parent of a checkpoint could not be found out: {exception.Message}");
            return [];
        }
    }

    private static bool GoesBackTo(VirtualDisk disk, string path, CheckpointKind kind, List<string> problems)
    {
        try
        {
            using DiskFile file = DiskFile.Open(path, budget: disk.Budget, followsLinks: false);
            ParentReference? parent = kind.ReadParent(file);
            return parent is not null
                && string.Equals(parent.FileName, Path.GetFileName(disk.Path), StringComparison.OrdinalIgnoreCase)
                && (parent.Identifier == Guid.Empty || parent.Identifies(disk.Identifier));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problems.Add($"Whether this disk is the parent of the checkpoint {Path.GetFileName(path)} could not be found out: {exception.Message}");
            return false;
        }
    }
}
