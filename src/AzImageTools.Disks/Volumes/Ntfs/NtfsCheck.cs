namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// Checks an NTFS volume's structures against one another, as chkdsk does without repairing: each record of the master file table, its
/// clusters and names; the folders' indexes; the bitmaps of records, of clusters and of the folders' nodes; the copy of the first records.
/// </summary>
internal sealed class NtfsCheck
{
    private const string Records = "Master file table";
    private const string Clusters = "$Bitmap";
    private const string Indexes = "Folder index";
    private const int MirrorRecord = 1;
    private const int BitmapRecord = 6;
    private const int MirroredRecords = 4;
    private const int Piece = 256;
    private const int InUseFlag = 1;
    private const int FlagsOffset = 22;

    private readonly NtfsVolume _volume;
    private readonly NtfsBootSector _boot;
    private readonly byte[] _used;
    private readonly FileName?[] _firstNames;
    private readonly ulong[] _names;
    private readonly int[] _sequences;
    private readonly List<long> _folders = [];

    public NtfsCheck(NtfsVolume volume)
    {
        _volume = volume;
        _boot = volume.Boot;
        long count = volume.Table.Length / _boot.FileRecordSize;
        volume.Budget.Allocate(((_boot.ClusterCount + 7) / 8) + (count * 24), "the check of a volume");
        _used = new byte[(_boot.ClusterCount + 7) / 8];
        _names = new ulong[count];
        _sequences = new int[count];
        _firstNames = new FileName?[count];
    }

    /// <summary>Checks the volume; lazily.</summary>
    public IEnumerable<VolumeInconsistency> Run()
        => CheckRecords().Concat(CheckIndexes()).Concat(CheckNames()).Concat(CheckClusters()).Concat(CheckMirror());

    private IEnumerable<VolumeInconsistency> CheckRecords()
    {
        int size = _boot.FileRecordSize;
        byte[] piece = new byte[Piece * size];
        byte[] bits = new byte[Piece / 8];
        FileContent bitmap = _volume.OpenFile(0).Open(_volume.Source, AttributeType.Bitmap, string.Empty) ?? throw _volume.Damaged(0, "The master file table has no bitmap.");
        for (long first = 0; first < _names.Length; first += Piece)
        {
            int count = (int)Math.Min(Piece, _names.Length - first);
            _volume.Table.Read(first * size, piece.AsSpan(0, count * size));
            bits.AsSpan().Clear();
            bitmap.Read(first / 8, bits.AsSpan(0, (int)Math.Min((count + 7) / 8, Math.Max(0, bitmap.Length - (first / 8)))));
            _volume.Budget.Visit("a file record", first, count);
            for (int i = 0; i < count; i++)
            {
                byte[] record = piece.AsSpan(i * size, size).ToArray();
                bool isMarked = (bits[i / 8] & (1 << (i % 8))) != 0;
                bool isUsed = record.AsSpan().StartsWith("FILE"u8) && (record[FlagsOffset] & InUseFlag) != 0;
                if (isMarked != isUsed)
                {
                    yield return Of(Records, first + i, $"Record {first + i} is {(isUsed ? "in use" : "free")}, and {(isMarked ? "in use" : "free")} in the table's bitmap.");
                }

                foreach (VolumeInconsistency problem in isUsed ? CheckRecord(record, first + i) : [])
                {
                    yield return problem;
                }
            }
        }
    }

    private List<VolumeInconsistency> CheckRecord(byte[] bytes, long number)
    {
        List<VolumeInconsistency> found = [];
        try
        {
            FileRecord record = FileRecord.Parse(bytes, number, _volume);
            long own = record.Base.Number == 0 ? number : record.Base.Number;
            _sequences[number] = record.Sequence;
            if (record.IsDirectory && record.Base.Number == 0)
            {
                _folders.Add(number);
            }

            foreach (NtfsAttribute attribute in record.Attributes)
            {
                if (attribute is { Type: AttributeType.FileName, IsResident: true })
                {
                    FileName name = FileName.TryParse(attribute.Value) ?? throw _volume.Damaged(number, $"A name of record {number} of the master file table is damaged.", "NTFS, The file name attribute");
                    if (own < _names.Length)
                    {
                        _names[own] = unchecked(_names[own] + HashOf(name, name.Folder));
                        _firstNames[own] ??= name;
                    }
                }
                else if (!attribute.IsResident)
                {
                    Mark(attribute, number, found);
                }
            }
        }
        catch (DiskFormatException damage)
        {
            found.Add(new VolumeInconsistency(Records, damage.Offset, damage.Problem ?? damage.Message) { Rule = damage.Rule });
        }

        return found;
    }

