using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Vhd;
using AzImageTools.Disks.Containers.Vhdx;

namespace AzImageTools.Disks.Inspection;

/// <summary>
/// Finds a checkpoint that goes back to a disk. While there is one, the virtual machine writes to the checkpoint: the disk
/// holds an older state than its owner sees.
/// </summary>
internal static class CheckpointFinder
{
    private const int LargestCandidateCount = 256;

    /// <summary>The path of the checkpoint last written; null where there is none. What can't be looked at becomes a problem.</summary>
    public static string? FindNewer(VirtualDisk disk, List<string> problems)
        => Candidates(disk, problems)
            .Where(path => GoesBackTo(disk, path, problems))
            .OrderByDescending(File.GetLastWriteTimeUtc)
            .FirstOrDefault();

    private static IReadOnlyList<string> Candidates(VirtualDisk disk, List<string> problems)
    {
        string? extension = disk.Format switch
        {
            DiskFormat.Vhd => ".avhd",
            DiskFormat.Vhdx => ".avhdx",
            _ => null,
        };
        if (extension is null || Path.GetDirectoryName(disk.Path) is not { } folder)
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

    private static bool GoesBackTo(VirtualDisk disk, string path, List<string> problems)
    {
        try
        {
            using DiskFile file = DiskFile.Open(path);
            ParentReference? parent = disk.Format == DiskFormat.Vhd ? VhdOpener.ReadParent(file) : VhdxDisk.ReadParent(file);
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
