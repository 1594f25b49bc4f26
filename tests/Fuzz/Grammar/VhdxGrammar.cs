using System.Buffers.Binary;
using System.Text;
using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>
/// VHDXs, dynamic and differencing, of both sector sizes: regions and metadata that overlap or are listed again, blocks that are one, lie in
/// the tables or outside, logs that write over what they are found by, parents that are the disk itself, tables for far more than the file.
/// </summary>
internal sealed class VhdxGrammar
{
    private const int Kibibyte = 1024;
    private const long Mebibyte = 1 << 20;
    private const int LogSector = 4096;
    private const int LongestLog = 64;
    private const long Metadata = 2 * Mebibyte;
    private const long Table = 3 * Mebibyte;
    private const int FirstItem = 64 * Kibibyte;
    private const int MostBlocksLog = 23;
    private const int StoredBlocks = 6;
    private const int FullyPresent = 6;
    private const int PartiallyPresent = 7;

    // What a block may be when it is not there.
    private static readonly int[] Others = [0, 1, 2, 3, 5];

    private static readonly Guid TableRegion = new("2DC27766-F623-4200-9D64-115E9BFD4A08");
    private static readonly Guid MetadataRegion = new("8B7CA206-4790-4B9A-B8FE-575F050F886E");
    private static readonly Guid FileParameters = new("CAA16737-FA36-4D43-B3B6-33F0AA44E76B");
    private static readonly Guid DiskSize = new("2FA54224-CD1B-4876-B211-5DBED83BF4B8");
    private static readonly Guid DiskId = new("BECA12AB-B2E6-4523-93EF-C309E000C746");
    private static readonly Guid LogicalSectorSize = new("8141BF1D-A96F-4709-BA47-F233A8FAAB5F");
    private static readonly Guid PhysicalSectorSize = new("CDA348C7-445D-4471-9CC9-E9885251C556");
    private static readonly Guid ParentLocator = new("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C");
    private static readonly Guid LocatorType = new("B04AEFB7-D19E-4A81-B789-25B8E9445913");
    private static readonly Guid Unknown = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2CFF");
    private static readonly Guid DataWrite = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C0A");

    private readonly Canvas _canvas;
    private readonly FuzzRandom _random;
    private readonly long _blockSize;
    private readonly int _sectorSize;
    private readonly bool _isDifferencing;
    private readonly bool _hasLog;
    private readonly long _log;
    private readonly long _logLength;
    private readonly long _blocks;
    private readonly long _tableLength;
    private readonly long _length;

    private VhdxGrammar(FuzzRandom random)
    {
        _random = random;
        _isDifferencing = random.OneIn(4);
        _hasLog = random.OneIn(3);
        _blockSize = _isDifferencing ? ParentBlockSize : Mebibyte << random.Pick([0, 0, 1, 5, 8]);
        _sectorSize = _isDifferencing || !random.OneIn(4) ? 512 : 4096;

        // A table of which only parts are kept at a time still counts as allocated when it is gone through.
        _blocks = _isDifferencing ? ParentBlocks : random.OneIn(100) ? 1L << random.Below(MostBlocksLog) : 1 + random.Below(random.OneIn(10) ? 100_000 : 20);
        long entries = IndexOf(_blocks - 1) + 1 + (_isDifferencing ? ChunkRatio : 0);
        _tableLength = ((entries * sizeof(ulong)) + Mebibyte - 1) / Mebibyte * Mebibyte;
        long end = Table + _tableLength + (StoredBlocks * _blockSize) + Mebibyte;
        bool isLong = _hasLog && random.OneIn(40);
        _logLength = isLong ? LongestLog * Mebibyte : Mebibyte;
        _log = isLong ? end : Mebibyte;
        _length = end + (isLong ? _logLength : 0);
        _canvas = new Canvas(_length, random);
    }

    /// <summary>How many bytes a block has of the disk that differencing ones go back to.</summary>
    public static int ParentBlockSize => (int)Mebibyte;

    /// <summary>How many blocks that disk has.</summary>
    public static int ParentBlocks => 5;

    /// <summary>What that disk is known by.</summary>
    public static Guid ParentId { get; } = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C01");

