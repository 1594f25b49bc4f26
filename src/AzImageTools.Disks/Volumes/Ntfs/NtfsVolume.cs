namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>What all of an NTFS volume's reading stands on: its bytes, its master file table and its upper-case table.</summary>
internal sealed class NtfsVolume
{
    private const int UpCaseRecord = 10;
    private const int MirrorRecord = 1;

    // A run in memory.
    private const long RunSize = 24;

    // Null as long as it is not known where the table lies.
    private readonly FileContent? _mft;

    public NtfsVolume(IByteSource source)
    {
        Source = source;
        Metadata = new CachedByteSource(source);
        Boot = NtfsBootSector.Read(source);
        (_mft, FileContent uncached) = OpenMasterFileTable();
        Summaries = new FileSummaries(uncached, Boot.FileRecordSize);
        Table = uncached;
        UpCase = new UpCaseTable(() => OpenFile(UpCaseRecord).OpenData(Metadata));
    }

    /// <summary>The volume itself, for files' content.</summary>
    public IByteSource Source { get; }

    /// <summary>The volume behind a cache, for metadata.</summary>
    public CachedByteSource Metadata { get; }

    public NtfsBootSector Boot { get; }

    public UpCaseTable UpCase { get; }

    /// <summary>What the records of files tell listings.</summary>
    public FileSummaries Summaries { get; }

    /// <summary>The master file table, for who goes through all of it.</summary>
    public FileContent Table { get; }

    public string Name => Source.Name;

    public ReadBudget Budget => Metadata.Budget;

    /// <summary>The file of a reserved number.</summary>
    public NtfsFile OpenFile(int number) => OpenFile(new FileReference(number, 0));

    public NtfsFile OpenFile(FileReference reference)
    {
        FileRecord record = ReadRecord(reference);
        return record.Base.Number == 0
            ? new NtfsFile(this, record)
            : throw Damaged(reference.Number, $"Record {reference.Number} of the master file table is no file's own record.");
    }

    /// <summary>A record in use; its sequence number must be the reference's, unless that has none.</summary>
    public FileRecord ReadRecord(FileReference reference)
    {
        if (reference.Number >= _mft!.Length / Boot.FileRecordSize)
        {
            throw Damaged(reference.Number, $"Record {reference.Number} of the master file table is referred to, and it has {_mft.Length / Boot.FileRecordSize}.");
        }

        Budget.Visit("a file record", reference.Number);
        Budget.Allocate(Boot.FileRecordSize, "a file record", reference.Number);
        FileRecord record = Summaries?.TakeFolder(reference.Number) is { } folder ? FileRecord.ParseUsed(folder, reference.Number, this) : ReadRecord(reference.Number);
        return record.IsInUse && (reference.Sequence == 0 || reference.Sequence == record.Sequence)
            ? record
            : throw Damaged(reference.Number, $"Record {reference.Number} of the master file table is referred to, but is free or was used anew.");
    }

    /// <summary>Changes a file's record on a volume that can be written. What was read of it before stays as it was.</summary>
    /// <param name="number">Its number.</param>
    /// <param name="edit">Changes its bytes, which keep their places.</param>
    public void RewriteRecord(long number, Action<byte[]> edit)
    {
        byte[] record = new byte[Boot.FileRecordSize];
        List<DiskExtent> pieces = _mft!.Locate(new DiskExtent(number * Boot.FileRecordSize, record.Length));
        if (pieces.Sum(static piece => piece.Length) != record.Length)
        {
            throw Damaged(number, $"Record {number} of the master file table has no place on the volume.");
        }

        ForEach(static (source, offset, bytes) => source.Read(offset, bytes));
        if (!record.AsSpan().StartsWith("FILE"u8) || !UpdateSequence.TryApply(record))
        {
            throw Damaged(number, $"Record {number} of the master file table is damaged: it has no signature 'FILE', or was written only in part.");
        }

        edit(record);
        UpdateSequence.Seal(record);
        ForEach(static (source, offset, bytes) => ((IWritableBytes)source).Write(offset, bytes));
        Mirror(number, record);

        void ForEach(PieceAction action)
        {
            int start = 0;
            foreach (DiskExtent piece in pieces)
            {
                action(Source, piece.Offset, record.AsSpan(start, (int)piece.Length));
                start += (int)piece.Length;
            }
        }
    }

    /// <summary>Writes a record to the copy of the table's first ones ($MFTMirr) too, where it is one of them.</summary>
    private void Mirror(long number, byte[] record)
    {
        // As many as a cluster holds, and four at least.
        if (number >= Math.Max(4, Boot.ClusterSize / Boot.FileRecordSize))
        {
            return;
        }

        FileContent mirror = OpenFile(MirrorRecord).OpenData(Source);
        int start = 0;
        foreach (DiskExtent piece in mirror.Locate(new DiskExtent(number * record.Length, record.Length)))
        {
            ((IWritableBytes)Source).Write(piece.Offset, record.AsSpan(start, (int)piece.Length));
            start += (int)piece.Length;
        }
    }

