namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>
/// Decodes LZMA (LZMA specification, Igor Pavlov): bytes as they are, and matches that repeat what is some distance back, one of
/// the last four distances by its number.
/// </summary>
internal sealed class LzmaDecoder(CompressedInput input, LzmaWindow window)
{
    private const int StateCount = 12;
    private const int FirstStateAfterMatch = 7;
    private const int PositionStates = 1 << 4;
    private const int LiteralSize = 0x300;
    private const int LengthStates = 4;
    private const int SlotBits = 6;
    private const int AlignBits = 4;
    private const int FirstSlotOfTree = 4;
    private const int FirstSlotOfAlign = 14;
    private const int ShortestMatch = 2;
    private const int LargestProperties = (9 * 5 * 5) - 1;
    private const uint EndMark = uint.MaxValue;

    private readonly RangeDecoder _range = new(input);
    private readonly ushort[] _isMatch = new ushort[StateCount * PositionStates];
    private readonly ushort[] _isRepeat = new ushort[StateCount];
    private readonly ushort[] _isOlder = new ushort[StateCount];
    private readonly ushort[] _isOlderThanSecond = new ushort[StateCount];
    private readonly ushort[] _isOlderThanThird = new ushort[StateCount];
    private readonly ushort[] _isLong = new ushort[StateCount * PositionStates];
    private readonly ushort[][] _slots = [.. Enumerable.Range(0, LengthStates).Select(static _ => new ushort[1 << SlotBits])];
    private readonly ushort[] _special = new ushort[128 - FirstSlotOfAlign + 1];
    private readonly ushort[] _align = new ushort[1 << AlignBits];
    private readonly LzmaLengths _lengths = new();
    private readonly LzmaLengths _repeatLengths = new();
    private readonly uint[] _distances = new uint[4];

    private ushort[] _literals = [];
    private int _literalContextBits;
    private int _literalPositionMask;
    private int _positionMask;
    private int _state;
    private int _matchLeft;
    private bool _isEnded;

    /// <summary>Whether what was stored, and no match, ends here.</summary>
    public bool IsAtEnd => _range.IsAtEnd && _matchLeft == 0;

    /// <summary>Takes how many bits of a byte before and of its position tell of it, all three in one number, and forgets what was learned.</summary>
    public void SetProperties(byte properties)
    {
        if (properties > LargestProperties)
        {
            throw Damaged();
        }

        _literalContextBits = properties % 9;
        int literalPositionBits = properties / 9 % 5;
        _literalPositionMask = (1 << literalPositionBits) - 1;
        _positionMask = (1 << (properties / 45)) - 1;
        _literals = new ushort[LiteralSize << (_literalContextBits + literalPositionBits)];
        Reset();
    }

    /// <summary>Forgets what was learned.</summary>
    public void Reset()
    {
        foreach (ushort[] probabilities in new[] { _literals, _isMatch, _isRepeat, _isOlder, _isOlderThanSecond, _isOlderThanThird, _isLong, _special, _align }.Concat(_slots))
        {
            probabilities.AsSpan().Fill(RangeDecoder.Even);
        }

        _lengths.Reset();
        _repeatLengths.Reset();
        Array.Clear(_distances, 0, _distances.Length);
        _state = 0;
        _matchLeft = 0;
    }

    /// <summary>Begins what is stored next.</summary>
    public void Begin() => _range.Begin();

    /// <summary>Decodes as many bytes as fit, or until the end mark.</summary>
    /// <returns>How many.</returns>
    public int Decode(Span<byte> destination)
    {
        int count = 0;
        while (count < destination.Length && !_isEnded)
        {
            if (_matchLeft > 0)
            {
                _matchLeft--;
                destination[count++] = Put(window.Get(_distances[0] + 1));
            }
            else if (DecodeNext() is { } literal)
            {
                destination[count++] = Put(literal);
            }
        }

        return count;
    }

    private static InvalidDataException Damaged() => new("The LZMA data is damaged.");

