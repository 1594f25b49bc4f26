namespace AzImageTools.Disks.Volumes;

/// <summary>A volume of a Linux file system, as far as paths and listings need it.</summary>
internal interface IInodeVolume<TInode>
    where TInode : class, IInode
{
    /// <summary>The volume's bytes.</summary>
    IByteSource Source { get; }

    TInode ReadRoot();

    TInode ReadInode(ulong number);

    /// <summary>The names in a folder, without "." and "..", lazily.</summary>
    IEnumerable<FolderEntry> EnumerateFolder(TInode folder);

    /// <summary>What a folder has under a name; null where it has nothing.</summary>
    TInode? FindEntry(TInode folder, string name);

    /// <summary>The path that a symbolic link holds.</summary>
    string ReadTarget(TInode link);

    /// <summary>A file's content.</summary>
    /// <param name="file">Its inode.</param>
    /// <param name="name">What to call it in messages.</param>
    FileContent OpenFile(TInode file, string name);

    /// <summary>Whether a file or folder has an extended attribute; null where that can't be told.</summary>
    bool? HasAttribute(TInode inode, AttributeName name);
}
