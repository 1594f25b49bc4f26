namespace AzImageTools.Disks.Items;

/// <summary>What was copied out of a disk image: a file, or a folder with all that it holds. Sizes are in bytes.</summary>
public sealed record DiskItemCopy
{
    /// <summary>The name of the copy.</summary>
    public required string Name { get; init; }

    /// <summary>The full path of the copy.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it is a folder.</summary>
    public required bool IsDirectory { get; init; }

    /// <summary>The path of the item on its volume.</summary>
    public required string ItemPath { get; init; }

    /// <summary>The volume's name on its disk.</summary>
    public required string Volume { get; init; }

    /// <summary>The full path of the disk image.</summary>
    public required string DiskPath { get; init; }

    /// <summary>How many files were copied.</summary>
    public required long FileCount { get; init; }

    /// <summary>How many folders were copied.</summary>
    public required long FolderCount { get; init; }

    /// <summary>How many files and folders got another name than the guest's, which is not possible here or was taken.</summary>
    public required long RenamedCount { get; init; }

    /// <summary>How many links, devices, pipes and sockets were left out, and files for which the user kept what was there.</summary>
    public required long SkippedCount { get; init; }

    /// <summary>How many items could not be copied; an error was reported for each.</summary>
    public required long FailedCount { get; init; }

    /// <summary>The length of the files that were copied.</summary>
    public required long Length { get; init; }

    /// <summary>How many bytes were written; the rest was left a hole where the file system has holes.</summary>
    public required long BytesWritten { get; init; }

    /// <summary>How long it took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path;
}