    private long ChunkRatio => (1L << 23) * _sectorSize / _blockSize;

    private long FirstBlock => Table + _tableLength;

    public static MutableImage Make(FuzzRandom random)
    {
        VhdxGrammar grammar = new(random);
        grammar.Write();
        return grammar._canvas.Image;
    }

    private long IndexOf(long block) => block + (block / ChunkRatio);

    private void Write()
    {
        _canvas.Bytes(0, "vhdxfile"u8);
        ulong sequence = _random.OneIn(20) ? ulong.MaxValue : 7;
        WriteHeader(64 * Kibibyte, sequence, _hasLog);
        WriteHeader(128 * Kibibyte, sequence + (ulong)_random.Below(3) - 1, _hasLog);
        WriteRegions(192 * Kibibyte);
        WriteRegions(256 * Kibibyte);
        WriteMetadata();
        WriteTable();
        if (_hasLog)
        {
            WriteLog();
        }
    }

    private void Guid(long place, Guid id) => _canvas.Bytes(place, id.ToByteArray());

    private void Seal(long place, int length)
    {
        if (!_random.OneIn(100))
        {
            Checksum.UpdateCastagnoli(_canvas.Image, place, length, 4);
        }
    }

    private void WriteHeader(long place, ulong sequence, bool hasLog)
    {
        _canvas.Bytes(place, "head"u8);
        _canvas.Little64(place + 8, sequence);
        Guid(place + 32, DataWrite);
        Guid(place + 48, hasLog ? LogId : System.Guid.Empty);
        _canvas.Little16(place + 64, 0);
        _canvas.Little16(place + 66, 1);
        _canvas.Little32(place + 68, _logLength);
        _canvas.Little64(place + 72, (ulong)_log);
        Seal(place, 4 * Kibibyte);
    }

    private static Guid LogId => Unknown;

    private void WriteRegions(long place)
    {
        List<(Guid Id, long Offset, long Length, int Flags)> regions = [(TableRegion, Table, _tableLength, 1), (MetadataRegion, Metadata, Mebibyte, 1)];
        if (_random.OneIn(12))
        {
            // Others that need not be understood, or those that are there again.
            int count = _random.Pick([1, 2, 2045, 2046]);
            Guid id = _random.Pick([Unknown, Unknown, TableRegion, MetadataRegion]);
            regions.AddRange(Enumerable.Repeat((id, Table, Mebibyte, _random.OneIn(8) ? 1 : 0), count));
        }

        _canvas.Bytes(place, "regi"u8);
        _canvas.Little32(place + 8, regions.Count);
        for (int i = 0; i < regions.Count; i++)
        {
            long entry = place + 16 + (i * 32);
            Guid(entry, regions[i].Id);
            _canvas.Little64(entry + 16, (ulong)regions[i].Offset);
            _canvas.Little32(entry + 24, regions[i].Length);
            _canvas.Little32(entry + 28, regions[i].Flags);
        }

        Seal(place, 64 * Kibibyte);
    }

    private void WriteMetadata()
    {
        _canvas.Bytes(Metadata, "metadata"u8);
        List<(Guid Id, int Length, int Flags, Action<long> Write)> items =
        [
            (FileParameters, 8, 4, place =>
            {
                _canvas.Little32(place, _blockSize);
                _canvas.Little32(place + 4, _isDifferencing ? 2 : _random.Below(2));
            }),
            (DiskSize, 8, 6, place => _canvas.Little64(place, (ulong)(_blocks * _blockSize) - (ulong)(_isDifferencing ? 0 : _random.Below(4) * _sectorSize))),
            (DiskId, 16, 6, place => Guid(place, DataWrite)),
            (LogicalSectorSize, 4, 6, place => _canvas.Little32(place, _sectorSize)),
            (PhysicalSectorSize, 4, 6, place => _canvas.Little32(place, 4096)),
        ];
        if (_isDifferencing)
        {
            items.Add((ParentLocator, 4096, 4, WriteLocator));
        }

        if (_random.OneIn(12))
        {
            // Items of a user, which none has to know; or one of the disk's again.
            int flags = _random.Pick([0, 1, 1, 4]);
            items.AddRange(Enumerable.Repeat((_random.Pick([Unknown, Unknown, DiskSize]), 8, flags, (Action<long>)(static _ => { })), _random.Pick([1, 500, 2042])));
        }

        _canvas.Little16(Metadata + 10, items.Count);
        long offset = FirstItem;
        for (int i = 0; i < items.Count; i++)
        {
            long entry = Metadata + 32 + (i * 32);
            Guid(entry, items[i].Id);
            _canvas.Little32(entry + 16, offset);
            _canvas.Little32(entry + 20, items[i].Length);
            _canvas.Little32(entry + 24, items[i].Flags);
            items[i].Write(Metadata + offset);
            offset += items[i].Length;
        }
    }

