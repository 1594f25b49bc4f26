namespace AzImageTools.Disks.Volumes;

/// <summary>
/// A file system on a volume, read-only. Paths use '\' or '/', with or without a leading one, and are matched as the
/// file system matches them (NTFS and FAT: without regard to case; ext and XFS: with regard to it). Links are followed within the
/// volume: Linux' symbolic links, NTFS' symbolic links and junctions. Metadata is read when it is asked for.
/// </summary>
public interface IFileSystem
{
    /// <summary>What it is.</summary>
    FileSystemKind Kind { get; }

    /// <summary>The volume's label; empty where it has none.</summary>
    string Label { get; }

    /// <summary>The volume's capacity as the file system knows it, in bytes.</summary>
    long Capacity { get; }

    /// <summary>Free bytes; null where the file system does not tell.</summary>
    long? FreeBytes { get; }

    /// <summary>Whether it was left in need of repair; null where it does not tell.</summary>
    bool? IsDirty { get; }

    /// <summary>The file or folder at a path; null where there is none.</summary>
    /// <param name="path">A path from the root; empty for the root itself.</param>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    FileSystemEntry? GetEntry(string path);

    /// <summary>What a folder holds, lazily; nothing for a path that is not a folder.</summary>
    /// <param name="path">A path from the root; empty for the root itself.</param>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    IEnumerable<FileSystemEntry> Enumerate(string path);

    /// <summary>A file's content: a read-only, seekable stream.</summary>
    /// <param name="path">A path from the root.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskFormatException">The file system is damaged there, or stores the file in a way that is not supported; the message names it.</exception>
    Stream OpenFile(string path);

    /// <summary>The ranges of the volume that no file uses, in ascending order, lazily, in bytes from the volume's start.</summary>
    IEnumerable<DiskExtent> GetFreeExtents();
}