    /// <summary>Notes an attribute's clusters as used; each may be only once.</summary>
    private void Mark(NtfsAttribute attribute, long record, List<VolumeInconsistency> found)
    {
        List<FileRun> runs = RunList.Decode(attribute, _volume, $"record {record}", record);
        long allocated = runs.Count == 0 ? 0 : runs[runs.Count - 1].FileEnd;
        if (attribute is { LowestCluster: 0, IsSparse: false, CompressionMethod: 0 } && (attribute.InitializedLength > attribute.Length || (attribute.HighestCluster >= 0 && runs[0].FileOffset != 0)))
        {
            found.Add(Of(Records, record, $"Record {record} is said to have {attribute.Length} bytes, of which {attribute.InitializedLength} were ever written, in clusters for {allocated}."));
        }

        foreach (FileRun run in runs.Where(static run => run.VolumeOffset != FileRun.Hole))
        {
            long end = (run.VolumeOffset + run.Length) / _boot.ClusterSize;
            _volume.Budget.Work(1 + (run.Length / _boot.ClusterSize / 8), "clusters of a file");
            for (long cluster = run.VolumeOffset / _boot.ClusterSize; cluster < end; cluster++)
            {
                int mask = 1 << (int)(cluster % 8);
                if ((_used[cluster / 8] & mask) != 0)
                {
                    found.Add(new VolumeInconsistency(Clusters, cluster * _boot.ClusterSize, $"Cluster {cluster} is used by record {record} of the master file table, and by another or twice."));
                    return;
                }

                _used[cluster / 8] |= (byte)mask;
            }
        }
    }

    private IEnumerable<VolumeInconsistency> CheckIndexes()
    {
        foreach (long number in _folders)
        {
            foreach (VolumeInconsistency problem in CheckIndex(number))
            {
                yield return problem;
            }
        }
    }

    private List<VolumeInconsistency> CheckIndex(long number)
    {
        List<VolumeInconsistency> found = [];
        try
        {
            NtfsFile folder = _volume.OpenFile(new FileReference(number, 0));
            if (folder.GetResident(AttributeType.IndexRoot, "$I30") is null)
            {
                return found;
            }

            HashSet<long> nodes = [];
            FolderIndex index = new(_volume, folder);
            FileName? before = null;
            foreach (IndexEntry entry in index.Enumerate(nodes))
            {
                FileName name = entry.Name!;
                if (before is not null && Compare(before, name) >= 0)
                {
                    found.Add(Of(Indexes, number, $"In the index of folder {number}, '{name.Name}' comes after '{before.Name}'."));
                }

                before = name;
                if (entry.File.Number >= _names.Length || _sequences[entry.File.Number] == 0 || _sequences[entry.File.Number] != entry.File.Sequence)
                {
                    found.Add(Of(Indexes, number, $"The index of folder {number} has '{name.Name}' for record {entry.File.Number}, which is free or was used anew."));
                }
                else
                {
                    _names[entry.File.Number] = unchecked(_names[entry.File.Number] - HashOf(name, folder.Reference));
                }
            }

            CheckNodes(folder, index, nodes, found);
        }
        catch (DiskFormatException damage) when (damage is not ReadLimitException)
        {
            found.Add(new VolumeInconsistency(Indexes, damage.Offset, damage.Problem ?? damage.Message) { Rule = damage.Rule });
        }

        return found;
    }

    /// <summary>The nodes that are reached are those that the folder's bitmap has.</summary>
    private void CheckNodes(NtfsFile folder, FolderIndex index, HashSet<long> nodes, List<VolumeInconsistency> found)
    {
        FileContent? bitmap = folder.Open(_volume.Source, AttributeType.Bitmap, "$I30");
        byte[] bits = new byte[bitmap?.Length ?? 0];
        _volume.Budget.Allocate(bits.Length, "the bitmap of a folder's nodes");
        bitmap?.Read(0, bits);
        HashSet<long> reached = [.. nodes.Select(node => node * index.Unit / index.RecordSize)];
        long marked = 0;
        for (long node = 0; node < bits.Length * 8L; node++)
        {
            marked += (bits[node / 8] >> (int)(node % 8)) & 1;
        }

        foreach (long node in reached)
        {
            if (node / 8 >= bits.Length || (bits[node / 8] & (1 << (int)(node % 8))) == 0)
            {
                found.Add(Of(Indexes, folder.Number, $"Node {node} of the index of folder {folder.Number} is used, and free in its bitmap."));
                return;
            }
        }

        if (marked > reached.Count)
        {
            found.Add(Of(Indexes, folder.Number, $"{marked - reached.Count} nodes of the index of folder {folder.Number} lead nowhere and are marked as used.") with { IsLeak = true });
        }
    }