    private void WriteLocator(long place)
    {
        string parent = _random.OneIn(3) ? _random.Pick([@".\made.vhdx", @"..\made.vhdx", "/etc/passwd", @"\\server\share\base.vhdx", "CON", "..", new string('a', 2000)]) : @".\base.vhdx";
        List<(string Key, string Value)> pairs = [("parent_linkage", ParentId.ToString("B")), (_random.Pick(["relative_path", "volume_path", "absolute_win32_path"]), parent)];
        if (_random.OneIn(10))
        {
            pairs.AddRange(Enumerable.Repeat(_random.Pick(pairs), _random.Pick([1, 62, 63])));
        }

        Guid(place, LocatorType);
        _canvas.Little16(place + 18, pairs.Count);
        int text = 20 + (pairs.Count * 12);
        for (int i = 0; i < pairs.Count; i++)
        {
            long entry = place + 20 + (i * 12);
            WriteText(entry, entry + 8, pairs[i].Key);
            WriteText(entry + 4, entry + 10, pairs[i].Value);
        }

        void WriteText(long offsetField, long lengthField, string content)
        {
            byte[] bytes = Encoding.Unicode.GetBytes(content);
            _canvas.Little32(offsetField, text);
            _canvas.Little16(lengthField, bytes.Length);
            _canvas.Bytes(place + text, bytes);
            text += bytes.Length;
        }
    }

    private void WriteTable()
    {
        bool isOne = _random.OneIn(6);
        int bitmaps = 0;
        long count = isOne ? Math.Min(_blocks, 5000) : Math.Min(_blocks, 1 + _random.Below(20));
        int next = 0;
        for (long i = 0; i < count; i++)
        {
            long block = isOne || _random.OneIn(2) ? i : _random.Below(_blocks);
            bool isPartial = _isDifferencing && _random.OneIn(2);
            int state = isPartial ? PartiallyPresent : _random.OneIn(4) ? _random.Pick(Others) : FullyPresent;
            long place = FirstBlock + (isOne || state < FullyPresent ? 0 : next++ % StoredBlocks * _blockSize);
            _canvas.Little64(Table + (IndexOf(block) * sizeof(ulong)), state < FullyPresent && _random.OneIn(2) ? (ulong)state : (ulong)place | (uint)state);
            _canvas.Bytes(place, "content of a block"u8);
            bitmaps += isPartial ? 1 : 0;
        }

        if (bitmaps > 0)
        {
            // Behind the blocks, or where one of them lies.
            long bitmap = _random.OneIn(8) ? FirstBlock : FirstBlock + (StoredBlocks * _blockSize);
            _canvas.Little64(Table + (ChunkRatio * sizeof(ulong)), (ulong)bitmap | FullyPresent);
            for (int i = 0; i < 8; i++)
            {
                _canvas.Bytes(bitmap + (i * 256L), [(byte)_random.Next(), 0xFF, 0, (byte)_random.Next()]);
            }
        }
    }

