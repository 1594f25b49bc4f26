namespace AzImageTools.Disks.Volumes;

/// <summary>What changing files has in common on all file systems.</summary>
internal static class WritableFiles
{
    /// <summary>The file system's files to be changed.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="path">What is to be changed, for messages.</param>
    /// <exception cref="DiskRepairException">It is of a kind that is not written.</exception>
    public static IWritableFiles RequireWritable(this IFileSystem files, string path)
        => files as IWritableFiles
            ?? throw new DiskRepairException(DiskRepairProblem.VolumeNotRepairable, path, $"{path} lies on {files.Kind}, whose files are not written. Nothing was changed.");
}
