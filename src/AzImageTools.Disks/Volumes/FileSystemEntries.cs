namespace AzImageTools.Disks.Volumes;

/// <summary>
/// Goes on from what a file system listed. Where it can, it goes straight to the file, which is faster than by the path, and
/// also finds what a damaged folder lists under a name that can't be looked up.
/// </summary>
public static class FileSystemEntries
{
    /// <summary>What a folder holds, lazily; nothing for an entry that is not a folder.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="folder">An entry of it. A link is followed within the volume.</param>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    public static IEnumerable<FileSystemEntry> Enumerate(this IFileSystem files, FileSystemEntry folder)
        => FindAccess(files, folder) is { } access ? access.EnumerateAt(folder) : files.Enumerate(folder.Path);

    /// <summary>A file's content: a read-only, seekable stream.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="file">An entry of it. A link is followed within the volume.</param>
    /// <exception cref="FileNotFoundException">The entry is a folder, or a link that leads to no file.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there, or stores the file in a way that is not supported; the message names it.</exception>
    public static Stream OpenFile(this IFileSystem files, FileSystemEntry file)
        => FindAccess(files, file) is { } access ? access.OpenAt(file) : files.OpenFile(file.Path);

    /// <summary>A file's content: a read-only, seekable stream; null where there is no such file, or only a link that leads to none.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="path">A path from the root. An entry at it need not be a file: a link may lead nowhere.</param>
    /// <exception cref="DiskFormatException">The file system is damaged there, or stores the file in a way that is not supported; the message names it.</exception>
    public static Stream? TryOpenFile(this IFileSystem files, string path)
    {
        if (files is null)
        {
            throw new ArgumentNullException(nameof(files));
        }

        try
        {
            return files.GetEntry(path) is { IsDirectory: false } ? files.OpenFile(path) : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static IEntryAccess? FindAccess(IFileSystem files, FileSystemEntry entry)
    {
        if (files is null)
        {
            throw new ArgumentNullException(nameof(files));
        }

        if (entry is null)
        {
            throw new ArgumentNullException(nameof(entry));
        }

        return !entry.IsLink && ReferenceEquals(entry.Location.FileSystem, files) ? files as IEntryAccess : null;
    }
}
