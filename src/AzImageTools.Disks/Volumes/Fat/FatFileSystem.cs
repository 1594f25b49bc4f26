using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Fat;

/// <summary>
/// A FAT12, FAT16 or FAT32 volume, read-only (Microsoft, "FAT: General Overview of On-Disk Format", version 1.03).
/// Thread-safe; the streams it opens are not.
/// </summary>
internal sealed class FatFileSystem : IFileSystem, IVolumeCondition, IEntryAccess
{
    private readonly IByteSource _volume;
    private readonly CachedByteSource _metadata;
    private readonly FatBootSector _boot;
    private readonly FileAllocationTable _table;
    private readonly Lazy<string> _label;
    private readonly Lazy<long> _freeBytes;

    public FatFileSystem(IByteSource volume)
    {
        _volume = volume;
        _metadata = new CachedByteSource(volume);
        _boot = FatBootSector.Read(volume);
        _table = new FileAllocationTable(_metadata, _boot);
        _label = new Lazy<string>(() => EnumerateEntries(folder: null).FirstOrDefault(static entry => entry.IsLabel)?.Label ?? string.Empty);
        _freeBytes = new Lazy<long>(() => ReadFreeCount() is uint count ? (long)count * _boot.BytesPerCluster : GetFreeExtents().Sum(static extent => extent.Length));
    }

    public FileSystemKind Kind => _boot.Kind;

    public string Label => _label.Value;

    public long Capacity => _boot.Capacity;

    public long? FreeBytes => _freeBytes.Value;

    // "FAT Volume Initialization": the highest bits of entry 1 tell a clean shutdown; drivers also mark the boot sector.
    public bool? IsDirty => _boot.IsMarkedDirty || Kind switch
    {
        FileSystemKind.Fat16 => (_table.ReadEntry(1) & 0x8000) == 0,
        FileSystemKind.Fat32 => (_table.ReadEntry(1) & 0x0800_0000) == 0,
        _ => false,
    };

    public string? DirtyReason => IsDirty == true ? "it is marked as in use, or for a check: it was not unmounted" : null;

    public string? HibernationReason => null;

    public string? FreeSpaceDoubt => null;

    public FileSystemEntry? GetEntry(string path)
    {
        string[] names = VolumePath.Split(path);
        if (names.Length == 0)
        {
            return new FileSystemEntry { Name = string.Empty, Path = string.Empty, IsDirectory = true, Length = 0 };
        }

        return TryFind(names, out FatDirectoryEntry? entry, out string folder) && entry is not null ? Describe(entry, folder) : null;
    }

    public IEnumerable<FileSystemEntry> Enumerate(string path)
    {
        if (!TryFind(VolumePath.Split(path), out FatDirectoryEntry? folder, out string parent) || folder is { IsDirectory: false })
        {
            return [];
        }

        return Describe(EnumerateEntries(folder), folder is null ? string.Empty : VolumePath.Combine(parent, folder.Name));
    }

    public IEnumerable<FileSystemEntry> EnumerateAt(FileSystemEntry folder)
        => folder.IsDirectory ? Describe(ParseEntries(OpenFolder(folder.Name, (uint)folder.Location.Number)), folder.Path) : [];

    public Stream OpenFile(string path)
    {
        if (!TryFind(VolumePath.Split(path), out FatDirectoryEntry? entry, out _) || entry is null || entry.IsDirectory)
        {
            throw NotFound(path);
        }

        return OpenChain(_volume, entry.Name, entry.FirstCluster, entry.Length);
    }

    public Stream OpenAt(FileSystemEntry file)
        => file.IsDirectory ? throw NotFound(file.Path) : OpenChain(_volume, file.Name, (uint)file.Location.Number, file.Length);

    public IEnumerable<DiskExtent> GetFreeExtents() => _table.EnumerateFree();

    private FileNotFoundException NotFound(string path) => new($"There is no file '{path}' on {_volume.Name}.", path);

