using System.Text;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>FAT volumes of each kind: folders in folders with long names, chains that cross, run in circles, or are everyone's.</summary>
internal sealed class FatGrammar
{
    private const int Sector = 512;
    private const int EntrySize = 32;
    private const int NamePart = 13;
    private const int MostFolders = 20;
    private const uint EndOfChain = 0x0FFFFFFF;

    private static readonly int[] NamePlaces = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

    private readonly Canvas _canvas;
    private readonly FuzzRandom _random;
    private readonly int _bits;
    private readonly int _clusters;
    private readonly int _reserved;
    private readonly int _fatSectors;
    private readonly int _rootEntries;
    private uint _next = 2;
    private int _folders;

    private FatGrammar(FuzzRandom random)
    {
        _random = random;
        _bits = random.Pick([12, 16, 32]);
        _clusters = _bits == 16 ? 4100 : 400;
        _reserved = _bits == 32 ? 32 : 1;
        _rootEntries = _bits == 32 ? 0 : 112;
        _fatSectors = (((_clusters + 2) * _bits / 8) + Sector) / Sector;
        _canvas = new Canvas((DataSector + _clusters) * (long)Sector, random);
    }

    private int DataSector => _reserved + (2 * _fatSectors) + (_rootEntries * EntrySize / Sector);

    public static MutableImage Make(FuzzRandom random)
    {
        FatGrammar grammar = new(random);
        grammar.WriteBootSector();
        if (grammar._bits == 32)
        {
            uint root = grammar.AddChain(1 + random.Below(4), out List<long> places);
            grammar.FillFolder(places, root, 0);
        }
        else
        {
            long start = (grammar.DataSector - (grammar._rootEntries * EntrySize / Sector)) * (long)Sector;
            grammar.FillFolder([.. Enumerable.Range(0, grammar._rootEntries * EntrySize / Sector).Select(i => start + (i * Sector))], 0, 0);
        }

        return grammar._canvas.Image;
    }

    private void WriteBootSector()
    {
        bool isWide = _bits == 32;
        _canvas.Bytes(0, [0xEB, 0x3C, 0x90]);
        _canvas.Little16(11, Sector);
        _canvas.Byte(13, 1);
        _canvas.Little16(14, _reserved);
        _canvas.Byte(16, 2);
        _canvas.Little16(17, _rootEntries);
        _canvas.Little16(19, isWide ? 0 : DataSector + _clusters);
        _canvas.Byte(21, 0xF8);
        _canvas.Little16(22, isWide ? 0 : _fatSectors);
        _canvas.Little32(32, isWide ? DataSector + _clusters : 0);
        if (isWide)
        {
            _canvas.Little32(36, _fatSectors);
            _canvas.Little32(44, 2);
            _canvas.Little16(48, 1);
            _canvas.Little16(50, 6);
            _canvas.Bytes(Sector, "RRaA"u8);
            _canvas.Bytes(Sector + 484, "rrAa"u8);
            _canvas.Little32(Sector + 488, 100);
            _canvas.Bytes(Sector + 508, [0, 0, 0x55, 0xAA]);
        }

        _canvas.Byte(isWide ? 66 : 38, 0x29);
        _canvas.Bytes(510, [0x55, 0xAA]);
        WriteEntry(0, 0x0FFFFFF8);
        WriteEntry(1, EndOfChain);
    }

    /// <summary>Writes an entry of the table in both copies.</summary>
    private void WriteEntry(uint cluster, uint next)
    {
        next = (uint)_canvas.Lie(next);
        for (int copy = 0; copy < 2; copy++)
        {
            long table = (_reserved + (copy * _fatSectors)) * (long)Sector;
            long place = table + (cluster * (long)_bits / 8);
            if (_bits == 12)
            {
                byte[] old = _canvas.Image.Read(place, 2);
                _canvas.Bytes(place, cluster % 2 == 0
                    ? [(byte)next, (byte)((old[1] & 0xF0u) | ((next >> 8) & 0xF))]
                    : [(byte)((old[0] & 0x0Fu) | ((next & 0xF) << 4)), (byte)(next >> 4)]);
            }
            else
            {
                _canvas.Bytes(place, BitConverter.GetBytes(next).AsSpan(0, _bits / 8));
            }
        }
    }

