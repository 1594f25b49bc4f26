namespace AzImageTools.Disks.Volumes.Ntfs.Compression;

/// <summary>
/// Reads the lengths of LZX's codes, which are coded themselves: each as a difference to what it was in the block before,
/// with symbols for runs ([MS-PATCH] 2.5, "Encoding the Trees and Pre-Trees").
/// </summary>
internal sealed class LzxCodeLengths
{
    private const int SymbolCount = 20;
    private const int LengthBits = 4;
    private const int Modulus = 17;
    private const int ShortZeros = 17;
    private const int LongZeros = 18;
    private const int Same = 19;
    private const int MaximumCodeLength = 16;

    private readonly HuffmanCode _code = new(SymbolCount, MaximumCodeLength);
    private readonly byte[] _lengths = new byte[SymbolCount];

    /// <summary>Turns the lengths of the block before into those of the next.</summary>
    public bool TryRead(ref LzBitReader reader, Span<byte> lengths)
    {
        for (int i = 0; i < SymbolCount; i++)
        {
            _lengths[i] = (byte)reader.Read(LengthBits);
        }

        if (!_code.TryBuild(_lengths))
        {
            return false;
        }

        int position = 0;
        while (position < lengths.Length)
        {
            int symbol = reader.Read(_code);
            int count = symbol switch
            {
                ShortZeros => 4 + reader.Read(4),
                LongZeros => 20 + reader.Read(5),
                Same => 4 + reader.Read(1),
                _ => 1,
            };
            if (symbol == Same)
            {
                symbol = reader.Read(_code);
                if (symbol >= ShortZeros)
                {
                    return false;
                }
            }

            if (count > lengths.Length - position)
            {
                return false;
            }

            byte length = symbol is ShortZeros or LongZeros ? (byte)0 : (byte)((lengths[position] - symbol + Modulus) % Modulus);
            lengths.Slice(position, count).Fill(length);
            position += count;
        }

        return !reader.IsPastEnd;
    }
}
