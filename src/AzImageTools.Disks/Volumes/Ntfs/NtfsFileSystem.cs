using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// An NTFS volume, read-only (Joachim Metz, "New Technologies File System (NTFS)", the documentation of libfsntfs).
/// A listing tells of files what the folder's index tells; an entry asked for by its path tells what the file itself does.
/// Thread-safe; the streams it opens are not.
/// </summary>
internal sealed class NtfsFileSystem : IFileSystem, INamedStreams, IVolumeCondition
{
    private const int LogFileRecord = 2;
    private const int VolumeRecord = 3;
    private const int RootRecord = 5;
    private const int BitmapRecord = 6;
    private const int ReservedRecords = 16;
    private const int DirtyFlag = 1;
    private const string DataSuffix = ":$DATA";

    private readonly NtfsVolume _volume;
    private readonly Lazy<NtfsFile> _volumeFile;
    private readonly Lazy<long> _freeBytes;
    private readonly Lazy<(string? Problem, bool IsOfRunningWindows)> _log;

    public NtfsFileSystem(IByteSource source)
    {
        _volume = new NtfsVolume(source);
        _volumeFile = new Lazy<NtfsFile>(() => _volume.OpenFile(VolumeRecord));
        _freeBytes = new Lazy<long>(() => GetFreeExtents().Sum(static extent => extent.Length));
        _log = new Lazy<(string? Problem, bool IsOfRunningWindows)>(ReadLog);
    }

    public FileSystemKind Kind => FileSystemKind.Ntfs;

    public string Label => _volumeFile.Value.GetResident(AttributeType.VolumeName, string.Empty) is { } label ? StoredText.FromUtf16(label.Span) : string.Empty;

    public long Capacity => _volume.Boot.Capacity;

    public long? FreeBytes => _freeBytes.Value;

    public bool? IsDirty => DirtyReason is not null ? true : VolumeFlags is null ? null : false;

    public string? DirtyReason => (VolumeFlags & DirtyFlag) is null or 0 ? _log.Value.Problem : "it is marked for a check (chkdsk)";

    public string? HibernationReason => HibernationFile.FindReason(this)
        ?? (_log.Value.IsOfRunningWindows ? "its journal ($LogFile) is as Windows has it while the volume is in use" : null);

    public string? FreeSpaceDoubt => ShadowCopies.MayExist(_volume.Source) ? "Windows keeps shadow copies of it, which may need what deleted files left in the free space"
        : ClusterBitmap.IsFree(OpenBitmap(), 0) || ClusterBitmap.IsFree(OpenBitmap(), _volume.Boot.MftOffset / _volume.Boot.ClusterSize) ? "its $Bitmap is wrong: it has the file system's own clusters as free"
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

        bool isRoot = folder.Number == RootRecord;
        return new FolderIndex(_volume, folder).Enumerate()
            .Where(entry => entry.Name is { IsDosOnly: false } && !(isRoot && entry.File.Number < ReservedRecords))
            .Select(entry => Describe(entry.Name!, folderPath));
    }

    public Stream OpenFile(string path)
    {
        if (FindStream(path) is not (NtfsFile file, string filePath, string stream) || (file.IsDirectory && stream.Length == 0))
        {
            throw new FileNotFoundException($"There is no file '{path}' on {_volume.Name}.", path);
        }

        Stream? content = (stream.Length == 0 ? file.ReparseTag : null) switch
        {
            null => file.OpenStream(stream),
            ReparseTags.Wof => file.OpenWofContent(),
            uint tag => throw _volume.Damaged($"{filePath} {ReparseTags.Describe(tag)}.", "MS-FSCC 2.1.2.1"),
        };
        return content ?? throw _volume.Damaged($"{filePath} has no content: record {file.Number} of the master file table holds none.");
    }

    public IEnumerable<DiskExtent> GetFreeExtents() => ClusterBitmap.EnumerateFree(OpenBitmap(), _volume.Boot);

    private int? VolumeFlags => _volumeFile.Value.GetResident(AttributeType.VolumeInformation, string.Empty) is { Length: >= 12 } information
        ? BinaryPrimitives.ReadUInt16LittleEndian(information.Span.Slice(10))
        : null;

    private FileContent OpenBitmap() => _volume.OpenFile(BitmapRecord).OpenData(_volume.Source);

    private static FileSystemEntry Describe(FileName name, string folder)
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
            IsLink = isLink,
            IsEncrypted = (name.Attributes & NtfsFileAttributes.Encrypted) != NtfsFileAttributes.None,
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
            IsLink = isLink,
            IsEncrypted = (file.Attributes & NtfsFileAttributes.Encrypted) != NtfsFileAttributes.None,
        };
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
            Length = file.NamedStreams.First(candidate => string.Equals(candidate.Name, stream, StringComparison.Ordinal)).Length,
        };
    }

    private (string? Problem, bool IsOfRunningWindows) ReadLog()
    {
        try
        {
            return LogFile.Read(_volume.OpenFile(LogFileRecord).OpenData(_volume.Metadata));
        }
        catch (DiskFormatException exception)
        {
            return ($"its journal ($LogFile) can't be read: {exception.Problem}", false);
        }
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
