namespace AzImageTools.Disks.Volumes;

/// <summary>
/// What a file system offers beside <see cref="IFileSystem"/> where what it listed can be found again without its path: at
/// once, and also where a name holds what stands between names, or differs from another in nothing that a path can tell.
/// It takes its own entries with an <see cref="FileSystemEntry.Id"/>.
/// </summary>
internal interface IEntryAccess
{
    /// <summary>As <see cref="IFileSystem.Enumerate"/>; nothing for what is not a folder.</summary>
    IEnumerable<FileSystemEntry> Enumerate(FileSystemEntry folder, long id);

    /// <summary>As <see cref="IFileSystem.OpenFile"/>.</summary>
    Stream OpenFile(FileSystemEntry file, long id);
}
