using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// An NTFS volume, read-only (Joachim Metz, "New Technologies File System (NTFS)", the documentation of libfsntfs).
/// A listing tells of files what their own records tell, and where one can't be read, what the folder's index does; an entry
/// asked for by its path tells of a link what it leads to.
/// Thread-safe; the streams it opens are not.
/// </summary>
internal sealed class NtfsFileSystem : IFileSystem, INamedStreams, IFolderNames, IVolumeCondition, IEntryAccess, IFileTable, IRewritableFiles, IWritableFiles, IVolumeCheck
{
    private const int LogFileRecord = 2;
    private const int VolumeRecord = 3;
    private const int BitmapRecord = 6;
    private const int ReservedRecords = 16;
    private const int FirstBatch = 32;
    private const int LargestBatch = 1024;
    private const int DirtyFlag = 1;
    private const string DataSuffix = ":$DATA";

    // What NTFS stores beside whether it is a folder: the same bits as [MS-FSCC] 2.6 gives them.
    private const FileAttributes StoredAttributes = (FileAttributes)0x0002_FFE7;
    private const FileAttributes NoAttributes = default;

    private NtfsVolume _volume;
    private NtfsPathWalker _paths;
    private Lazy<NtfsFile> _volumeFile;
    private Lazy<long> _freeBytes;
    private Lazy<(string? Problem, bool IsOfRunningWindows)> _log;

    public NtfsFileSystem(IByteSource source) => Open(source);

    [MemberNotNull(nameof(_volume), nameof(_paths), nameof(_volumeFile), nameof(_freeBytes), nameof(_log))]
    private void Open(IByteSource source)
    {
        _volume = new NtfsVolume(source);
        _paths = new NtfsPathWalker(_volume);
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
        if (FindStream(path, followLast: false) is not (NtfsFile file, string filePath, string stream))
        {
            return null;
        }

        if (stream.Length > 0)
        {
            return DescribeStream(file, filePath, stream);
        }

        return ReparseTags.IsLink(file.ReparseTag) && _paths.Find(path, followLast: true) is (NtfsFile target, _)
            ? Describe(target, filePath) with { IsLink = true, LinkTarget = ReadLinkText(() => file) }
            : Describe(file, filePath);
    }

    public IEnumerable<FileSystemEntry> EnumerateStreams(string path)
        => _paths.Find(path, followLast: false) is (NtfsFile file, string filePath)
            ? file.NamedStreams.Select(stream => DescribeStream(file, filePath, stream.Name))
            : [];

    public IEnumerable<FileSystemEntry> Enumerate(string path)
        => _paths.Find(path, followLast: true) is (NtfsFile folder, string folderPath) ? Enumerate(folder, folderPath) : [];

    public IEnumerable<FileSystemEntry> EnumerateNames(string path)
        => _paths.Find(path, followLast: true) is (NtfsFile { IsDirectory: true } folder, string folderPath)
            ? new FolderIndex(_volume, folder).Enumerate().Where(entry => IsListed(entry, folder)).Select(entry => Describe(entry, default, folderPath))
            : [];

    public IEnumerable<FileSystemEntry> EnumerateAt(FileSystemEntry folder)
        => folder.IsDirectory ? Enumerate(OpenListed(folder), folder.Path) : [];

    public Stream OpenFile(string path)
        => FindStream(path, followLast: true) is (NtfsFile file, string filePath, string stream)
            ? Open(file, filePath, stream)
            : throw NotFound(path);

    public IRewritableFile OpenRewritable(string path)
    {
        IWritableBytes target = RequireWritable(path);
        (NtfsFile file, string found) = _paths.Find(path, followLast: true) ?? throw NotFound(path);
        return file.Number < ReservedRecords || file.IsDirectory ? throw NotFound(path) : new NtfsRewritableFile(_volume, target, file, found);
    }

    public void Rewrite(string path, ReadOnlyMemory<byte> content, DateTimeOffset now) => Change(path, now, change => change.Rewrite(path, content.Span));

    public void Delete(string path, DateTimeOffset now) => Change(path, now, change => change.Delete(path));

