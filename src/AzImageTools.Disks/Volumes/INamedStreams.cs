namespace AzImageTools.Disks.Volumes;

/// <summary>
/// What a file system offers beside <see cref="IFileSystem"/> where its files and folders can have named streams (NTFS).
/// A stream's path is that of its file, ':' and its name; <see cref="IFileSystem.OpenFile"/> and
/// <see cref="IFileSystem.GetEntry"/> take such paths.
/// </summary>
public interface INamedStreams
{
    /// <summary>The named streams of a file or folder, its content left out; none where the path leads nowhere.</summary>
    /// <param name="path">A path from the root; empty for the root itself.</param>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    IEnumerable<FileSystemEntry> EnumerateStreams(string path);
}
