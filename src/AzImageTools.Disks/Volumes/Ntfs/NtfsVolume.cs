namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>What all of an NTFS volume's reading stands on: its bytes, its master file table and its upper-case table.</summary>
internal sealed class NtfsVolume
{
    private const int UpCaseRecord = 10;

    // A run in memory.
    private const long RunSize = 24;

    // Of records for a listing, those that lie this near one another are read at once, up to so many bytes.
    private const int NearRecords = 16;
    private const int MostBytesAtOnce = 64 * 1024;

    // Null as long as it is not known where the table lies. The second is the same without the cache.
    private readonly FileContent? _mft;
    private readonly FileContent? _wholeMft;

    public NtfsVolume(IByteSource source)
    {
        Source = source;
        Metadata = new CachedByteSource(source);
        Boot = NtfsBootSector.Read(source);
        (_mft, _wholeMft) = OpenMasterFileTable();
        UpCase = new UpCaseTable(() => OpenFile(UpCaseRecord).OpenData(Metadata));
    }

    /// <summary>The volume itself, for files' content.</summary>
    public IByteSource Source { get; }

    /// <summary>The volume behind a cache, for metadata.</summary>
    public CachedByteSource Metadata { get; }

    public NtfsBootSector Boot { get; }

    public UpCaseTable UpCase { get; }

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
        byte[] bytes = new byte[Boot.FileRecordSize];
        _mft.Read(reference.Number * Boot.FileRecordSize, bytes);
        FileRecord record = FileRecord.Parse(bytes, reference.Number, this);
        return record.IsInUse && (reference.Sequence == 0 || reference.Sequence == record.Sequence)
            ? record
            : throw Damaged(reference.Number, $"Record {reference.Number} of the master file table is referred to, but is free or was used anew.");
    }

    /// <summary>
    /// What the records of files tell a listing, in the files' order; null for those that are damaged or no longer the file's.
    /// They are read in the order in which they lie.
    /// </summary>
    public FileSummary?[] ReadSummaries(IReadOnlyList<FileReference> files)
    {
        FileSummary?[] summaries = new FileSummary?[files.Count];
        long[] numbers = new long[files.Count];
        int[] order = new int[files.Count];
        bool isAscending = true;
        for (int i = 0; i < files.Count; i++)
        {
            (numbers[i], order[i]) = (files[i].Number, i);
            isAscending &= i == 0 || numbers[i - 1] <= numbers[i];
        }

        if (!isAscending)
        {
            Array.Sort(numbers, order);
        }

        int known = Array.FindLastIndex(numbers, number => number < _wholeMft!.Length / Boot.FileRecordSize) + 1;
        List<(int First, int Count)> groups = GroupNear(numbers.AsSpan(0, known));
        _wholeMft!.Prefetch(groups.Select(group => RecordsOf(group)));
        byte[] bytes = new byte[Math.Max(MostBytesAtOnce, Boot.FileRecordSize)];
        foreach ((int First, int Count) group in groups)
        {
            DiskExtent range = RecordsOf(group);
            Span<byte> records = bytes.AsSpan(0, (int)range.Length);
            _wholeMft.Read(range.Offset, records);
            for (int i = group.First; i < group.First + group.Count; i++)
            {
                Budget.Visit("a file record", numbers[i]);
                bool isRepeated = i > group.First && numbers[i] == numbers[i - 1];
                summaries[order[i]] = isRepeated
                    ? summaries[order[i - 1]]
                    : FileSummary.TryRead(records.Slice((int)((numbers[i] * Boot.FileRecordSize) - range.Offset), Boot.FileRecordSize), files[order[i]].Sequence);
            }
        }

        return summaries;

        DiskExtent RecordsOf((int First, int Count) group)
        {
            long first = numbers[group.First];
            return new DiskExtent(first * Boot.FileRecordSize, (numbers[group.First + group.Count - 1] - first + 1) * Boot.FileRecordSize);
        }
    }

    /// <summary>Ascending record numbers in groups of which each is read at once.</summary>
    private List<(int First, int Count)> GroupNear(ReadOnlySpan<long> numbers)
    {
        List<(int First, int Count)> groups = [];
        int first = 0;
        for (int i = 1; i <= numbers.Length; i++)
        {
            if (i == numbers.Length || numbers[i] - numbers[i - 1] > NearRecords || (numbers[i] - numbers[first] + 1) * Boot.FileRecordSize > MostBytesAtOnce)
            {
                groups.Add((first, i - first));
                first = i;
            }
        }

        return groups;
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
    private (FileContent Cached, FileContent Whole) OpenMasterFileTable()
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