    private delegate void PieceAction(IByteSource source, long offset, Span<byte> bytes);

    private FileRecord ReadRecord(long number)
    {
        byte[] bytes = new byte[Boot.FileRecordSize];
        _mft!.Read(number * Boot.FileRecordSize, bytes);
        return FileRecord.Parse(bytes, number, this);
    }

    /// <summary>The error of a file that is damaged, at the byte of the volume where its record lies.</summary>
    /// <param name="record">The record's number.</param>
    /// <param name="problem">What is wrong, as a sentence that names the file or the record.</param>
    /// <param name="rule">The rule broken.</param>
    /// <param name="within">Where in the record, in bytes.</param>
    public DiskFormatException Damaged(long record, string problem, string rule = "NTFS, MFT entry", long within = 0)
        => DamagedAt(FindRecord(record) + within, problem, rule);

    /// <summary>Where on the volume a record of the master file table is; null where that can't be told.</summary>
    public long? FindRecord(long record) => record == 0 ? Boot.MftOffset : _mft?.Locate(record * Boot.FileRecordSize);

    /// <summary>The error of something that is damaged elsewhere than in a file's record.</summary>
    /// <param name="offset">Where on the volume, in bytes; null where it lies nowhere.</param>
    /// <param name="problem">What is wrong, as a sentence that names the file or the record.</param>
    /// <param name="rule">The rule broken.</param>
    public DiskFormatException DamagedAt(long? offset, string problem, string rule) => new(Name, offset, problem, rule);

    /// <summary>
    /// The table is a file of its own, described by its record 0. Where that has an attribute list, each further record
    /// lies in the part of the table that those before it place.
    /// </summary>
    private (FileContent Cached, FileContent Uncached) OpenMasterFileTable()
    {
        byte[] bytes = new byte[Boot.FileRecordSize];
        Metadata.Read(Boot.MftOffset, bytes);
        FileRecord record = FileRecord.Parse(bytes, 0, this);
        NtfsAttribute first = record.Attributes.FirstOrDefault(static attribute => attribute is { Type: AttributeType.Data, Name: "", IsResident: false, LowestCluster: 0 })
            ?? throw Damaged(0, "The master file table's own record does not tell where it is.");
        List<FileRun> runs = RunList.Decode(first, this, "$MFT", 0);
        FileContent known = Known(first, runs);
        NtfsAttribute? list = record.Attributes.FirstOrDefault(static attribute => attribute.Type == AttributeType.AttributeList);
        if (list is null)
        {
            return (known, Known(first, runs, Source));
        }

        foreach (AttributeListEntry entry in NtfsFile.ReadAttributeList(this, 0, list))
        {
            if (entry is not { Type: AttributeType.Data, Name: "", LowestCluster: > 0 })
            {
                continue;
            }

            known.Read(entry.Record.Number * Boot.FileRecordSize, bytes = new byte[Boot.FileRecordSize]);
            FileRecord next = FileRecord.Parse(bytes, entry.Record.Number, this);
            NtfsAttribute fragment = next.Attributes.FirstOrDefault(attribute => attribute is { Type: AttributeType.Data, Name: "", IsResident: false } && attribute.LowestCluster == entry.LowestCluster)
                ?? throw DamagedAt(known.Locate(next.Number * Boot.FileRecordSize), $"Record {next.Number} does not hold the part of the master file table's list of clusters that it should.", "NTFS, The attribute list");
            if (fragment.LowestCluster * Boot.ClusterSize != runs[runs.Count - 1].FileEnd)
            {
                throw DamagedAt(known.Locate(next.Number * Boot.FileRecordSize), "The master file table's list of clusters has a gap.", "NTFS, The attribute list");
            }

            runs.AddRange(RunList.Decode(fragment, this, "$MFT", 0));
            Budget.Visit("a part of the master file table's list of clusters, in record", next.Number);
            Budget.Allocate(runs.Count * RunSize, "the master file table's list of clusters");
            known = Known(first, runs);
        }

        return (known, Known(first, runs, Source));
    }

    private FileContent Known(NtfsAttribute first, List<FileRun> runs, IByteSource? source = null)
        => runs.Count == 0 || first.Length < 0
            ? throw Damaged(0, "The master file table is empty.")
            : new FileContent(source ?? Metadata, "the master file table", runs.ToArray(), first.Length, first.InitializedLength);
}
