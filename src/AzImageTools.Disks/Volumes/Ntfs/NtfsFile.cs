using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>A file or folder of an NTFS volume: its attributes, from its own record and those that its attribute list names.</summary>
internal sealed class NtfsFile
{
    private readonly NtfsVolume _volume;
    private readonly FileRecord _record;
    private readonly List<AttributeListEntry>? _list;

    public NtfsFile(NtfsVolume volume, FileRecord record)
    {
        _volume = volume;
        _record = record;
        NtfsAttribute? list = record.Attributes.FirstOrDefault(static attribute => attribute.Type == AttributeType.AttributeList);
        _list = list is null ? null : ReadAttributeList(volume, record.Number, list);
        ReadOnlySpan<byte> information = GetFirst(AttributeType.StandardInformation, string.Empty) is { IsResident: true, Value.Length: >= 36 } standard
            ? standard.Value.Span
            : throw volume.Damaged(record.Number, $"Record {record.Number} of the master file table has no $STANDARD_INFORMATION.");
        CreationTime = FileTime.ToDateTime(BinaryPrimitives.ReadInt64LittleEndian(information));
        LastWriteTime = FileTime.ToDateTime(BinaryPrimitives.ReadInt64LittleEndian(information.Slice(8)));
        LastAccessTime = FileTime.ToDateTime(BinaryPrimitives.ReadInt64LittleEndian(information.Slice(24)));
        Attributes = (NtfsFileAttributes)BinaryPrimitives.ReadUInt32LittleEndian(information.Slice(32));
    }

    public long Number => _record.Number;

    public FileReference Reference => new(_record.Number, _record.Sequence);

    public bool IsDirectory => _record.IsDirectory;

    public DateTimeOffset? CreationTime { get; }

    public DateTimeOffset? LastWriteTime { get; }

    public DateTimeOffset? LastAccessTime { get; }

    public NtfsFileAttributes Attributes { get; }

    /// <summary>The length of the content, in bytes.</summary>
    public long Length => GetFirst(AttributeType.Data, string.Empty)?.Length ?? 0;

    /// <summary>The tag of the file's reparse point; null where it is none.</summary>
    public uint? ReparseTag
        => (Attributes & NtfsFileAttributes.ReparsePoint) != NtfsFileAttributes.None && GetFirst(AttributeType.ReparsePoint, string.Empty) is { Length: >= sizeof(uint) } attribute
            ? BinaryPrimitives.ReadUInt32LittleEndian(ReadWhole(attribute, sizeof(uint)))
            : null;

    /// <summary>Where the file's reparse point leads as a link; null where it leads nowhere on this volume.</summary>
    public LinkTarget? ReadLinkTarget() => ReadLink(LinkTarget.TryParse);

    /// <summary>Where a link leads, as Explorer shows it; null where it is none.</summary>
    public string? ReadLinkText() => ReadLink(LinkTarget.ReadText);

    /// <summary>The file's names, in all the folders it is in.</summary>
    public IEnumerable<FileName> Names
        => GetAll(AttributeType.FileName)
            .Select(attribute => FileName.TryParse(attribute.Value) ?? throw _volume.Damaged(Number, $"A name of record {Number} of the master file table is damaged.", "NTFS, The file name attribute"));

    /// <summary>The entries of an attribute list.</summary>
    /// <param name="volume">The volume.</param>
    /// <param name="record">The number of the record that has it.</param>
    /// <param name="list">The list.</param>
    public static List<AttributeListEntry> ReadAttributeList(NtfsVolume volume, long record, NtfsAttribute list)
    {
        if (list.Length is < 0 or > AttributeListEntry.MaximumListLength)
        {
            throw volume.Damaged(record, $"The attribute list of record {record} is said to have {list.Length} bytes.", "NTFS, The attribute list");
        }

        byte[] bytes = list.Value.ToArray();
        if (!list.IsResident)
        {
            volume.Budget.Allocate(list.Length, "the attribute list of record", record);
            bytes = new byte[list.Length];
            List<FileRun> runs = RunList.Decode(list, volume, $"the attribute list of record {record}", record);
            new FileContent(volume.Metadata, "an attribute list", runs, list.Length, list.InitializedLength) { FindDescription = () => volume.FindRecord(record) }.Read(0, bytes);
        }

        return AttributeListEntry.TryParseAll(bytes) ?? throw volume.Damaged(record, $"The attribute list of record {record} is damaged.", "NTFS, The attribute list");
    }