    public void Create(string path, ReadOnlyMemory<byte> content, NewFile file, DateTimeOffset now)
        => throw new DiskRepairException(DiskRepairProblem.FileNotRepairable, path, $"{path} can't be made on {_volume.Name}: nothing is allocated on NTFS. Nothing was changed.", "Make it within the guest.");

    public IEnumerable<VolumeInconsistency> Check() => new NtfsCheck(_volume).Run();

    private void Change(string path, DateTimeOffset now, Action<NtfsChange> make)
    {
        _ = RequireWritable(path);
        using NtfsChange change = new(_volume.Source, now);
        make(change);
        change.Apply();
        Open(_volume.Source);
    }

    private IWritableBytes RequireWritable(string path)
    {
        if (_volume.Source is not IWritableBytes { CanWrite: true } target)
        {
            throw new InvalidOperationException($"{_volume.Name} is no overlay.");
        }

        return (DirtyReason ?? HibernationReason ?? FreeSpaceDoubt) is { } reason
            ? throw new DiskRepairException(
                DiskRepairProblem.VolumeNotRepairable,
                path,
                $"{_volume.Name} must not be written: {reason}. Nothing was changed.",
                "Start the guest once, delete its shadow copies (vssadmin delete shadows /all), and shut it down wholly (shutdown /s /t 0); hibernation and fast startup are switched off with powercfg /h off.")
            : target;
    }

    public Stream OpenAt(FileSystemEntry file) => Open(OpenListed(file), file.Path, string.Empty);

    public long TableLength => _volume.Table.Length;

    public IEnumerable<TableName> EnumerateTable() => new TableNames(_volume, _volume.Table).Enumerate();

    public IEnumerable<DiskExtent> GetFreeExtents() => ClusterBitmap.EnumerateFree(OpenBitmap(), _volume.Boot);

    private NtfsFile OpenListed(FileSystemEntry entry) => _volume.OpenFile(FileReference.FromValue(entry.Location.Number));

    private IEnumerable<FileSystemEntry> Enumerate(NtfsFile folder, string path)
        => folder.IsDirectory ? EnumerateRecords(folder, path) : [];

    private IEnumerable<FileSystemEntry> EnumerateRecords(NtfsFile folder, string path)
    {
        using IEnumerator<IndexEntry> rest = new FolderIndex(_volume, folder).Enumerate().GetEnumerator();

        // A few first, for who looks only for one.
        for (List<IndexEntry> batch = Take(rest, FirstBatch, folder); batch.Count > 0; batch = Take(rest, LargestBatch, folder))
        {
            FileSummary[] summaries = _volume.Summaries.Read(batch);
            for (int i = 0; i < summaries.Length; i++)
            {
                yield return Describe(batch[i], summaries[i], path);
            }
        }
    }

    private static bool IsListed(IndexEntry entry, NtfsFile folder)
        => entry.Name is { IsDosOnly: false } && !(folder.Number == NtfsPathWalker.RootRecord && entry.File.Number < ReservedRecords);

    private static List<IndexEntry> Take(IEnumerator<IndexEntry> rest, int count, NtfsFile folder)
    {
        List<IndexEntry> taken = [];
        while (taken.Count < count && rest.MoveNext())
        {
            if (IsListed(rest.Current, folder))
            {
                taken.Add(rest.Current);
            }
        }

        return taken;
    }

    private Stream Open(NtfsFile file, string path, string stream)
    {
        if (file.IsDirectory && stream.Length == 0)
        {
            throw NotFound(path);
        }

        Stream? content = (stream.Length == 0 ? file.ReparseTag : null) switch
        {
            null => file.OpenStream(stream),
            ReparseTags.Wof => file.OpenWofContent(),
            uint tag => throw _volume.Damaged(file.Number, $"{path} {ReparseTags.Describe(tag)}.", "MS-FSCC 2.1.2.1"),
        };
        return content ?? throw _volume.Damaged(file.Number, $"{path} has no content: record {file.Number} of the master file table holds none.");
    }

