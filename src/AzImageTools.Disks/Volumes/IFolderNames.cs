namespace AzImageTools.Disks.Volumes;

/// <summary>
/// What a file system offers beside <see cref="IFileSystem"/> where a folder repeats what it holds (NTFS): to list it without looking
/// at each file.
/// </summary>
public interface IFolderNames
{
    /// <summary>
    /// What a folder holds, as <see cref="IFileSystem.Enumerate"/>, but as the folder has it: names and kinds are right, lengths, times and
    /// attributes may be older than the file's own.
    /// </summary>
    /// <param name="path">A path from the root; empty for the root itself.</param>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    IEnumerable<FileSystemEntry> EnumerateNames(string path);
}
