using System.Text;

namespace AzImageTools.Fuzz.Grammar;

/// <summary>A record of an NTFS volume's master file table, written attribute by attribute. What does not fit into it is left out.</summary>
internal sealed class NtfsRecord
{
    public const int StandardInformation = 0x10;
    public const int AttributeList = 0x20;
    public const int FileName = 0x30;
    public const int VolumeName = 0x60;
    public const int VolumeInformation = 0x70;
    public const int Data = 0x80;
    public const int IndexRoot = 0x90;
    public const int IndexAllocation = 0xA0;
    public const int ReparsePoint = 0xC0;
    public const long Hole = -1;

    private const int FirstAttribute = 72;
    private const int Stride = 512;

    private readonly Canvas _canvas;
    private readonly long _place;
    private readonly int _size;
    private int _position = FirstAttribute;
    private int _nextId;

    /// <param name="canvas">The volume.</param>
    /// <param name="place">Where the record lies.</param>
    /// <param name="size">How many bytes it has.</param>
    /// <param name="number">Its number.</param>
    /// <param name="isFolder">Whether it is a folder's.</param>
    /// <param name="owner">The record of the file whose further attributes it holds; 0 where it is a file's own.</param>
    public NtfsRecord(Canvas canvas, long place, int size, int number, bool isFolder, int owner = 0)
    {
        _canvas = canvas;
        _place = place;
        _size = size;
        Number = number;
        canvas.Bytes(place, "FILE"u8);
        canvas.Little16(place + 4, 48);
        canvas.Little16(place + 6, (size / Stride) + 1);
        canvas.Little16(place + 16, 1);
        canvas.Little16(place + 18, 1);
        canvas.Little16(place + 20, FirstAttribute);
        canvas.Little16(place + 22, isFolder ? 3 : 1);
        canvas.Little32(place + 28, size);
        canvas.Little64(place + 32, owner == 0 ? 0 : ReferenceTo(owner));
    }

    public int Number { get; }

    /// <summary>How many bytes are left for attributes.</summary>
    public int Room => _size - _position - sizeof(ulong);

    /// <summary>The number that the next attribute gets.</summary>
    public int NextId => _nextId;

    /// <summary>A record's number with the sequence number that all of them have.</summary>
    public static ulong ReferenceTo(int record) => (uint)record | (1UL << 48);

    /// <summary>What all files have.</summary>
    public void AddStandardInformation(uint attributes)
    {
        long place = AddResident(StandardInformation, string.Empty, 48);
        _canvas.Little64(place, 0x01DB000000000000);
        _canvas.Little64(place + 8, 0x01DB000000000000);
        _canvas.Little64(place + 24, 0x01DB000000000000);
        _canvas.Little32(place + 32, attributes);
    }

    /// <summary>Adds an attribute whose content lies in the record.</summary>
    /// <returns>Where the content is to be written; behind the volume, where nothing is kept, when there is no room.</returns>
    public long AddResident(int type, string name, int length)
    {
        const int HeaderSize = 24;
        int content = (HeaderSize + (name.Length * sizeof(char)) + 7) & ~7;
        if (!TryBegin(type, content + length, isResident: true, name, HeaderSize, 0, out long place))
        {
            return _canvas.Image.Length;
        }

        _canvas.Little32(place + 16, length);
        _canvas.Little16(place + 20, content);
        return place + content;
    }

    /// <summary>Adds an attribute, or a fragment of one, whose content lies in clusters.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="name">Its name.</param>
    /// <param name="lowest">The first of the content's clusters that it places.</param>
    /// <param name="runs">Where the clusters lie, or <see cref="Hole"/>, and how many there are.</param>
    /// <param name="length">The content's length.</param>
    /// <param name="flags">1 for compressed, 0x4000 for encrypted, 0x8000 for sparse.</param>
    /// <param name="unit">How many clusters are compressed together, as a power of two.</param>
    public void AddNonResident(int type, string name, long lowest, IReadOnlyList<(long Place, long Count)> runs, long length, int flags = 0, int unit = 0)
    {
        const int HeaderSize = 64;
        byte[] encoded = Encode(runs);
        int list = (HeaderSize + (name.Length * sizeof(char)) + 7) & ~7;
        if (!TryBegin(type, list + encoded.Length, isResident: false, name, HeaderSize, flags, out long place))
        {
            return;
        }

        _canvas.Little64(place + 16, (ulong)lowest);
        _canvas.Little64(place + 24, (ulong)(lowest + runs.Sum(static run => run.Count) - 1));
        _canvas.Little16(place + 32, list);
        _canvas.Little16(place + 34, unit);
        _canvas.Little64(place + 40, (ulong)length);
        _canvas.Little64(place + 48, (ulong)length);
        _canvas.Little64(place + 56, (ulong)length);
        _canvas.Bytes(place + list, encoded);
    }

    /// <summary>Ends the record.</summary>
    public void End()
    {
        _canvas.Bytes(_place + _position, [0xFF, 0xFF, 0xFF, 0xFF]);
        _canvas.Little32(_place + 24, _position + sizeof(ulong));
        Seal(_canvas, _place, _size, 48);
    }

    /// <summary>Puts the fixups in place: of each 512 bytes the last two.</summary>
    public static void Seal(Canvas canvas, long place, int length, int fixups)
    {
        if (canvas.Random.OneIn(300))
        {
            return;
        }

        canvas.Bytes(place + fixups, [7, 0]);
        for (int i = 1; i <= length / Stride; i++)
        {
            long last = place + (i * Stride) - sizeof(ushort);
            canvas.Bytes(place + fixups + (i * sizeof(ushort)), canvas.Image.Read(last, sizeof(ushort)));
            canvas.Bytes(last, [7, 0]);
        }
    }

    private bool TryBegin(int type, int length, bool isResident, string name, int nameOffset, int flags, out long place)
    {
        place = _place + _position;
        length = (length + 7) & ~7;
        if (length > Room)
        {
            return false;
        }

        _canvas.Little32(place, type);
        _canvas.Little32(place + 4, length);
        _canvas.Byte(place + 8, isResident ? 0 : 1);
        _canvas.Byte(place + 9, name.Length);
        _canvas.Little16(place + 10, nameOffset);
        _canvas.Little16(place + 12, flags);
        _canvas.Little16(place + 14, _nextId++);
        _canvas.Bytes(place + nameOffset, Encoding.Unicode.GetBytes(name));
        _position += length;
        return true;
    }

    private byte[] Encode(IReadOnlyList<(long Place, long Count)> runs)
    {
        List<byte> encoded = [];
        long before = 0;
        foreach ((long place, long count) in runs)
        {
            byte[] length = Shorten((long)_canvas.Lie((ulong)count));
            byte[] distance = place == Hole ? [] : Shorten((long)_canvas.Lie((ulong)(place - before)));
            encoded.AddRange([(byte)(length.Length | (distance.Length << 4)), .. length, .. distance]);
            before = place == Hole ? before : place;
        }

        return [.. encoded, 0];
    }

    /// <summary>A number in as few bytes as it needs with its sign.</summary>
    private static byte[] Shorten(long value)
    {
        byte[] bytes = BitConverter.GetBytes(value);
        int count = bytes.Length;
        while (count > 1 && bytes[count - 1] == ((sbyte)bytes[count - 2] < 0 ? 0xFF : 0))
        {
            count--;
        }

        return bytes[..count];
    }
}
