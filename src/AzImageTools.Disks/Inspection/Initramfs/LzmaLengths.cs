namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>Decodes the lengths of LZMA's matches, less the shortest: 8 short ones, 8 longer, and 256 (LZMA specification, "The decoder for match length").</summary>
internal sealed class LzmaLengths
{
    private const int PositionStates = 1 << 4;
    private const int ShortBits = 3;
    private const int LongBits = 8;

    private readonly ushort[] _choices = new ushort[2];
    private readonly ushort[] _short = new ushort[PositionStates << ShortBits];
    private readonly ushort[] _middle = new ushort[PositionStates << ShortBits];
    private readonly ushort[] _long = new ushort[1 << LongBits];

    public void Reset()
    {
        foreach (ushort[] probabilities in new[] { _choices, _short, _middle, _long })
        {
            probabilities.AsSpan().Fill(RangeDecoder.Even);
        }
    }

    public int Decode(RangeDecoder range, int positionState)
    {
        int at = positionState << ShortBits;
        return range.DecodeBit(ref _choices[0]) == 0 ? range.DecodeTree(_short.AsSpan(at), ShortBits)
            : range.DecodeBit(ref _choices[1]) == 0 ? (1 << ShortBits) + range.DecodeTree(_middle.AsSpan(at), ShortBits)
            : (2 << ShortBits) + range.DecodeTree(_long, LongBits);
    }
}