    private uint AddChain(int count, out List<long> places)
    {
        uint first = _next;
        places = [];
        for (int i = 0; i < count && _next < _clusters; i++)
        {
            places.Add((DataSector + (_next - 2)) * (long)Sector);
            bool isLast = i == count - 1;
            WriteEntry(_next, !isLast ? _next + 1 : _random.OneIn(60) ? first : EndOfChain);
            _next++;
        }

        return first;
    }

    private void FillFolder(List<long> places, uint self, int depth)
    {
        _folders++;
        List<byte[]> entries = [];
        if (depth > 0)
        {
            entries.Add(Entry(".          ", 0x10, self, 0));
            entries.Add(Entry("..         ", 0x10, 0, 0));
        }

        for (int count = _random.Below(10); count > 0; count--)
        {
            AddEntry(entries, depth);
        }

        int position = 0;
        foreach (byte[] entry in entries)
        {
            if (position / Sector < places.Count)
            {
                _canvas.Bytes(places[position / Sector] + (position % Sector), entry);
            }

            position += EntrySize;
        }
    }

    private void AddEntry(List<byte[]> entries, int depth)
    {
        string shortName = $"F{_random.Below(100_000)}".PadRight(11)[..11];
        if (_random.OneIn(3))
        {
            AddLongName(entries, shortName);
        }

        if (_random.OneIn(3) && depth < 8 && _folders < MostFolders)
        {
            uint first = AddChain(1 + _random.Below(3), out List<long> places);
            FillFolder(places, first, depth + 1);

            // A folder below itself, or everywhere.
            entries.Add(Entry(shortName, 0x10, _random.OneIn(20) ? 2 : first, 0));
        }
        else
        {
            int clusters = _random.OneIn(20) ? 100 : _random.Below(5);
            uint first = clusters == 0 ? 0 : AddChain(clusters, out _);
            long size = clusters == 0 ? 0 : (clusters * Sector) - _random.Below(Sector);
            entries.Add(Entry(shortName, _random.Pick([0x20, 0x21, 0x08, 0x26]), first, _random.OneIn(12) ? uint.MaxValue : size));
        }
    }

    private byte[] Entry(string name, int attributes, uint cluster, long size)
    {
        byte[] entry = new byte[EntrySize];
        Encoding.ASCII.GetBytes(name).CopyTo(entry, 0);
        entry[11] = (byte)_canvas.Lie((ulong)attributes);
        uint told = (uint)_canvas.Lie(cluster);
        BitConverter.TryWriteBytes(entry.AsSpan(20), (ushort)(told >> 16));
        BitConverter.TryWriteBytes(entry.AsSpan(22), (ushort)_random.Next());
        BitConverter.TryWriteBytes(entry.AsSpan(24), (ushort)_random.Next());
        BitConverter.TryWriteBytes(entry.AsSpan(26), (ushort)told);
        BitConverter.TryWriteBytes(entry.AsSpan(28), (uint)_canvas.Lie((ulong)size));
        return entry;
    }

    private void AddLongName(List<byte[]> entries, string shortName)
    {
        string name = new((char)('a' + _random.Below(26)), 1 + _random.Below(255));
        byte checksum = 0;
        foreach (char c in shortName)
        {
            checksum = (byte)(((checksum & 1) << 7) + (checksum >> 1) + c);
        }

        int parts = (name.Length + NamePart - 1) / NamePart;
        for (int part = parts; part >= 1; part--)
        {
            byte[] entry = new byte[EntrySize];
            entry[0] = (byte)_canvas.Lie((ulong)(part | (part == parts ? 0x40 : 0)));
            entry[11] = 0x0F;
            entry[13] = (byte)_canvas.Lie(checksum);
            for (int i = 0; i < NamePart; i++)
            {
                int index = ((part - 1) * NamePart) + i;
                BitConverter.TryWriteBytes(entry.AsSpan(NamePlaces[i]), index < name.Length ? name[index] : index == name.Length ? '\0' : '\uFFFF');
            }

            entries.Add(entry);
        }
    }
}
