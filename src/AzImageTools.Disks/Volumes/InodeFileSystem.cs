namespace AzImageTools.Disks.Volumes;

/// <summary>
/// What Linux' file systems share. Names are matched with regard to case. A listing tells of a symbolic link that it is
/// one; asked for by its path, its entry also tells the length and kind of what it leads to.
/// </summary>
internal abstract class InodeFileSystem<TInode> : IFileSystem, IEntryAccess, IExtendedAttributes
    where TInode : class, IInode
{
    private IInodeVolume<TInode> _volume;
    private PathWalker<TInode> _paths;

    protected InodeFileSystem(IInodeVolume<TInode> volume)
    {
        _volume = volume;
        _paths = new PathWalker<TInode>(volume);
    }

    public abstract FileSystemKind Kind { get; }

    public abstract string Label { get; }

    public abstract long Capacity { get; }

    public abstract long? FreeBytes { get; }

    public abstract bool? IsDirty { get; }

    public FileSystemEntry? GetEntry(string path)
    {
        TInode? inode = _paths.Find(path, followLast: false);
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
        => _paths.Find(path, followLast: true) is { } folder ? Enumerate(folder, string.Join("\\", VolumePath.Split(path))) : [];

    public IEnumerable<FileSystemEntry> EnumerateAt(FileSystemEntry folder) => Enumerate(_volume.ReadInode(folder.Location.Number), folder.Path);

    public Stream OpenFile(string path) => Open(_paths.Find(path, followLast: true), path);

    public Stream OpenAt(FileSystemEntry file) => Open(_volume.ReadInode(file.Location.Number), file.Path);

    public bool? HasAttribute(string path, string name)
        => _paths.Find(path, followLast: true) is { } inode ? _volume.HasAttribute(inode, AttributeName.Parse(name ?? throw new ArgumentNullException(nameof(name)))) : null;

    public abstract IEnumerable<DiskExtent> GetFreeExtents();

    /// <summary>Goes on with the volume as it is after a change.</summary>
    protected void Reopen(IInodeVolume<TInode> volume)
    {
        _volume = volume;
        _paths = new PathWalker<TInode>(volume);
    }

    private IEnumerable<FileSystemEntry> Enumerate(TInode folder, string path)
        => folder.IsDirectory
            ? _volume.EnumerateFolder(folder).Select(entry =>
            {
                string name = entry.Text;
                return Describe(_volume.ReadInode(entry.Inode), name, VolumePath.Combine(path, name));
            })
            : [];

    private FileContentStream Open(TInode? inode, string path)
    {
        if (inode is null || inode.IsDirectory)
        {
            throw new FileNotFoundException($"There is no file '{path}' on {_volume.Source.Name}.", path);
        }

        return inode.IsFile
            ? new FileContentStream(_volume.OpenFile(inode, path))
            : throw new DiskFormatException(_volume.Source.Name, null, $"{path} is a device, a pipe, a socket or a link without an end, and has no content.");
    }

    private FileSystemEntry Describe(TInode inode, string name, string path) => new()
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
        Location = new EntryLocation(this, inode.Number),
    };

    private string? ReadTarget(TInode link)
    {
        try
        {
            return _volume.ReadTarget(link);
        }
        catch (DiskFormatException)
        {
            return null;
        }
    }
}
