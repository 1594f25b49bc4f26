using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Fat;

/// <summary>
/// A FAT12, FAT16 or FAT32 volume (Microsoft, "FAT: General Overview of On-Disk Format", version 1.03), whose files can be changed
/// where it is on an overlay. Thread-safe for reading; the streams it opens are not.
/// </summary>
internal sealed class FatFileSystem : IFileSystem, IVolumeCondition, IEntryAccess, IRewritableFiles, IWritableFiles
{
    private readonly IByteSource _volume;
    private readonly FatBootSector _boot;
    private readonly CachedByteSource _metadata;
    private readonly FileAllocationTable _table;
    private readonly Lazy<string> _label;
    private Lazy<long> _freeBytes;

    public FatFileSystem(IByteSource volume)
    {
        _volume = volume;
        _boot = FatBootSector.Read(volume);
        _metadata = new CachedByteSource(volume);
        _table = new FileAllocationTable(_metadata, _boot);
        _label = new Lazy<string>(() => EnumerateEntries(folder: null).FirstOrDefault(static entry => entry.IsLabel)?.Label ?? string.Empty);
        _freeBytes = CountFreeBytes();
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

    public IRewritableFile OpenRewritable(string path)
    {
        if (_volume is not IWritableBytes { CanWrite: true } target)
        {
            throw new InvalidOperationException($"{_volume.Name} is no overlay.");
        }

        RequireClean(path);
        if (!TryFind(VolumePath.Split(path), out FatDirectoryEntry? entry, out _) || entry is not { IsDirectory: false })
        {
            throw NotFound(path);
        }

        List<FileRun> runs = entry.Length == 0 ? [] : [.. _table.EnumerateRuns(entry.FirstCluster, ClustersFor(entry.Length))];
        return runs.Sum(static run => run.Length) >= entry.Length
            ? new FatRewritableFile(target, runs, entry.Length, path)
            : throw new DiskRepairException(DiskRepairProblem.FileNotRepairable, path, $"{path} on {_volume.Name} can't be rewritten where it lies: not all of it has clusters. Nothing was changed.");
    }

    public void Rewrite(string path, ReadOnlyMemory<byte> content, DateTimeOffset now) => Change(path, editor => editor.Rewrite(content.Span, now));

    public void Delete(string path, DateTimeOffset now) => Change(path, static editor => editor.Delete());

    public void Create(string path, ReadOnlyMemory<byte> content, NewFile file, DateTimeOffset now)
        => throw new DiskRepairException(DiskRepairProblem.FileNotRepairable, path, $"{path} can't be made on {_volume.Name}: files are not made on FAT. Nothing was changed.");

    /// <summary>The entry at a path, and where a place of the folder that holds it lies on the volume.</summary>
    /// <exception cref="FileNotFoundException">There is nothing at the path, or the root.</exception>
    public (FatDirectoryEntry Entry, Func<long, long> Locate) FindForChange(string path)
    {
        string[] names = VolumePath.Split(path);
        if (!TryFind(names, out FatDirectoryEntry? entry, out string folder) || entry is null || !TryFind(VolumePath.Split(folder), out FatDirectoryEntry? parent, out _))
        {
            throw NotFound(path);
        }

        FileContent content = OpenFolderContent(parent);
        return (entry, place => content.Locate(place) ?? throw NotFound(path));
    }

    /// <summary>What a folder holds: files and folders.</summary>
    public IEnumerable<FatDirectoryEntry> EnumerateForChange(FatDirectoryEntry folder) => EnumerateEntries(folder).Where(static entry => !entry.IsLabel);

    private void Change(string path, Action<FatEditor> change)
    {
        RequireClean(path);
        VolumeDraft.Change(_volume, draft =>
        {
            FatEditor editor = new(draft, _boot, new FatFileSystem(draft), path);
            change(editor);
            editor.Save();
            _ = FatBootSector.Read(draft);
        });
        _metadata.Forget();
        _freeBytes = CountFreeBytes();
    }

    private void RequireClean(string path)
    {
        if (DirtyReason is { } reason)
        {
            throw new DiskRepairException(DiskRepairProblem.VolumeNotRepairable, path, $"{_volume.Name} must not be written: {reason}. Nothing was changed.", "Let the guest check it (chkdsk, fsck.fat).");
        }
    }

    private Lazy<long> CountFreeBytes() => new(() => ReadFreeCount() is uint count ? (long)count * _boot.BytesPerCluster : GetFreeExtents().Sum(static extent => extent.Length));

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
        => ParseEntries(new FileContentStream(OpenFolderContent(folder)));

    private IEnumerable<FatDirectoryEntry> ParseEntries(FileContentStream folder) => FatDirectory.Enumerate(folder, _boot.Kind == FileSystemKind.Fat32);

    /// <summary>A folder's content; the root's for null.</summary>
    private FileContent OpenFolderContent(FatDirectoryEntry? folder)
    {
        const string Name = "The root folder";
        if (folder is not null || _boot.Kind == FileSystemKind.Fat32)
        {
            return OpenFolderContent(folder?.Name ?? Name, folder?.FirstCluster ?? _boot.RootCluster);
        }

        long length = (long)_boot.RootEntryCount * FatDirectoryEntry.Size;
        return new FileContent(_metadata, Name, [new FileRun(0, _boot.RootOffset, length)], length, length);
    }

    private FileContentStream OpenFolder(string name, uint cluster) => new(OpenFolderContent(name, cluster));

    // A subfolder of the root may name cluster 0 for it; none is looked up through '..', so that only a damaged one does.
    private FileContent OpenFolderContent(string name, uint cluster)
    {
        long clusters = 0;
        foreach (FileRun run in _table.EnumerateRuns(cluster, ClustersFor(FatDirectory.MaximumEntries * FatDirectoryEntry.Size)))
        {
            clusters += run.Length / _boot.BytesPerCluster;
        }

        return OpenChainContent(_metadata, name, cluster, clusters * _boot.BytesPerCluster);
    }

    private FileContentStream OpenChain(IByteSource source, string name, uint first, long length) => new(OpenChainContent(source, name, first, length));

    private FileContent OpenChainContent(IByteSource source, string name, uint first, long length)
    {
        IEnumerable<FileRun> runs = length == 0 ? [] : _table.EnumerateRuns(first, ClustersFor(length));
        return new FileContent(source, name, runs, length, length);
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
