namespace AzImageTools.Disks.Volumes;

/// <summary>Uses what a file system listed: the file itself where that can be found again, else what is at its path.</summary>
internal static class EntryAccess
{
    /// <summary>What a folder holds, lazily.</summary>
    public static IEnumerable<FileSystemEntry> Enumerate(this IFileSystem files, FileSystemEntry folder)
        => files is IEntryAccess direct && folder.Id is long id ? direct.Enumerate(folder, id) : files.Enumerate(folder.Path);

    /// <summary>A file's content.</summary>
    public static Stream OpenFile(this IFileSystem files, FileSystemEntry file)
        => files is IEntryAccess direct && file.Id is long id ? direct.OpenFile(file, id) : files.OpenFile(file.Path);
}
