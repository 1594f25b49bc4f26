namespace AzImageTools.Disks.Volumes.Ntfs.Compression;

/// <summary>
/// Decodes single blocks of LZ77+Huffman ([MS-XCA] 2.2, "LZ77+Huffman Decompression Algorithm Details"), which WOF calls
/// XPRESS.
/// </summary>
internal sealed class XpressHuffmanDecoder : IChunkDecoder
{
    /// <summary>The most bytes of a block, decoded.</summary>
    public const int MaximumBlockSize = 64 * 1024;

    private const int SymbolCount = 512;
    private const int TableSize = SymbolCount / 2;
    private const int MaximumCodeLength = 15;
    private const int MinimumMatch = 3;
    private const int LongLength = 15;

    private readonly HuffmanCode _code = new(SymbolCount, MaximumCodeLength);
    private readonly byte[] _lengths = new byte[SymbolCount];

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (source.Length < TableSize || destination.Length > MaximumBlockSize)
        {
            return false;
        }

        for (int i = 0; i < TableSize; i++)
        {
            _lengths[2 * i] = (byte)(source[i] & 0x0F);
            _lengths[(2 * i) + 1] = (byte)(source[i] >> 4);
        }

        return _code.TryBuild(_lengths) && TryDecode(new LzBitReader(source, TableSize), destination);
    }

    private bool TryDecode(LzBitReader reader, Span<byte> destination)
    {
        int written = 0;
        while (written < destination.Length)
        {
            int symbol = reader.Read(_code);
            if (symbol < 256)
            {
                destination[written++] = (byte)symbol;
                continue;
            }

            int length = symbol & LongLength;
            if (length == LongLength && !TryReadLongLength(ref reader, out length))
            {
                return false;
            }

            int distanceBits = (symbol - 256) >> 4;
            int distance = (1 << distanceBits) | reader.Read(distanceBits);
            if (reader.IsPastEnd || !MatchCopier.TryCopy(destination, written, distance, length + MinimumMatch))
            {
                return false;
            }

            written += length + MinimumMatch;
        }

        return !reader.IsPastEnd;
    }

    /// <summary>Reads a length, less 3, that its symbol had no room for: a byte, or that and a word, between the bits.</summary>
    private static bool TryReadLongLength(ref LzBitReader reader, out int length)
    {
        length = reader.ReadByte();
        if (length < byte.MaxValue)
        {
            length += LongLength;
            return true;
        }

        length = reader.ReadByte() | (reader.ReadByte() << 8);
        return length >= LongLength;
    }
}
