using System.Text;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// NTFS volumes: folders whose index is a tree, or a circle, files by runs that overlap or name one cluster again and again, attribute lists
/// (also of the master file table) that list themselves or others' records, links, named and compressed streams.
/// </summary>
internal sealed class NtfsGrammar
{
    private const int VolumeSize = 2 << 20;
    private const int Sector = 512;
    private const int TablePlace = 16 << 10;
    private const int RecordCount = 128;
    private const int VolumeRecord = 3;
    private const int LogRecord = 2;
    private const int RootRecord = 5;
    private const int BitmapRecord = 6;
    private const int UpperCaseRecord = 10;
    private const int TableFragment = 15;
    private const int FirstFileRecord = 16;
    private const int MostDepth = 6;
    private const uint FolderAttribute = 0x10000000;
    private const uint ReparseAttribute = 0x400;

    private static readonly string[][] Wanted = [["Windows", "Windows", "hiberfil.sys", "etc"], ["System32"], ["config"], ["SOFTWARE", "SYSTEM", "SYSTEM.LOG1"]];
    private static readonly byte[] UpperCase = MakeUpperCase();

    private readonly Canvas _canvas;
    private readonly FuzzRandom _random;
    private readonly NtfsFileContent _content;
    private readonly int _clusterSize;
    private readonly int _recordSize;
    private long _nextCluster;
    private int _nextRecord = FirstFileRecord;

    private NtfsGrammar(FuzzRandom random)
    {
        _canvas = new Canvas(VolumeSize, random);
        _random = random;
        _clusterSize = random.Pick([512, 1024, 4096]);
        _recordSize = random.Pick([1024, 1024, 4096]);
        _nextCluster = (TablePlace + (RecordCount * _recordSize)) / _clusterSize;
        _content = new NtfsFileContent(_canvas, _clusterSize, Take);
    }

    private long ClusterCount => VolumeSize / _clusterSize;

    public static MutableImage Make(FuzzRandom random)
    {
        NtfsGrammar grammar = new(random);
        grammar.WriteBootSector();
        grammar.WriteTable();
        grammar.AddFolder(RootRecord, RootRecord, 0);
        grammar.WriteVolume();
        grammar.WriteLog();
        grammar.WriteUpperCase();
        grammar.WriteShadowCopies();
        grammar.WriteBitmap();
        return grammar._canvas.Image;
    }

    private static byte[] MakeUpperCase()
        => [.. Enumerable.Range(0, 4096).SelectMany(static letter => BitConverter.GetBytes(letter is >= 'a' and <= 'z' ? (ushort)(letter - 32) : (ushort)letter))];

    /// <summary>Takes clusters; near the volume's end always the same.</summary>
    private long Take(int count)
    {
        long first = Math.Min(_nextCluster, ClusterCount - count);
        _nextCluster = Math.Min(_nextCluster + count, ClusterCount - 1);
        return first;
    }

    private NtfsRecord Begin(int number, bool isFolder = false, int owner = 0)
        => new(_canvas, TablePlace + ((long)number * _recordSize), _recordSize, number, isFolder, owner);

    private void WriteBootSector()
    {
        _canvas.Bytes(0, [0xEB, 0x52, 0x90]);
        _canvas.Bytes(3, "NTFS    "u8);
        _canvas.Little16(11, Sector);
        _canvas.Byte(13, _clusterSize / Sector);
        _canvas.Little64(40, VolumeSize / Sector);
        _canvas.Little64(48, (ulong)(TablePlace / _clusterSize));
        _canvas.Little64(56, 2);
        _canvas.Byte(64, _recordSize == 1024 ? 0xF6 : 0xF4);
        _canvas.Byte(68, _clusterSize > 4096 ? 1 : 0xF4);
        _canvas.Bytes(510, [0x55, 0xAA]);
    }

    /// <summary>The table's own record, sometimes with a list that places the second half of the table's clusters in another.</summary>
    private void WriteTable()
    {
        long first = TablePlace / _clusterSize;
        long clusters = (long)RecordCount * _recordSize / _clusterSize;
        NtfsRecord table = Begin(0);
        table.AddStandardInformation(6);
        if (_random.OneIn(8))
        {
            long half = clusters / 2;
            List<NtfsListEntry> list = [new(NtfsRecord.StandardInformation, 0, 0, 0), new(NtfsRecord.Data, 0, 0, 2), new(NtfsRecord.Data, half, TableFragment, 0)];
            _content.AddList(table, list);
            table.AddNonResident(NtfsRecord.Data, string.Empty, 0, [(first, half)], RecordCount * _recordSize);
            NtfsRecord fragment = Begin(TableFragment);
            fragment.AddNonResident(NtfsRecord.Data, string.Empty, half, [(first + half, clusters - half)], 0);
            fragment.End();
        }
        else
        {
            table.AddNonResident(NtfsRecord.Data, string.Empty, 0, [(first, clusters)], RecordCount * _recordSize);
        }

        table.End();
    }