    /// <summary>The names of the file's streams beside its content, with their lengths in bytes.</summary>
    public IEnumerable<(string Name, long Length)> NamedStreams
        => (_list is null ? _record.Attributes.Where(static attribute => attribute.Type == AttributeType.Data) : _list.Where(static entry => entry is { Type: AttributeType.Data, LowestCluster: 0 }).Select(Resolve))
            .Where(static attribute => attribute.Name.Length > 0)
            .Select(static attribute => (attribute.Name, attribute.Length));

    /// <summary>The content of the file's unnamed stream, where it is stored as it is: that of the file system's own files.</summary>
    /// <param name="source">The volume to read from: itself, or behind the cache for metadata.</param>
    /// <exception cref="DiskFormatException">The content is compressed, encrypted or stored elsewhere.</exception>
    public FileContent OpenData(IByteSource source) => Open(source, AttributeType.Data, string.Empty)
        ?? throw _volume.Damaged(Number, $"Record {Number} of the master file table has no content.");

    /// <summary>The content of an attribute; null where the file has none such.</summary>
    public FileContent? Open(IByteSource source, AttributeType type, string name)
        => GetFirst(type, name) is { } first ? Open(source, first) : null;

    /// <summary>A resident attribute's content; null where the file has none such.</summary>
    public ReadOnlyMemory<byte>? GetResident(AttributeType type, string name)
        => GetFirst(type, name) is { IsResident: true } attribute ? attribute.Value : null;

    /// <summary>A stream of the file; null where it has none of the name.</summary>
    /// <param name="name">The stream's name as it is stored; empty for the file's content.</param>
    /// <exception cref="DiskFormatException">The stream is damaged, encrypted or stored in a way that is not known.</exception>
    public Stream? OpenStream(string name)
    {
        if (GetFirst(AttributeType.Data, name) is not { } first)
        {
            return null;
        }

        if (!first.IsCompressed || first.IsEncrypted)
        {
            return new FileContentStream(Open(_volume.Source, first));
        }

        CheckLength(first);
        return new UnitContentStream(new CompressedContent(_volume, Number, DisplayName, first, EnumerateRuns(first, DisplayName)));
    }

    /// <summary>The record that places the file's content, the attribute that does, and the content's clusters; null where the file has none.</summary>
    public (FileRecord Record, NtfsAttribute First, IEnumerable<FileRun> Runs)? LocateData()
    {
        if (Locate(AttributeType.Data, string.Empty) is not var (record, first))
        {
            return null;
        }

        CheckLength(first);
        return (record, first, first.IsResident ? [] : EnumerateRuns(first, DisplayName));
    }

    /// <summary>The record that holds an attribute, or its first fragment, and the attribute; null where the file has none such.</summary>
    public (FileRecord Record, NtfsAttribute First)? Locate(AttributeType type, string name)
    {
        if (GetFirst(type, name) is not { } first)
        {
            return null;
        }

        AttributeListEntry? entry = _list?.Find(entry => entry.Type == type && entry.LowestCluster == 0 && string.Equals(entry.Name, name, StringComparison.Ordinal));
        return (entry is null || entry.Record.Number == Number ? _record : _volume.ReadRecord(entry.Record), first);
    }

    /// <summary>Whether the file's attributes lie in several records.</summary>
    public bool HasAttributeList => _list is not null;

    /// <summary>The attributes of the file's own record.</summary>
    public IReadOnlyList<NtfsAttribute> OwnAttributes => _record.Attributes;

    /// <summary>The file's content, which the Windows Overlay Filter keeps in a stream beside it.</summary>
    /// <exception cref="DiskFormatException">It is damaged, or compressed or kept in a way that is not supported.</exception>
    public Stream OpenWofContent()
    {
        NtfsAttribute point = GetFirst(AttributeType.ReparsePoint, string.Empty)!;
        WofReparsePoint wof = WofReparsePoint.TryParse(ReadWhole(point, (int)Math.Min(point.Length, WofReparsePoint.Size)))
            ?? throw _volume.Damaged(Number, $"The reparse point of {DisplayName}, for WOF, is damaged.", WofReparsePoint.Rule);
        if (!wof.IsSupported)
        {
            throw _volume.Damaged(Number, $"{DisplayName} {wof}, which is not supported.", WofReparsePoint.Rule);
        }

        FileContent stored = Open(_volume.Source, AttributeType.Data, WofContent.StreamName)
            ?? throw _volume.Damaged(Number, $"{DisplayName} {wof}, but has no stream {WofContent.StreamName}.", WofReparsePoint.Rule);
        return new UnitContentStream(new WofContent(_volume, Number, DisplayName, stored, wof, Length));
    }

    private string DisplayName
        => Names.FirstOrDefault(static candidate => !candidate.IsDosOnly)?.Name ?? $"record {Number}";

