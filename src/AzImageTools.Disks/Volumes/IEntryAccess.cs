namespace AzImageTools.Disks.Volumes;

/// <summary>
/// What a file system offers beside <see cref="IFileSystem"/> where an entry that it listed leads straight to the file: at once, and
/// also where a name holds what stands between names, or differs from another in nothing that a path can tell.
/// </summary>
internal interface IEntryAccess
{
    /// <summary>What a folder holds, as <see cref="IFileSystem.Enumerate"/>; the entry is no link and has a location of this file system.</summary>
    IEnumerable<FileSystemEntry> EnumerateAt(FileSystemEntry folder);

    /// <summary>A file's content, as <see cref="IFileSystem.OpenFile"/>; the entry is no link and has a location of this file system.</summary>
    Stream OpenAt(FileSystemEntry file);
}
