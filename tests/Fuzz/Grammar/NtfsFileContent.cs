using System.Text;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>What the records of files hold beside their names: content of any form, links, attribute lists.</summary>
/// <param name="canvas">The volume.</param>
/// <param name="clusterSize">How many bytes a cluster has.</param>
/// <param name="take">Takes so many clusters that lie together, and tells the first.</param>
internal sealed class NtfsFileContent(Canvas canvas, int clusterSize, Func<int, long> take)
{
    /// <summary>The tag of content that the Windows Overlay Filter compresses.</summary>
    public const uint WofTag = 0x80000017;

    private const uint MountPoint = 0xA0000003;
    private const uint SymbolicLink = 0xA000000C;
    private const uint LinuxLink = 0xA000001D;
    private const int CompressionUnit = 4;

    // A chunk of LZNT1: a letter, and a match that repeats it 4095 times.
    private static readonly byte[] Chunk = [0x03, 0xB0, 0x02, (byte)'a', 0xFC, 0x0F];

    private readonly FuzzRandom _random = canvas.Random;

    /// <summary>The tag of one kind of link.</summary>
    public uint PickLinkTag() => _random.Pick([MountPoint, SymbolicLink, LinuxLink]);

    /// <summary>Adds content.</summary>
    /// <param name="record">The file's record.</param>
    /// <param name="kind">0 for a link, 1 for WOF, and others.</param>
    /// <param name="tag">The reparse point's tag.</param>
    public void AddTo(NtfsRecord record, int kind, uint tag)
    {
        switch (kind)
        {
            case 0:
                AddLink(record, tag);
                break;
            case 1:
                AddOverlaid(record);
                break;
            case 3:
                AddCompressed(record);
                break;
            case 4:
                AddResident(record, string.Empty);
                for (int i = _random.Below(6); i > 0; i--)
                {
                    AddResident(record, i == 1 ? "Zone.Identifier" : "s" + i);
                }

                break;
            case 5:
                // One cluster again and again.
                long one = take(1);
                int count = _random.Pick([2, 30, 150]);
                record.AddNonResident(NtfsRecord.Data, string.Empty, 0, [.. Enumerable.Repeat((one, 1L), count)], (long)count * clusterSize);
                break;
            case 6 or 7:
                AddRuns(record);
                break;
            default:
                AddResident(record, string.Empty);
                break;
        }
    }

    /// <summary>Adds an attribute list, in the record or in clusters; some of them are far longer than what they list.</summary>
    public void AddList(NtfsRecord record, List<NtfsListEntry> entries)
    {
        const int EntrySize = 32;
        const int LargestList = 256 * 1024;
        if (_random.OneIn(8))
        {
            // The list lists itself.
            entries.Add(new NtfsListEntry(NtfsRecord.AttributeList, 0, record.Number, record.NextId));
        }

        bool isLong = _random.OneIn(12);
        if (!isLong && _random.OneIn(2) && entries.Count * EntrySize < record.Room / 2)
        {
            Write(record.AddResident(NtfsRecord.AttributeList, string.Empty, entries.Count * EntrySize), entries);
            return;
        }

        int clusters = ((entries.Count * EntrySize) + clusterSize - 1) / clusterSize;
        long first = take(clusters);
        Write(first * clusterSize, entries);
        if (!isLong)
        {
            record.AddNonResident(NtfsRecord.AttributeList, string.Empty, 0, [(first, clusters)], entries.Count * EntrySize);
            return;
        }

        // A cluster full of entries, again and again.
        Write(first * clusterSize, [.. Enumerable.Range(0, clusterSize / EntrySize).Select(index => entries[index % entries.Count])]);
        int times = Math.Min(100, LargestList / clusterSize);
        record.AddNonResident(NtfsRecord.AttributeList, string.Empty, 0, [.. Enumerable.Repeat((first, 1L), times)], (long)times * clusterSize);

        void Write(long place, List<NtfsListEntry> list)
        {
            foreach (NtfsListEntry entry in list)
            {
                canvas.Little32(place, entry.Type);
                canvas.Little16(place + 4, EntrySize);
                canvas.Byte(place + 7, 26);
                canvas.Little64(place + 8, (ulong)entry.Lowest);
                canvas.Little64(place + 16, NtfsRecord.ReferenceTo(entry.Record));
                canvas.Little16(place + 24, entry.Id);
                place += EntrySize;
            }
        }
    }

    /// <summary>Adds as many streams as the record has room for.</summary>
    public void AddCrowd(NtfsRecord record)
    {
        for (int i = 0; record.Room > 32; i++)
        {
            record.AddResident(NtfsRecord.Data, ((char)('a' + (i % 26))).ToString(), 0);
        }
    }

    private void AddResident(NtfsRecord record, string name)
    {
        int length = _random.Below(60);
        canvas.Bytes(record.AddResident(NtfsRecord.Data, name, length), new byte[length]);
    }

