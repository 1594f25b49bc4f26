namespace AzImageTools.Disks.Volumes.Ntfs.Compression;

/// <summary>
/// A canonical Huffman code: of the symbols of one code length, the lower has the lower code, and all codes of a length come
/// before those of the next. Codes of up to <see cref="FastBits"/> bits are looked up at once.
/// </summary>
internal sealed class HuffmanCode(int symbolCount, int maximumLength)
{
    private const int FastBits = 10;
    private const int SymbolShift = 4;

    // By the next FastBits bits: the symbol, and its code's length in the lowest 4 bits; 0 where the code is longer.
    private readonly ushort[] _fast = new ushort[1 << FastBits];
    private readonly ushort[] _symbols = new ushort[symbolCount];

    // By length: how many codes there are, the first of them, and where the first's symbol stands in _symbols.
    private readonly int[] _counts = new int[maximumLength + 1];
    private readonly int[] _firstCodes = new int[maximumLength + 1];
    private readonly int[] _firstIndexes = new int[maximumLength + 1];
    private readonly int[] _next = new int[maximumLength + 1];

    /// <summary>The most bits that a code may have; at least <see cref="FastBits"/>.</summary>
    public int MaximumLength => maximumLength;

    /// <summary>Whether no symbol has a code; then there is nothing to decode.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Takes the length of every symbol's code, 0 for none; false where they don't make a complete code.</summary>
    public bool TryBuild(ReadOnlySpan<byte> lengths)
    {
        Array.Clear(_counts, 0, _counts.Length);
        foreach (byte length in lengths)
        {
            _counts[length]++;
        }

        IsEmpty = false;
        int code = 0;
        int index = 0;
        for (int length = 1; length <= maximumLength; length++)
        {
            code <<= 1;
            _firstCodes[length] = code;
            _firstIndexes[length] = _next[length] = index;
            code += _counts[length];
            index += _counts[length];
            if (code > 1 << length)
            {
                return false;
            }
        }

        IsEmpty = index == 0;
        if (code != 1 << maximumLength)
        {
            return false;
        }

        for (int symbol = 0; symbol < lengths.Length; symbol++)
        {
            if (lengths[symbol] > 0)
            {
                _symbols[_next[lengths[symbol]]++] = (ushort)symbol;
            }
        }

        FillFast();
        return true;
    }

    /// <summary>The symbol whose code the bits begin with.</summary>
    /// <param name="bits">As many bits as the longest code may have.</param>
    /// <param name="length">How many bits the code has.</param>
    public int Decode(int bits, out int length)
    {
        int entry = _fast[bits >> (maximumLength - FastBits)];
        length = entry & ((1 << SymbolShift) - 1);
        if (length > 0)
        {
            return entry >> SymbolShift;
        }

        // The code is complete: one of the longer ones fits.
        length = FastBits;
        int place;
        do
        {
            length++;
            place = (bits >> (maximumLength - length)) - _firstCodes[length];
        }
        while (place >= _counts[length]);
        return _symbols[_firstIndexes[length] + place];
    }

    private void FillFast()
    {
        int position = 0;
        for (int length = 1; length <= FastBits; length++)
        {
            int width = 1 << (FastBits - length);
            for (int i = 0; i < _counts[length]; i++)
            {
                _fast.AsSpan(position, width).Fill((ushort)((_symbols[_firstIndexes[length] + i] << SymbolShift) | length));
                position += width;
            }
        }

        _fast.AsSpan(position).Clear();
    }
}