    private int? VolumeFlags => _volumeFile.Value.GetResident(AttributeType.VolumeInformation, string.Empty) is { Length: >= 12 } information
        ? BinaryPrimitives.ReadUInt16LittleEndian(information.Span.Slice(10))
        : null;

    private FileContent OpenBitmap() => _volume.OpenFile(BitmapRecord).OpenData(_volume.Source);

    private FileNotFoundException NotFound(string path) => new($"There is no file '{path}' on {_volume.Name}.", path);

    [MethodImpl(HotCode.Optimized)]
    private FileSystemEntry Describe(IndexEntry entry, in FileSummary record, string folder)
    {
        FileName name = entry.Name!;
        string text = name.Name;
        string path = VolumePath.Combine(folder, text);
        if (!record.IsRead)
        {
            return Describe(entry, FileSummary.Of(name), text, path);
        }

        bool isTold = record.Length is not null && ((record.Attributes ^ name.Attributes) & NtfsFileAttributes.ReparsePoint) == NtfsFileAttributes.None;
        return isTold ? Describe(entry, record, text, path)
            : TryOpen(entry.File) is { } file ? Describe(file, path) with { Name = text }
            : Describe(entry, FileSummary.Of(name), text, path);
    }

    [MethodImpl(HotCode.Optimized)]
    private FileSystemEntry Describe(IndexEntry entry, in FileSummary file, string name, string path)
    {
        bool isLink = ReparseTags.IsLink(entry.Name!.ReparseTag);
        return new FileSystemEntry
        {
            Name = name,
            Path = path,
            IsDirectory = file.IsDirectory,
            Length = file.IsDirectory || isLink ? 0 : file.Length.GetValueOrDefault(),
            LastWriteTime = file.LastWriteTime,
            CreationTime = file.CreationTime,
            LastAccessTime = file.LastAccessTime,
            Attributes = ToFileAttributes(file.Attributes, file.IsDirectory),
            IsLink = isLink,
            LinkTarget = isLink ? ReadLinkTextOf(entry.File) : null,
            IsEncrypted = (file.Attributes & NtfsFileAttributes.Encrypted) != NtfsFileAttributes.None,
            Location = new EntryLocation(this, entry.File.Value),
        };
    }

    private string? ReadLinkTextOf(FileReference file) => ReadLinkText(() => _volume.OpenFile(file));

    private NtfsFile? TryOpen(FileReference file)
    {
        try
        {
            return _volume.OpenFile(file);
        }
        catch (DiskFormatException exception) when (exception is not ReadLimitException)
        {
            return null;
        }
    }

    private FileSystemEntry Describe(NtfsFile file, string path)
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
            LinkTarget = isLink ? ReadLinkText(() => file) : null,
            IsEncrypted = (file.Attributes & NtfsFileAttributes.Encrypted) != NtfsFileAttributes.None,
            Location = new EntryLocation(this, file.Reference.Value),
        };
    }

    private static FileAttributes ToFileAttributes(NtfsFileAttributes attributes, bool isDirectory)
        => ((FileAttributes)attributes & StoredAttributes) | (isDirectory ? FileAttributes.Directory : NoAttributes);

    private static string? ReadLinkText(Func<NtfsFile> open)
    {
        try
        {
            return open().ReadLinkText();
        }
        catch (DiskFormatException)
        {
            return null;
        }
    }

    private FileSystemEntry DescribeStream(NtfsFile file, string path, string stream)
    {
        FileSystemEntry entry = Describe(file, path);
        return entry with
        {
            Name = $"{entry.Name}:{stream}",
            Path = $"{path}:{stream}",
            IsDirectory = false,
            IsLink = false,
            LinkTarget = null,
            Location = default,
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
    private (NtfsFile File, string Path, string Stream)? FindStream(string path, bool followLast)
    {
        if (_paths.Find(path, followLast) is (NtfsFile named, string namedPath))
        {
            return (named, namedPath, string.Empty);
        }

        int colon = path.IndexOf(':', VolumePath.StartOfName(path));
        if (colon < 0 || _paths.Find(path.Substring(0, colon), followLast: false) is not (NtfsFile file, string filePath))
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
}
