namespace AzImageTools.Disks.Volumes;

/// <summary>A file or folder on a volume of a disk image.</summary>
public sealed record FileSystemEntry
{
    /// <summary>The name, as the guest stored it. It is the guest's text: never use it as a path on this machine.</summary>
    public required string Name { get; init; }

    /// <summary>The path from the volume's root, with '\' between names.</summary>
    public required string Path { get; init; }

    /// <summary>Whether it is a folder.</summary>
    public required bool IsDirectory { get; init; }

    /// <summary>The length of the content in bytes; 0 for a folder.</summary>
    public required long Length { get; init; }

    /// <summary>When the content was last changed, UTC; null where that is not stored or makes no sense.</summary>
    public DateTimeOffset? LastWriteTime { get; init; }

    /// <summary>Whether it is a link to another place (an NTFS reparse point, a symbolic link).</summary>
    public bool IsLink { get; init; }

    /// <summary>Whether the content is encrypted and can't be read.</summary>
    public bool IsEncrypted { get; init; }

    /// <summary>Where the file system listed it.</summary>
    internal EntryLocation Location { get; init; }
}
