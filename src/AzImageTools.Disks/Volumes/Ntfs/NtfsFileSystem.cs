using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// An NTFS volume, read-only (Joachim Metz, "New Technologies File System (NTFS)", the documentation of libfsntfs).
/// A listing tells of files what the folder's index tells; an entry asked for by its path tells what the file itself does.
/// Thread-safe; the streams it opens are not.
/// </summary>
internal sealed class NtfsFileSystem : IFileSystem, INamedStreams, IEntryAccess
{
    private const int VolumeRecord = 3;
    private const int RootRecord = 5;
    private const int BitmapRecord = 6;
    private const int ReservedRecords = 16;
    private const int DirtyFlag = 1;
    private const string DataSuffix = ":$DATA";

    // What NTFS stores beside whether it is a folder: the same bits as [MS-FSCC] 2.6 gives them.
    private const FileAttributes StoredAttributes = (FileAttributes)0x0002_FFE7;
    private const FileAttributes NoAttributes = default;

    private readonly NtfsVolume _volume;
    private readonly Lazy<NtfsFile> _volumeFile;
    private readonly Lazy<long> _freeBytes;

    public NtfsFileSystem(IByteSource source)
    {
        _volume = new NtfsVolume(source);
        _volumeFile = new Lazy<NtfsFile>(() => _volume.OpenFile(VolumeRecord));
        _freeBytes = new Lazy<long>(() => GetFreeExtents().Sum(static extent => extent.Length));
    }

    public FileSystemKind Kind => FileSystemKind.Ntfs;

    public string Label => _volumeFile.Value.GetResident(AttributeType.VolumeName, string.Empty) is { } label ? StoredText.FromUtf16(label.Span) : string.Empty;

    public long Capacity => _volume.Boot.Capacity;

    public long? FreeBytes => _freeBytes.Value;

    public bool? IsDirty => _volumeFile.Value.GetResident(AttributeType.VolumeInformation, string.Empty) is { Length: >= 12 } information
        ? (BinaryPrimitives.ReadUInt16LittleEndian(information.Span.Slice(10)) & DirtyFlag) != 0
        : null;

    public FileSystemEntry? GetEntry(string path)
    {
        if (FindStream(path) is not (NtfsFile file, string filePath, string stream))
        {
            return null;
        }

        return stream.Length == 0 ? Describe(file, filePath) : DescribeStream(file, filePath, stream);
    }

    public IEnumerable<FileSystemEntry> EnumerateStreams(string path)
        => Find(path) is (NtfsFile file, string filePath)
            ? file.NamedStreams.Select(stream => DescribeStream(file, filePath, stream.Name))
            : [];

    public IEnumerable<FileSystemEntry> Enumerate(string path)
    {
        if (Find(path) is not (NtfsFile { IsDirectory: true } folder, string folderPath))
        {
            return [];
        }

        return Enumerate(folder, folderPath);
    }

    public IEnumerable<FileSystemEntry> Enumerate(FileSystemEntry folder, long id)
        => _volume.OpenFile(FileReference.Unpack(id)) is { IsDirectory: true } file ? Enumerate(file, folder.Path) : [];

    public Stream OpenFile(string path)
    {
        if (FindStream(path) is not (NtfsFile file, string filePath, string stream) || (file.IsDirectory && stream.Length == 0))
        {
            throw new FileNotFoundException($"There is no file '{path}' on {_volume.Name}.", path);
        }

        return OpenContent(file, filePath, stream);
    }

    public Stream OpenFile(FileSystemEntry file, long id)
        => _volume.OpenFile(FileReference.Unpack(id)) is { IsDirectory: false } found ? OpenContent(found, file.Path, string.Empty) : OpenFile(file.Path);

    public IEnumerable<DiskExtent> GetFreeExtents() => ClusterBitmap.EnumerateFree(_volume.OpenFile(BitmapRecord).OpenData(_volume.Source), _volume.Boot);

    private Stream OpenContent(NtfsFile file, string filePath, string stream)
    {
        Stream? content = (stream.Length == 0 ? file.ReparseTag : null) switch
        {
            null => file.OpenStream(stream),
            ReparseTags.Wof => file.OpenWofContent(),
            uint tag => throw _volume.Damaged($"{filePath} {ReparseTags.Describe(tag)}.", "MS-FSCC 2.1.2.1"),
        };
        return content ?? throw _volume.Damaged($"{filePath} has no content: record {file.Number} of the master file table holds none.");
    }

    private IEnumerable<FileSystemEntry> Enumerate(NtfsFile folder, string folderPath)
    {
        bool isRoot = folder.Number == RootRecord;
        return new FolderIndex(_volume, folder).Enumerate()
            .Where(entry => entry.Name is { IsDosOnly: false } && !(isRoot && entry.File.Number < ReservedRecords))
            .Select(entry => Describe(entry.Name!, entry.File, folderPath));
    }