    private void WriteVolume()
    {
        NtfsRecord record = Begin(VolumeRecord);
        record.AddStandardInformation(6);
        byte[] label = Encoding.Unicode.GetBytes("made");
        _canvas.Bytes(record.AddResident(NtfsRecord.VolumeName, string.Empty, label.Length), label);
        long information = record.AddResident(NtfsRecord.VolumeInformation, string.Empty, 12);
        _canvas.Bytes(information + 8, [3, 1]);
        _canvas.Little16(information + 10, _random.OneIn(4) ? 1 : 0);
        record.AddResident(NtfsRecord.Data, string.Empty, 0);
        record.End();
    }

    /// <summary>Two restart pages.</summary>
    private void WriteLog()
    {
        const int Page = 4096;
        NtfsRecord record = Begin(LogRecord);
        record.AddStandardInformation(6);
        int clusters = 2 * Page / _clusterSize;
        long first = Take(clusters);
        record.AddNonResident(NtfsRecord.Data, string.Empty, 0, [(first, clusters)], _random.OneIn(8) ? 1L << _random.Below(40) : 2 * Page);
        record.End();
        for (int i = 0; i < 2 && !_random.OneIn(4); i++)
        {
            long place = (first * _clusterSize) + (i * Page);
            _canvas.Bytes(place, "RSTR"u8);
            _canvas.Little16(place + 4, 30);
            _canvas.Little16(place + 6, (Page / Sector) + 1);
            _canvas.Little32(place + 16, Page);
            _canvas.Little32(place + 20, Page);
            _canvas.Little16(place + 24, 48);
            _canvas.Little16(place + 26, 1);
            _canvas.Little16(place + 28, 1);
            _canvas.Little64(place + 48, (ulong)(10 + i));
            _canvas.Little16(place + 60, _random.OneIn(2) ? 0xFFFF : 0);
            _canvas.Little16(place + 62, 2);
            NtfsRecord.Seal(_canvas, place, Page, 30);
        }
    }

    private void WriteUpperCase()
    {
        NtfsRecord record = Begin(UpperCaseRecord);
        record.AddStandardInformation(6);
        int stored = UpperCase.Length / _clusterSize;
        long first = Take(stored);
        int clusters = 128 * 1024 / _clusterSize;
        record.AddNonResident(NtfsRecord.Data, string.Empty, 0, [(first, stored), (NtfsRecord.Hole, clusters - stored)], 128 * 1024);
        record.End();
        if (!_random.OneIn(40))
        {
            _canvas.Bytes(first * _clusterSize, UpperCase);
        }
    }

    /// <summary>A header of shadow copies whose catalog may lead to itself.</summary>
    private void WriteShadowCopies()
    {
        if (!_random.OneIn(20))
        {
            return;
        }

        const int Header = 0x1E00;
        byte[] identifier = new Guid("3808876B-C176-4E48-B7AE-04046E6CC752").ToByteArray();
        long catalog = 1 << 20;
        _canvas.Bytes(Header, identifier);
        _canvas.Little32(Header + 16, 1);
        _canvas.Little32(Header + 20, 1);
        _canvas.Little64(Header + 48, (ulong)catalog);
        _canvas.Bytes(catalog, identifier);
        _canvas.Little32(catalog + 20, 2);
        _canvas.Little64(catalog + 40, _random.OneIn(2) ? (ulong)catalog : 0);
        _canvas.Little64(catalog + 128, (ulong)_random.Below(3));
    }

    private void WriteBitmap()
    {
        byte[] bits = new byte[ClusterCount / 8];
        for (int cluster = 0; cluster < _nextCluster; cluster++)
        {
            bits[cluster / 8] |= (byte)(1 << (cluster % 8));
        }

        NtfsRecord record = Begin(BitmapRecord);
        record.AddStandardInformation(6);
        if (_random.OneIn(2))
        {
            _canvas.Bytes(record.AddResident(NtfsRecord.Data, string.Empty, bits.Length), bits);
        }
        else
        {
            int clusters = Math.Max(1, bits.Length / _clusterSize);
            long first = Take(clusters);
            record.AddNonResident(NtfsRecord.Data, string.Empty, 0, [(first, clusters)], bits.Length);
            _canvas.Bytes(first * _clusterSize, bits);
        }

        record.End();
    }

