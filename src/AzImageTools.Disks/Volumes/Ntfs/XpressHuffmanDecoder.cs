using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// Decodes single blocks of LZ77+Huffman ([MS-XCA] 2.2, "LZ77+Huffman Decompression Algorithm Details"), which WOF calls
/// XPRESS. An instance can be used again and again, by one thread at a time.
/// </summary>
internal sealed class XpressHuffmanDecoder
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

    /// <summary>Decodes a block of known length.</summary>
    /// <returns>False where the source is damaged or too short; the destination is undefined then.</returns>
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

        return _code.TryBuild(_lengths) && TryDecode(new BitReader(source.Slice(TableSize)), destination);
    }

    private bool TryDecode(BitReader reader, Span<byte> destination)
    {
        int written = 0;
        while (written < destination.Length)
        {
            int symbol = _code.Decode(reader.Peek(MaximumCodeLength), out int bits);
            reader.Skip(bits);
            if (symbol < 256)
            {
                destination[written++] = (byte)symbol;
                continue;
            }

            int length = symbol & LongLength;
            if (length == LongLength && !reader.TryReadLongLength(out length))
            {
                return false;
            }

            int distanceBits = (symbol - 256) >> 4;
            int distance = (1 << distanceBits) | reader.Peek(distanceBits);
            reader.Skip(distanceBits);
            if (reader.IsPastEnd || !MatchCopier.TryCopy(destination, written, distance, length + MinimumMatch))
            {
                return false;
            }

            written += length + MinimumMatch;
        }

        return !reader.IsPastEnd;
    }

    /// <summary>
    /// Bits in words of 16, read ahead by one to two words; between them, at the place reached by then, stand the bytes of
    /// long lengths. Behind the end there are zeros.
    /// </summary>
    private ref struct BitReader
    {
        private readonly ReadOnlySpan<byte> _source;
        private uint _bits;
        private int _extraBits = 16;
        private int _position;
        private int _missingWords;

        public BitReader(ReadOnlySpan<byte> source)
        {
            _source = source;
            _bits = ((uint)ReadWord() << 16) | ReadWord();
        }

        /// <summary>
        /// Whether more was used than there is. One word may be missing, since reading is ahead by at least as much; the
        /// second is only asked for when bits of the first are used up.
        /// </summary>
        public readonly bool IsPastEnd => _missingWords > 1;

        public readonly int Peek(int count) => (int)(_bits >> 16 >> (16 - count));

        public void Skip(int count)
        {
            _bits <<= count;
            _extraBits -= count;
            if (_extraBits < 0)
            {
                _bits |= (uint)ReadWord() << -_extraBits;
                _extraBits += 16;
            }
        }

        /// <summary>Reads a length, less 3, that its symbol had no room for; false where none is there.</summary>
        public bool TryReadLongLength(out int length)
        {
            length = 0;
            if (_position >= _source.Length)
            {
                return false;
            }

            int first = _source[_position++];
            if (first < byte.MaxValue)
            {
                length = first + LongLength;
                return true;
            }

            length = ReadWord();
            return length >= LongLength;
        }

        private ushort ReadWord()
        {
            if (_position > _source.Length - sizeof(ushort))
            {
                _missingWords++;
                return 0;
            }

            ushort word = BinaryPrimitives.ReadUInt16LittleEndian(_source.Slice(_position));
            _position += sizeof(ushort);
            return word;
        }
    }
}
