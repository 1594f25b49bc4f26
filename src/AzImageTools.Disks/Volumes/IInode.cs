namespace AzImageTools.Disks.Volumes;

/// <summary>A file's or folder's own record on a Linux file system, where folders hold names and lead to these.</summary>
internal interface IInode
{
    /// <summary>The number that it is found by.</summary>
    ulong Number { get; }

    bool IsDirectory { get; }

    bool IsFile { get; }

    bool IsLink { get; }

    bool IsEncrypted { get; }

    /// <summary>The content's length in bytes, as stored: possibly negative.</summary>
    long Length { get; }

    /// <summary>Type and permissions (inode(7), st_mode).</summary>
    int Mode { get; }

    /// <summary>When the content was last changed.</summary>
    DateTimeOffset LastWriteTime { get; }

    DateTimeOffset LastAccessTime { get; }

    /// <summary>When the file was made; null where the record has no room for that.</summary>
    DateTimeOffset? CreationTime { get; }
}