    /// <summary>Entries that follow one another, each with changes: of the tables, of the log itself, of all the file.</summary>
    private void WriteLog()
    {
        if (_logLength > Mebibyte)
        {
            // Entries that say they fill the log, from many places on.
            for (int i = 0; i < 20; i++)
            {
                long place = _log + (_random.Below(_logLength / LogSector) * LogSector);
                _canvas.Bytes(place, "loge"u8);
                _canvas.Little32(place + 8, _logLength);
                _canvas.Little64(place + 16, 1);
                Guid(place + 32, LogId);
            }
        }

        int count = _random.OneIn(12) ? 60 : 1 + _random.Below(4);
        long start = _random.OneIn(4) ? _logLength - LogSector : 0;
        long tail = start;
        ulong sequence = _random.OneIn(10) ? (ulong)uint.MaxValue - 1 : 1 + (ulong)_random.Below(1000);
        for (int i = 0; i < count; i++, sequence++)
        {
            int changes = _random.OneIn(30) ? 500 : _random.Below(6);
            int descriptorSectors = (64 + (changes * 32) + LogSector - 1) / LogSector;
            List<(bool IsData, long Target)> list = [.. Enumerable.Range(0, changes).Select(_ => (changes < 10 && _random.OneIn(2), PickTarget()))];
            int length = (descriptorSectors + list.Count(static change => change.IsData)) * LogSector;
            MakeEntry(start, length, tail, sequence, descriptorSectors * LogSector, list);
            start = (start + length) % _logLength;
        }
    }

    private long PickTarget()
        => _random.Below(8) switch
        {
            0 => _log + (_random.Below(256) * (long)LogSector),
            1 => Metadata + FirstItem,
            2 => Metadata,
            3 => Table,
            4 => 192 * Kibibyte,
            5 => _length + (_random.Below(4) * Mebibyte),
            _ => FirstBlock + (_random.Below(1000) * (long)LogSector),
        };

    private void MakeEntry(long start, int length, long tail, ulong sequence, int dataStart, List<(bool IsData, long Target)> changes)
    {
        // An entry may go on at the log's beginning: it is made apart, and what it says of itself is checked as a whole.
        Canvas entry = new(length, _random);
        void Lie32(long place, long value) => entry.Bytes(place, BitConverter.GetBytes((uint)_canvas.Lie((ulong)value)));
        void Lie64(long place, ulong value) => entry.Bytes(place, BitConverter.GetBytes(_canvas.Lie(value)));
        entry.Bytes(0, "loge"u8);
        Lie32(8, length);
        Lie32(12, tail);
        Lie64(16, sequence);
        Lie32(24, changes.Count);
        entry.Bytes(32, LogId.ToByteArray());
        Lie64(48, (ulong)_length);
        Lie64(56, (ulong)(_length + (_random.OneIn(8) ? 1L << _random.Below(48) : 0)));
        int data = dataStart;
        for (int i = 0; i < changes.Count; i++)
        {
            long descriptor = 64 + (i * 32);
            Lie64(descriptor + 16, (ulong)changes[i].Target);
            Lie64(descriptor + 24, sequence);
            if (!changes[i].IsData)
            {
                entry.Bytes(descriptor, "zero"u8);
                Lie64(descriptor + 8, (ulong)(_random.OneIn(6) ? 1L << (12 + _random.Below(36)) : LogSector));
                continue;
            }

            entry.Bytes(descriptor, "desc"u8);
            byte[] target = _canvas.Image.Read(changes[i].Target, LogSector);
            entry.Bytes(descriptor + 4, target.AsSpan(^4..));
            entry.Bytes(descriptor + 8, target.AsSpan(0, 8));
            BinaryPrimitives.WriteUInt32LittleEndian(target.AsSpan(4), (uint)(sequence >> 32));
            BinaryPrimitives.WriteUInt32LittleEndian(target.AsSpan(^4..), (uint)sequence);
            "data"u8.CopyTo(target);
            if (_random.OneIn(3))
            {
                BinaryPrimitives.WriteUInt64LittleEndian(target.AsSpan(8 * (1 + _random.Below(500))), _canvas.Lie((ulong)FirstBlock | FullyPresent));
            }

            entry.Bytes(data, target);
            data += LogSector;
        }

        if (!_random.OneIn(60))
        {
            Checksum.UpdateCastagnoli(entry.Image, 0, length, 4);
        }

        for (int position = 0; position < length; position += LogSector)
        {
            _canvas.Bytes(_log + ((start + position) % _logLength), entry.Image.Read(position, LogSector));
        }
    }
}