    private void AddRuns(NtfsRecord record)
    {
        List<(long Place, long Count)> runs = [];
        int count = _random.OneIn(8) ? 40 : 1 + _random.Below(5);
        for (int i = 0; i < count; i++)
        {
            int clusters = 1 + _random.Below(4);
            runs.Add((_random.OneIn(6) ? NtfsRecord.Hole : take(clusters), _random.OneIn(40) ? 1L << _random.Below(40) : clusters));
        }

        long length = _random.OneIn(8) ? 1L << _random.Below(50) : runs.Sum(static run => run.Count) * clusterSize;
        record.AddNonResident(NtfsRecord.Data, string.Empty, 0, runs, length, flags: runs.Exists(static run => run.Place == NtfsRecord.Hole) ? 0x8000 : 0);
    }

    /// <summary>Units of which each has a cluster and is a hole from there on, some of them the same.</summary>
    private void AddCompressed(NtfsRecord record)
    {
        int units = 1 + _random.Below(12);
        List<(long Place, long Count)> runs = [];
        for (int i = 0; i < units; i++)
        {
            long place = i > 0 && _random.OneIn(3) ? runs[0].Place : take(1);
            runs.AddRange([(place, 1), (NtfsRecord.Hole, (1 << CompressionUnit) - 1)]);
            for (int chunk = 0; chunk < clusterSize / 8 && chunk < 16; chunk++)
            {
                canvas.Bytes((place * clusterSize) + (chunk * Chunk.Length), Chunk);
                canvas.Little16((place * clusterSize) + (chunk * Chunk.Length), 0xB003);
                canvas.Little16((place * clusterSize) + (chunk * Chunk.Length) + 4, 0x0FFC);
            }
        }

        record.AddNonResident(NtfsRecord.Data, string.Empty, 0, runs, (long)units * (clusterSize << CompressionUnit), flags: 1, CompressionUnit);
    }

    private void AddOverlaid(NtfsRecord record)
    {
        long point = record.AddResident(NtfsRecord.ReparsePoint, string.Empty, 24);
        int algorithm = _random.Below(4);
        int chunkSize = algorithm switch { 0 => 4096, 1 => 32768, 2 => 8192, _ => 16384 };
        canvas.Little32(point, WofTag);
        canvas.Little16(point + 4, 16);
        canvas.Little32(point + 8, 1);
        canvas.Little32(point + 12, 2);
        canvas.Little32(point + 16, 1);
        canvas.Little32(point + 20, algorithm);

        int chunks = 1 + _random.Below(8);
        long length = ((long)chunks * chunkSize) - _random.Below(chunkSize);
        record.AddNonResident(NtfsRecord.Data, string.Empty, 0, [(NtfsRecord.Hole, (length + clusterSize - 1) / clusterSize)], _random.OneIn(10) ? 1L << _random.Below(50) : length, flags: 0x8000);
        const int StoredChunk = 600;
        int stored = ((chunks - 1) * sizeof(uint)) + (chunks * StoredChunk);
        int clusters = (stored + clusterSize - 1) / clusterSize;
        long first = take(clusters);
        long place = first * clusterSize;
        for (int i = 1; i < chunks; i++)
        {
            canvas.Little32(place + ((i - 1) * sizeof(uint)), i * StoredChunk);
        }

        // Codes of nine bits for all symbols: any bits that follow can be decoded. For LZX they are as good as any other.
        byte[] content = new byte[StoredChunk];
        for (int i = 0; i < chunks; i++)
        {
            content.AsSpan(0, 256).Fill(0x99);
            for (int position = 256; position < content.Length; position += sizeof(ulong))
            {
                BitConverter.TryWriteBytes(content.AsSpan(position), _random.Next());
            }

            content[_random.Below(content.Length)] = (byte)canvas.Lie(content[0]);
            canvas.Bytes(place + ((chunks - 1) * sizeof(uint)) + (i * StoredChunk), content);
        }

        record.AddNonResident(NtfsRecord.Data, "WofCompressedData", 0, [(first, clusters)], stored);
    }

    private void AddLink(NtfsRecord record, uint tag)
    {
        string target = _random.Pick([@"\??\C:\f0\f1", @"\??\C:\", "..", @"..\f1\f2", "f1", @"\f0", ".", @"f0\..\f0\..\f0\..\f0", new string('a', 120), string.Concat(Enumerable.Repeat(@"..\", 40))]);
        byte[] bytes = tag == LinuxLink ? [2, 0, 0, 0, .. Encoding.UTF8.GetBytes(target.Replace('\\', '/'))] : Encoding.Unicode.GetBytes(target);
        int names = tag == LinuxLink ? 0 : tag == SymbolicLink ? 12 : 8;
        long place = record.AddResident(NtfsRecord.ReparsePoint, string.Empty, 8 + names + bytes.Length);
        canvas.Little32(place, tag);
        canvas.Little16(place + 4, names + bytes.Length);
        if (names > 0)
        {
            canvas.Little16(place + 10, bytes.Length);
            canvas.Little16(place + 12, 0);
            canvas.Little16(place + 14, bytes.Length);
        }

        if (tag == SymbolicLink)
        {
            canvas.Little32(place + 16, _random.OneIn(2) ? 1 : 0);
        }

        canvas.Bytes(place + 8 + names, bytes);
        AddResident(record, string.Empty);
    }
}

/// <summary>An entry of an attribute list: the attribute's type, its first cluster, the record that has it and its number there.</summary>
internal sealed record NtfsListEntry(int Type, long Lowest, int Record, int Id);
