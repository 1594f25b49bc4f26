namespace AzImageTools.Disks.Volumes.Ext;

/// <summary>
/// An ext2, ext3 or ext4 volume, read-only (Linux kernel, Documentation/filesystems/ext4). Names are matched with regard
/// to case. A listing tells of a symbolic link that it is one; asked for by its path, its entry also tells the length and
/// kind of what it leads to. Thread-safe; the streams it opens are not.
/// </summary>
internal sealed class ExtFileSystem : IFileSystem, IEntryAccess
{
    // Where there are more groups, counting what they have free takes too long.
    private const int MaximumGroupsToCount = 1 << 20;

    private readonly ExtVolume _volume;
    private readonly PathWalker _paths;
    private readonly Lazy<long> _freeBytes;

    public ExtFileSystem(IByteSource source)
    {
        _volume = ExtVolume.Open(source);
        _paths = new PathWalker(_volume);
        _freeBytes = new Lazy<long>(CountFreeBytes);
    }

    public FileSystemKind Kind => _volume.Superblock.Kind;

    public string Label => _volume.Superblock.Label;

    public long Capacity => _volume.Superblock.BlockCount * _volume.Superblock.BlockSize;

    public long? FreeBytes => _freeBytes.Value;

    public bool? IsDirty => _volume.Superblock.IsDirty;

    public FileSystemEntry? GetEntry(string path)
    {
        Inode? inode = _paths.Find(path, followLast: false);
        if (inode is null)
        {
            return null;
        }

        string found = string.Join("\\", VolumePath.Split(path));
        string name = found.Substring(found.LastIndexOf('\\') + 1);
        return inode.IsLink && _paths.Find(path, followLast: true) is { } target
            ? Describe(target, name, found) with { IsLink = true, LinkTarget = ReadTarget(inode) }
            : Describe(inode, name, found);
    }

    public IEnumerable<FileSystemEntry> Enumerate(string path)
    {
        if (_paths.Find(path, followLast: true) is not { IsDirectory: true } folder)
        {
            return [];
        }

        return Enumerate(folder, string.Join("\\", VolumePath.Split(path)));
    }

    public IEnumerable<FileSystemEntry> Enumerate(FileSystemEntry folder, long id)
        => _volume.ReadInode((uint)id) is { IsDirectory: true } inode ? Enumerate(inode, folder.Path) : [];

    public Stream OpenFile(string path)
    {
        Inode? inode = _paths.Find(path, followLast: true);
        if (inode is null || inode.IsDirectory)
        {
            throw new FileNotFoundException($"There is no file '{path}' on {_volume.Source.Name}.", path);
        }

        return OpenFile(inode, path);
    }

    public Stream OpenFile(FileSystemEntry file, long id)
        => _volume.ReadInode((uint)id) is { IsLink: false, IsDirectory: false } inode ? OpenFile(inode, file.Path) : OpenFile(file.Path);

    public IEnumerable<DiskExtent> GetFreeExtents() => BlockBitmaps.EnumerateFree(_volume);

    private IEnumerable<FileSystemEntry> Enumerate(Inode folder, string folderPath)
        => Folder.Enumerate(_volume, folder).Select(entry =>
        {
            string name = entry.Text;
            return Describe(_volume.ReadInode(entry.Inode), name, VolumePath.Combine(folderPath, name));
        });

    private FileContentStream OpenFile(Inode inode, string path)
        => inode.IsFile
            ? new FileContentStream(_volume.OpenContent(inode, _volume.Source, path))
            : throw _volume.Damaged($"{path} is a device, a pipe, a socket or a link without an end, and has no content.", "ext4, Index Nodes, i_mode");

    private FileSystemEntry Describe(Inode inode, string name, string path) => new()
    {
        Name = name,
        Path = path,
        IsDirectory = inode.IsDirectory,
        Length = inode.IsFile ? Math.Max(0, inode.Length) : 0,
        LastWriteTime = inode.LastWriteTime,
        CreationTime = inode.CreationTime,
        LastAccessTime = inode.LastAccessTime,
        UnixMode = inode.Mode,
        IsLink = inode.IsLink,
        LinkTarget = inode.IsLink ? ReadTarget(inode) : null,
        IsEncrypted = inode.IsEncrypted,
        Id = inode.Number,
    };

    private string? ReadTarget(Inode link)
    {
        try
        {
            return _paths.ReadTarget(link);
        }
        catch (DiskFormatException)
        {
            return null;
        }
    }

    /// <summary>A clean volume's superblock has the sum; until it is unmounted only the groups have it.</summary>
    private long CountFreeBytes()
    {
        Superblock superblock = _volume.Superblock;
        if (!superblock.IsDirty || superblock.GroupCount > MaximumGroupsToCount)
        {
            return superblock.FreeBlockCount * superblock.BlockSize;
        }

        long clusters = 0;
        for (long group = 0; group < superblock.GroupCount; group++)
        {
            clusters += Math.Min(_volume.Groups[group].FreeClusters, superblock.BlocksPerGroup / superblock.BlocksPerCluster);
        }

        return Math.Min(clusters * superblock.BlocksPerCluster, superblock.BlockCount) * superblock.BlockSize;
    }
}
