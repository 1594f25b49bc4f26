namespace AzImageTools.Disks.Volumes;

/// <summary>A file or folder on a volume of a disk image.</summary>
public sealed record FileSystemEntry
{
    /// <summary>The name, as the guest stored it. It is the guest's text: never use it as a path on this machine.</summary>
    public required string Name { get; init; }

    /// <summary>The path from the volume's root, with '\' between names.</summary>
    public required string Path { get; init; }

    /// <summary>The path as users of the guest write it: Linux has '/' between names.</summary>
    internal string GuestPath => UnixMode is null ? Path : Path.Substring(0, Path.Length - Name.Length).Replace('\\', '/') + Name;

    /// <summary>Whether it is a folder.</summary>
    public required bool IsDirectory { get; init; }

    /// <summary>The length of the content in bytes; 0 for a folder.</summary>
    public required long Length { get; init; }

    /// <summary>When the content was last changed, UTC; null where that is not stored or makes no sense.</summary>
    public DateTimeOffset? LastWriteTime { get; init; }

    /// <summary>When it was made, UTC; null where that is not stored or makes no sense.</summary>
    public DateTimeOffset? CreationTime { get; init; }

    /// <summary>When it was last read, as far as the guest keeps account of that, UTC; null where that is not stored or makes no sense.</summary>
    public DateTimeOffset? LastAccessTime { get; init; }

    /// <summary>The attributes that NTFS and FAT store; null for other file systems.</summary>
    public FileAttributes? Attributes { get; init; }

    /// <summary>Type and permissions as Linux stores them (inode(7), st_mode); null for other file systems.</summary>
    public int? UnixMode { get; init; }

    /// <summary>Whether it is a link to another place (an NTFS reparse point, a symbolic link).</summary>
    public bool IsLink { get; init; }

    /// <summary>Where a link leads, as the guest stored it; null for what is none, and where it can't be read.</summary>
    public string? LinkTarget { get; init; }

    /// <summary>Whether the content is encrypted and can't be read.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Where the file system listed it.</summary>
    internal EntryLocation Location { get; init; }
}