    private FileSystemEntry Describe(FileName name, FileReference file, string folder)
    {
        bool isDirectory = (name.Attributes & NtfsFileAttributes.Directory) != NtfsFileAttributes.None;
        bool isLink = ReparseTags.IsLink(name.ReparseTag);
        string text = name.Name;
        return new FileSystemEntry
        {
            Name = text,
            Path = VolumePath.Combine(folder, text),
            IsDirectory = isDirectory,
            Length = isDirectory || isLink ? 0 : name.Length,
            LastWriteTime = name.LastWriteTime,
            CreationTime = name.CreationTime,
            LastAccessTime = name.LastAccessTime,
            Attributes = ToFileAttributes(name.Attributes, isDirectory),
            IsLink = isLink,
            LinkTarget = isLink ? ReadLinkTarget(file) : null,
            IsEncrypted = (name.Attributes & NtfsFileAttributes.Encrypted) != NtfsFileAttributes.None,
            Id = file.Packed,
        };
    }

    private static FileSystemEntry Describe(NtfsFile file, string path)
    {
        bool isLink = ReparseTags.IsLink(file.ReparseTag);
        return new FileSystemEntry
        {
            Name = path.Substring(path.LastIndexOf('\\') + 1),
            Path = path,
            IsDirectory = file.IsDirectory,
            Length = file.IsDirectory || isLink ? 0 : file.Length,
            LastWriteTime = file.LastWriteTime,
            CreationTime = file.CreationTime,
            LastAccessTime = file.LastAccessTime,
            Attributes = ToFileAttributes(file.Attributes, file.IsDirectory),
            IsLink = isLink,
            LinkTarget = file.LinkTarget,
            IsEncrypted = (file.Attributes & NtfsFileAttributes.Encrypted) != NtfsFileAttributes.None,
            Id = file.Reference.Packed,
        };
    }

    private static FileAttributes ToFileAttributes(NtfsFileAttributes attributes, bool isDirectory)
        => ((FileAttributes)attributes & StoredAttributes) | (isDirectory ? FileAttributes.Directory : NoAttributes);

    private string? ReadLinkTarget(FileReference file)
    {
        try
        {
            return _volume.OpenFile(file).LinkTarget;
        }
        catch (DiskFormatException)
        {
            return null;
        }
    }

    private static FileSystemEntry DescribeStream(NtfsFile file, string path, string stream)
    {
        FileSystemEntry entry = Describe(file, path);
        return entry with
        {
            Name = $"{entry.Name}:{stream}",
            Path = $"{path}:{stream}",
            IsDirectory = false,
            IsLink = false,
            LinkTarget = null,
            Id = null,
            Length = file.NamedStreams.First(candidate => string.Equals(candidate.Name, stream, StringComparison.Ordinal)).Length,
        };
    }

    /// <summary>
    /// Follows a path that may lead to a named stream. A file whose own name has a colon, which Windows does not make but
    /// others do, comes first.
    /// </summary>
    private (NtfsFile File, string Path, string Stream)? FindStream(string path)
    {
        if (Find(path) is (NtfsFile named, string namedPath))
        {
            return (named, namedPath, string.Empty);
        }

        int colon = path.IndexOf(':', VolumePath.StartOfName(path));
        if (colon < 0 || Find(path.Substring(0, colon)) is not (NtfsFile file, string filePath))
        {
            return null;
        }

        bool hasType = path.EndsWith(DataSuffix, StringComparison.OrdinalIgnoreCase) && path.Length - DataSuffix.Length > colon;
        string stream = path.Substring(colon + 1, path.Length - (hasType ? DataSuffix.Length : 0) - colon - 1);
        if (stream.Length == 0)
        {
            return hasType ? (file, filePath, stream) : null;
        }

        string? stored = file.NamedStreams.Select(static candidate => candidate.Name)
            .FirstOrDefault(candidate => _volume.UpCase.Compare(candidate.AsSpan(), stream.AsSpan()) == 0);
        return stored is null ? null : (file, filePath, stored);
    }

    /// <summary>Follows a path; the one returned has the names as stored, long where the path gave a short one.</summary>
    private (NtfsFile File, string Path)? Find(string path)
    {
        NtfsFile file = _volume.OpenFile(RootRecord);
        string found = string.Empty;
        foreach (string name in VolumePath.Split(path))
        {
            IndexEntry? entry = file.IsDirectory && name is not "." ? new FolderIndex(_volume, file).Find(name) : null;
            if (entry?.Name is not FileName stored)
            {
                return null;
            }

            long folder = file.Number;
            file = _volume.OpenFile(entry.Value.File);
            string text = stored.IsDosOnly
                ? file.Names.FirstOrDefault(candidate => !candidate.IsDosOnly && candidate.Folder.Number == folder)?.Name ?? stored.Name
                : stored.Name;
            found = VolumePath.Combine(found, text);
        }

        return (file, found);
    }
}
