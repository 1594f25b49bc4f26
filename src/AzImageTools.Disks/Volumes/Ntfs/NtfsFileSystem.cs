using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// An NTFS volume, read-only (Joachim Metz, "New Technologies File System (NTFS)", the documentation of libfsntfs).
/// A listing tells of files what the folder's index tells; an entry asked for by its path tells what the file itself does.
/// Thread-safe; the streams it opens are not.
/// </summary>
internal sealed class NtfsFileSystem : IFileSystem
{
    private const int VolumeRecord = 3;
    private const int RootRecord = 5;
    private const int BitmapRecord = 6;
    private const int ReservedRecords = 16;
    private const int DirtyFlag = 1;

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
        (NtfsFile File, string Path)? found = Find(path);
        return found is null ? null : Describe(found.Value.File, found.Value.Path);
    }

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
        if (Find(path) is not (NtfsFile { IsDirectory: false } file, string filePath))
        {
            throw new FileNotFoundException($"There is no file '{path}' on {_volume.Name}.", path);
        }

        return file.ReparseTag is uint tag
            ? throw _volume.Damaged($"{filePath} {ReparseTags.Describe(tag)}.", "MS-FSCC 2.1.2.1")
            : new FileContentStream(file.OpenData(_volume.Source));
    }

    public IEnumerable<DiskExtent> GetFreeExtents() => ClusterBitmap.EnumerateFree(_volume.OpenFile(BitmapRecord).OpenData(_volume.Source), _volume.Boot);

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