    /// <summary>What is left of a record's names, when those of the folders are taken away, is nothing.</summary>
    private IEnumerable<VolumeInconsistency> CheckNames()
    {
        for (long number = 0; number < _names.Length; number++)
        {
            if (_names[number] != 0)
            {
                yield return Of(Indexes, number, $"The names of record {number}{(_firstNames[number] is { } name ? $" ('{name.Name}')" : string.Empty)} and what the folders have of it differ.");
            }
        }
    }

    private IEnumerable<VolumeInconsistency> CheckClusters()
    {
        FileContent bitmap = _volume.OpenFile(BitmapRecord).OpenData(_volume.Source);
        byte[] chunk = new byte[64 * 1024];
        long leaked = 0;
        long firstLeaked = -1;
        for (long position = 0; position < _used.Length; position += chunk.Length)
        {
            int count = (int)Math.Min(chunk.Length, _used.Length - position);
            bitmap.Read(position, chunk.AsSpan(0, count));
            _volume.Budget.Work(count, "the bitmap of clusters");
            for (int i = 0; i < count; i++)
            {
                int differs = chunk[i] ^ _used[position + i];
                for (int bit = 0; differs != 0 && bit < 8; bit++)
                {
                    long cluster = ((position + i) * 8) + bit;
                    if ((differs & (1 << bit)) == 0 || cluster >= _boot.ClusterCount)
                    {
                        continue;
                    }

                    if ((_used[position + i] & (1 << bit)) != 0)
                    {
                        yield return new VolumeInconsistency(Clusters, cluster * _boot.ClusterSize, $"Cluster {cluster} is used by a file, and free in $Bitmap.");
                    }
                    else
                    {
                        firstLeaked = leaked++ == 0 ? cluster : firstLeaked;
                    }
                }
            }
        }

        if (leaked > 0)
        {
            yield return new VolumeInconsistency(Clusters, firstLeaked * _boot.ClusterSize, $"{leaked} clusters, the first of them {firstLeaked}, are used by no file, and used in $Bitmap.", IsLeak: true);
        }
    }

    private IEnumerable<VolumeInconsistency> CheckMirror()
    {
        FileContent mirror = _volume.OpenFile(MirrorRecord).OpenData(_volume.Source);
        int length = (int)Math.Min(Math.Min(mirror.Length, _volume.Table.Length), Math.Max(MirroredRecords * _boot.FileRecordSize, _boot.ClusterSize));
        byte[] one = new byte[length];
        byte[] other = new byte[length];
        _volume.Table.Read(0, one);
        mirror.Read(0, other);
        for (int record = 0; (record + 1) * _boot.FileRecordSize <= length; record++)
        {
            int start = record * _boot.FileRecordSize;
            if (!one.AsSpan(start, _boot.FileRecordSize).SequenceEqual(other.AsSpan(start, _boot.FileRecordSize)))
            {
                yield return Of(Records, record, $"Record {record} of the master file table and its copy in $MFTMirr differ.");
            }
        }
    }

    private VolumeInconsistency Of(string structure, long record, string problem) => new(structure, _volume.FindRecord(record), problem);

    private int Compare(FileName one, FileName other)
        => _volume.UpCase.Compare(one.Characters, other.Characters) is var order && order != 0 ? order : one.Characters.SequenceCompareTo(other.Characters);

    /// <summary>A sum of a name and its folder (FNV-1a).</summary>
    private static ulong HashOf(FileName name, FileReference folder)
    {
        const ulong prime = 0x0000_0100_0000_01B3;
        ulong hash = unchecked(0xCBF2_9CE4_8422_2325 ^ folder.Value) * prime;
        foreach (char character in name.Characters)
        {
            hash = unchecked((hash ^ character) * prime);
        }

        return hash;
    }
}