    private void AddFolder(int number, int parent, int depth)
    {
        List<NtfsName> names = [];
        int count = _random.OneIn(16) ? 60 : _random.Below(12);
        for (int i = 0; i < count && _nextRecord < RecordCount; i++)
        {
            string text = Name(i, depth);
            if (_random.OneIn(20))
            {
                // One file under many names, or a folder that is met again.
                int again = _random.OneIn(3) ? number : _random.OneIn(2) ? parent : FirstFileRecord + _random.Below(_nextRecord - FirstFileRecord + 1);
                names.AddRange(Enumerable.Range(0, _random.Pick([1, 3, 60])).Select(copy => new NtfsName($"{text}.{copy}", again, number, _random.OneIn(2) ? FolderAttribute : 0, 0, 9)));
                continue;
            }

            int child = _nextRecord++;
            if (depth < MostDepth && _random.OneIn(3))
            {
                names.Add(new NtfsName(text, child, number, FolderAttribute, 0, 0));
                AddFolder(child, number, depth + 1);
            }
            else
            {
                names.Add(AddFile(child, number, text));
            }
        }

        NtfsRecord record = Begin(number, isFolder: true);
        record.AddStandardInformation(0);
        AddName(record, new NtfsName(depth == 0 ? "." : Name(0, depth), number, parent, FolderAttribute, 0, 0));
        new NtfsIndex(_canvas, _clusterSize, Take).AddTo(record, names);
        record.End();
    }

    /// <summary>A name; often one that leads to where Windows has its hives.</summary>
    private string Name(int number, int depth)
        => _random.Below(16) switch
        {
            0 or 1 or 2 when depth < Wanted.Length => _random.Pick(Wanted[depth]),
            3 => "a\nb\u202e",
            4 => new string('n', _random.Pick([1, 60, 200])) + number,
            5 => "Links",
            _ => (_random.OneIn(2) ? "f" : "F") + number,
        };

    private void AddName(NtfsRecord record, NtfsName name) => name.Write(_canvas, record.AddResident(NtfsRecord.FileName, string.Empty, name.Size));

    private NtfsName AddFile(int number, int folder, string text)
    {
        NtfsRecord record = Begin(number);
        int kind = _random.Below(10);
        uint tag = kind switch { 0 => _content.PickLinkTag(), 1 => NtfsFileContent.WofTag, _ => 0 };
        NtfsName name = new(text, number, folder, tag == 0 ? 0 : ReparseAttribute, tag, _random.Below(5000));
        record.AddStandardInformation(name.Attributes);
        if (kind == 2)
        {
            AddScattered(record, name);
        }
        else
        {
            AddName(record, name);
            _content.AddTo(record, kind, tag);
            if (_random.OneIn(20))
            {
                _content.AddCrowd(record);
            }
        }

        record.End();
        return name;
    }

    /// <summary>A file of several records, found by its attribute list.</summary>
    private void AddScattered(NtfsRecord record, NtfsName name)
    {
        int fragments = Math.Min(_random.Pick([1, 2, 6]), RecordCount - _nextRecord);
        List<(int Number, long Lowest, long First, int Count)> parts = [];
        long lowest = 0;
        for (int i = 0; i < fragments; i++)
        {
            int count = 1 + _random.Below(3);
            parts.Add((_nextRecord++, lowest, Take(count), count));
            lowest += _random.OneIn(20) ? 0 : count;
        }

        List<NtfsListEntry> list = [new(NtfsRecord.StandardInformation, 0, record.Number, 0), new(NtfsRecord.FileName, 0, record.Number, 2), .. parts.Select(static part => new NtfsListEntry(NtfsRecord.Data, part.Lowest, part.Number, 0))];
        _content.AddList(record, list);
        AddName(record, name);
        foreach ((int number, long low, long first, int count) in parts)
        {
            NtfsRecord part = Begin(number, owner: record.Number);
            part.AddNonResident(NtfsRecord.Data, string.Empty, low, [(first, count)], _random.OneIn(10) ? 1L << _random.Below(50) : lowest * _clusterSize);
            part.End();
        }
    }
}