    private FileContent Open(IByteSource source, NtfsAttribute first)
    {
        string file = DisplayName;
        if (first.IsEncrypted)
        {
            throw _volume.Damaged(Number, $"{file} is encrypted with EFS, and its content can't be read.", "NTFS, Attribute data flags");
        }

        if (first.IsCompressed)
        {
            throw _volume.Damaged(Number, $"{file} is compressed, which only the content of files can be.", "NTFS, Attribute data flags");
        }

        CheckLength(first);
        return first.IsResident
            ? new FileContent(new ResidentByteSource(first.Value, _volume.Source), file, [new FileRun(0, 0, first.Length)], first.Length, first.Length) { FindDescription = FindRecord }
            : new FileContent(source, file, EnumerateRuns(first, file), first.Length, first.InitializedLength) { FindDescription = FindRecord };
    }

    private long? FindRecord() => _volume.FindRecord(Number);

    private void CheckLength(NtfsAttribute attribute)
    {
        if (attribute.Length < 0 || attribute.InitializedLength < 0)
        {
            throw _volume.Damaged(Number, $"{DisplayName} is said to have {attribute.Length} bytes.");
        }
    }

    private IEnumerable<FileRun> EnumerateRuns(NtfsAttribute first, string file)
    {
        long end = 0;
        foreach (NtfsAttribute fragment in GetFragments(first))
        {
            if (fragment.IsResident || fragment.LowestCluster < 0 || fragment.LowestCluster != end / _volume.Boot.ClusterSize)
            {
                throw _volume.Damaged(Number, $"The list of clusters of {file} has a gap.", "NTFS, The attribute list");
            }

            foreach (FileRun run in RunList.Decode(fragment, _volume, file, Number))
            {
                end = run.FileEnd;
                yield return run;
            }
        }
    }

    private IEnumerable<NtfsAttribute> GetFragments(NtfsAttribute first)
        => _list is null
            ? [first]
            : _list
                .Where(entry => entry.Type == first.Type && string.Equals(entry.Name, first.Name, StringComparison.Ordinal))
                .OrderBy(static entry => entry.LowestCluster)
                .Select(entry => entry.LowestCluster == 0 ? first : Resolve(entry));

    private NtfsAttribute? GetFirst(AttributeType type, string name)
    {
        if (_list is null || type == AttributeType.StandardInformation)
        {
            return _record.Attributes.FirstOrDefault(attribute => attribute.Type == type && string.Equals(attribute.Name, name, StringComparison.Ordinal));
        }

        AttributeListEntry? entry = _list.Find(entry => entry.Type == type && entry.LowestCluster == 0 && string.Equals(entry.Name, name, StringComparison.Ordinal));
        return entry is null ? null : Resolve(entry);
    }

    private IEnumerable<NtfsAttribute> GetAll(AttributeType type)
        => _list is null
            ? _record.Attributes.Where(attribute => attribute.Type == type)
            : _list.Where(entry => entry.Type == type).Select(Resolve);

    private NtfsAttribute Resolve(AttributeListEntry entry)
    {
        FileRecord record = entry.Record.Number == Number ? _record : _volume.ReadRecord(entry.Record);
        bool belongs = record == _record || record.Base.Number == Number;
        return (belongs ? record.Attributes.FirstOrDefault(attribute => attribute.Type == entry.Type && attribute.Id == entry.Id) : null)
            ?? throw _volume.Damaged(entry.Record.Number, $"Record {entry.Record.Number} does not hold the attribute that record {Number}'s attribute list places there.", "NTFS, The attribute list");
    }

    private byte[] ReadWhole(NtfsAttribute attribute, int count)
    {
        byte[] bytes = new byte[count];
        Open(_volume.Metadata, attribute).Read(0, bytes);
        return bytes;
    }

    private T? ReadLink<T>(LinkParser<T> parse)
        where T : class
        => ReparseTags.IsLink(ReparseTag) && GetFirst(AttributeType.ReparsePoint, string.Empty) is { Length: <= LinkTarget.MaximumSize } attribute
            ? parse(ReadWhole(attribute, (int)attribute.Length))
            : null;

    private delegate T? LinkParser<T>(ReadOnlySpan<byte> point)
        where T : class;
}

/// <summary>The attributes of a file that are told apart here (libfsntfs documentation, "File attribute flags").</summary>
[Flags]
internal enum NtfsFileAttributes : uint
{
    None = 0,
    ReparsePoint = 0x400,
    Encrypted = 0x4000,

    /// <summary>In a $FILE_NAME only: the file is a folder.</summary>
    Directory = 0x1000_0000,
}