    private byte Put(byte value)
    {
        window.Put(value);
        return value;
    }

    /// <summary>Decodes a byte; null where a match begins, or the end mark is met.</summary>
    private byte? DecodeNext()
    {
        int positionState = (int)window.Count & _positionMask;
        int at = (_state * PositionStates) + positionState;
        if (_range.DecodeBit(ref _isMatch[at]) == 0)
        {
            byte literal = DecodeLiteral();
            _state = _state < 4 ? 0 : _state < 10 ? _state - 3 : _state - 6;
            return literal;
        }

        bool isAfterMatch = _state >= FirstStateAfterMatch;
        if (_range.DecodeBit(ref _isRepeat[_state]) == 0)
        {
            int length = _lengths.Decode(_range, positionState);
            Recall(_distances.Length - 1, DecodeDistance(length));
            _matchLeft = ShortestMatch + length;
            _state = isAfterMatch ? 10 : 7;
            _isEnded = _distances[0] == EndMark;
        }
        else
        {
            bool isOlder = _range.DecodeBit(ref _isOlder[_state]) != 0;
            bool isOneByte = !isOlder && _range.DecodeBit(ref _isLong[at]) == 0;
            if (isOlder)
            {
                int number = _range.DecodeBit(ref _isOlderThanSecond[_state]) == 0 ? 1 : 2 + _range.DecodeBit(ref _isOlderThanThird[_state]);
                Recall(number, _distances[number]);
            }

            _matchLeft = isOneByte ? 1 : ShortestMatch + _repeatLengths.Decode(_range, positionState);
            _state = isAfterMatch ? 11 : isOneByte ? 9 : 8;
        }

        // The mark that ends what has no length of its own is a distance.
        return _isEnded || window.Holds(_distances[0] + 1) ? null : throw Damaged();
    }

    /// <summary>A byte, its bits by what stands before it; behind a match also by what would have followed there.</summary>
    private byte DecodeLiteral()
    {
        int before = window.Count == 0 ? 0 : window.Get(1);
        int context = (((int)window.Count & _literalPositionMask) << _literalContextBits) + (before >> (8 - _literalContextBits));
        Span<ushort> probabilities = _literals.AsSpan(LiteralSize * context, LiteralSize);
        int symbol = 1;
        if (_state >= FirstStateAfterMatch)
        {
            int expected = window.Get(_distances[0] + 1);
            int expectedBit;
            int bit;
            do
            {
                expectedBit = (expected >> 7) & 1;
                expected <<= 1;
                bit = _range.DecodeBit(ref probabilities[((1 + expectedBit) << 8) + symbol]);
                symbol = (symbol << 1) | bit;
            }
            while (bit == expectedBit && symbol <= byte.MaxValue);
        }

        while (symbol <= byte.MaxValue)
        {
            symbol = (symbol << 1) | _range.DecodeBit(ref probabilities[symbol]);
        }

        return (byte)symbol;
    }

    /// <summary>A distance less one: a slot tells its highest bits and how many follow.</summary>
    private uint DecodeDistance(int length)
    {
        int slot = _range.DecodeTree(_slots[Math.Min(length, LengthStates - 1)], SlotBits);
        if (slot < FirstSlotOfTree)
        {
            return (uint)slot;
        }

        int bits = (slot >> 1) - 1;
        uint distance = (uint)(2 | (slot & 1)) << bits;
        return slot < FirstSlotOfAlign
            ? distance + _range.DecodeReverseTree(_special.AsSpan((int)distance - slot), bits)
            : distance + (_range.DecodeDirect(bits - AlignBits) << AlignBits) + _range.DecodeReverseTree(_align, AlignBits);
    }

    /// <summary>Makes a distance the latest; those that were later than the one of that number grow older.</summary>
    private void Recall(int number, uint distance)
    {
        Array.Copy(_distances, 0, _distances, 1, number);
        _distances[0] = distance;
    }
}