    private IEnumerable<FileSystemEntry> Describe(IEnumerable<FatDirectoryEntry> entries, string folder)
        => entries.Where(static entry => !entry.IsLabel).Select(entry => Describe(entry, folder));

    private FileSystemEntry Describe(FatDirectoryEntry entry, string folder) => new()
    {
        Name = entry.Name,
        Path = VolumePath.Combine(folder, entry.Name),
        IsDirectory = entry.IsDirectory,
        Length = entry.Length,
        LastWriteTime = entry.LastWriteTime,
        CreationTime = entry.CreationTime,
        LastAccessTime = entry.LastAccessTime,
        Attributes = entry.Attributes,
        Location = new EntryLocation(this, entry.FirstCluster),
    };

    /// <summary>Follows a path; the entry is null for the root.</summary>
    private bool TryFind(string[] names, out FatDirectoryEntry? entry, out string folder)
    {
        entry = null;
        folder = string.Empty;
        foreach (string name in names)
        {
            if (entry is { IsDirectory: false })
            {
                return false;
            }

            folder = entry is null ? string.Empty : VolumePath.Combine(folder, entry.Name);
            entry = EnumerateEntries(entry).FirstOrDefault(candidate => !candidate.IsLabel && candidate.IsNamed(name));
            if (entry is null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>What a folder holds; the root for null.</summary>
    private IEnumerable<FatDirectoryEntry> EnumerateEntries(FatDirectoryEntry? folder)
        => ParseEntries(folder is null ? OpenRoot() : OpenFolder(folder.Name, folder.FirstCluster));

    private IEnumerable<FatDirectoryEntry> ParseEntries(FileContentStream folder) => FatDirectory.Enumerate(folder, _boot.Kind == FileSystemKind.Fat32);

    private FileContentStream OpenRoot()
    {
        const string Name = "The root folder";
        if (_boot.Kind == FileSystemKind.Fat32)
        {
            return OpenFolder(Name, _boot.RootCluster);
        }

        long length = (long)_boot.RootEntryCount * FatDirectoryEntry.Size;
        return new FileContentStream(new FileContent(_metadata, Name, [new FileRun(0, _boot.RootOffset, length)], length, length));
    }

    // A subfolder of the root may name cluster 0 for it; none is looked up through '..', so that only a damaged one does.
    private FileContentStream OpenFolder(string name, uint cluster)
    {
        long clusters = 0;
        foreach (FileRun run in _table.EnumerateRuns(cluster, ClustersFor(FatDirectory.MaximumEntries * FatDirectoryEntry.Size)))
        {
            clusters += run.Length / _boot.BytesPerCluster;
        }

        return OpenChain(_metadata, name, cluster, clusters * _boot.BytesPerCluster);
    }

    private FileContentStream OpenChain(IByteSource source, string name, uint first, long length)
    {
        IEnumerable<FileRun> runs = length == 0 ? [] : _table.EnumerateRuns(first, ClustersFor(length));
        return new FileContentStream(new FileContent(source, name, runs, length, length));
    }

    private long ClustersFor(long length) => (length + _boot.BytesPerCluster - 1) / _boot.BytesPerCluster;

    /// <summary>FAT32's own count of free clusters ("FAT32 FSInfo Sector Structure"); null where there is none to trust.</summary>
    private uint? ReadFreeCount()
    {
        long offset = (long)_boot.InformationSector * _boot.BytesPerSector;
        if (_boot.InformationSector is 0 or 0xFFFF || offset > _boot.FatOffset - _boot.BytesPerSector)
        {
            return null;
        }

        Span<byte> sector = stackalloc byte[512];
        _metadata.Read(offset, sector);
        bool isInformation = sector.StartsWith("RRaA"u8) && sector.Slice(484).StartsWith("rrAa"u8);
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(488));
        return isInformation && count <= _boot.ClusterCount ? count : null;
    }
}
