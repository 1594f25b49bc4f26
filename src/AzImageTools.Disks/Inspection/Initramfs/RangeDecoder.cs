namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>Decodes the bits that LZMA stores by their probabilities (LZMA specification, "Range Decoder").</summary>
internal sealed class RangeDecoder(CompressedInput input)
{
    /// <summary>The probability of a bit of which nothing is known: one half.</summary>
    public const ushort Even = 1 << (ModelBits - 1);

    private const int ModelBits = 11;
    private const int MoveBits = 5;
    private const uint TopValue = 1u << 24;

    private uint _range;
    private uint _code;

    /// <summary>Whether what was stored ends here.</summary>
    public bool IsAtEnd => _code == 0;

    public void Begin()
    {
        bool isMarked = input.Next() == 0;
        _range = uint.MaxValue;
        _code = 0;
        for (int count = 0; count < sizeof(uint); count++)
        {
            _code = (_code << 8) | input.Next();
        }

        if (!isMarked || _code == _range)
        {
            throw new InvalidDataException("The LZMA data is damaged.");
        }
    }

    /// <summary>A bit; its probability learns from it.</summary>
    public int DecodeBit(ref ushort probability)
    {
        uint bound = (_range >> ModelBits) * probability;
        int bit;
        if (_code < bound)
        {
            _range = bound;
            probability += (ushort)(((1 << ModelBits) - probability) >> MoveBits);
            bit = 0;
        }
        else
        {
            _range -= bound;
            _code -= bound;
            probability -= (ushort)(probability >> MoveBits);
            bit = 1;
        }

        Normalize();
        return bit;
    }

    /// <summary>A number, its highest bit first.</summary>
    public int DecodeTree(Span<ushort> probabilities, int bits)
    {
        int node = 1;
        for (int count = 0; count < bits; count++)
        {
            node = (node << 1) | DecodeBit(ref probabilities[node]);
        }

        return node - (1 << bits);
    }

    /// <summary>A number, its lowest bit first.</summary>
    public uint DecodeReverseTree(Span<ushort> probabilities, int bits)
    {
        int node = 1;
        uint number = 0;
        for (int count = 0; count < bits; count++)
        {
            int bit = DecodeBit(ref probabilities[node]);
            node = (node << 1) | bit;
            number |= (uint)bit << count;
        }

        return number;
    }

    /// <summary>A number of bits that are as often 0 as 1.</summary>
    public uint DecodeDirect(int bits)
    {
        uint number = 0;
        for (int count = 0; count < bits; count++)
        {
            _range >>= 1;
            bool isOne = _code >= _range;
            _code -= isOne ? _range : 0;
            number = (number << 1) | (isOne ? 1u : 0u);
            Normalize();
        }

        return number;
    }

    private void Normalize()
    {
        if (_range < TopValue)
        {
            _range <<= 8;
            _code = (_code << 8) | input.Next();
        }
    }
}
