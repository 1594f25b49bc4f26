namespace AzImageTools.Disks.Volumes;

/// <summary>
/// Content that is stored in units, as a stream: only units that are touched are decoded, and the last few of them kept.
/// Not thread-safe, as streams are.
/// </summary>
internal sealed class UnitContentStream(IUnitContent content) : ReadOnlyStream(content.Length)
{
    private const int CacheSize = 256 * 1024;
    private const int MinimumUnits = 2;

    // The unit used last comes first.
    private readonly List<(long Number, byte[] Bytes)> _units = [];
    private readonly int _maximumUnits = Math.Max(MinimumUnits, CacheSize / content.UnitSize);

    public override ReadBudget Budget => content.Budget;

    public override long FindData(long position) => content.FindData(position);

    protected override void ReadAt(long position, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            long number = position / content.UnitSize;
            int start = (int)(position % content.UnitSize);
            int length = (int)Math.Min(content.UnitSize, Length - (number * content.UnitSize));
            int count = Math.Min(destination.Length, length - start);
            Span<byte> piece = destination.Slice(0, count);
            if (count == length)
            {
                content.ReadUnit(number, piece);
            }
            else
            {
                GetUnit(number, length).AsSpan(start, count).CopyTo(piece);
            }

            destination = destination.Slice(count);
            position += count;
        }
    }

    private byte[] GetUnit(long number, int length)
    {
        int index = _units.FindIndex(unit => unit.Number == number);
        (long Number, byte[] Bytes) found = index >= 0 ? Take(index) : (number, Decode(number, length));
        _units.Insert(0, found);
        return found.Bytes;
    }

    // The bytes of the unit that was not used for longest are used again, where they are as many.
    private byte[] Decode(long number, int length)
    {
        byte[]? bytes = _units.Count == _maximumUnits ? Take(_units.Count - 1).Bytes : null;
        bytes = bytes?.Length == length ? bytes : new byte[length];
        content.ReadUnit(number, bytes);
        return bytes;
    }

    private (long Number, byte[] Bytes) Take(int index)
    {
        (long Number, byte[] Bytes) unit = _units[index];
        _units.RemoveAt(index);
        return unit;
    }
}

/// <summary>
/// A file's content that is stored in units, each of which is decoded by itself. An instance serves one stream, and is not
/// thread-safe.
/// </summary>
internal interface IUnitContent
{
    /// <summary>The content's bytes, decoded.</summary>
    long Length { get; }

    /// <summary>The decoded bytes of every unit but the last, which may be shorter.</summary>
    int UnitSize { get; }

    /// <summary>What reading may cost.</summary>
    ReadBudget Budget { get; }

    /// <summary>The first position from one on that lies in a unit that is stored, as far as that can be told without decoding; the length where none does.</summary>
    long FindData(long position);

    /// <summary>Decodes a unit.</summary>
    /// <param name="number">Its number; it begins at that many times <see cref="UnitSize"/>.</param>
    /// <param name="destination">As many bytes as the unit has.</param>
    void ReadUnit(long number, Span<byte> destination);
}
