using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs.Compression;

/// <summary>
/// Bits in little-endian words of 16, the highest first, read ahead by one to two words. Behind the end there are zeros.
/// </summary>
internal ref struct LzBitReader
{
    private const int WordBits = 16;

    private readonly ReadOnlySpan<byte> _source;
    private uint _bits;
    private int _extraBits = WordBits;
    private int _position;
    private int _missingWords;

    /// <summary>Begins to read at a place of the source.</summary>
    public LzBitReader(ReadOnlySpan<byte> source, int position)
    {
        _source = source;
        _position = position;
        _bits = ((uint)ReadWord() << WordBits) | ReadWord();
    }

    /// <summary>
    /// Whether more was used than there is. One word may be missing, since reading is ahead by at least as much; the
    /// second is only asked for when bits of the first are used up.
    /// </summary>
    public readonly bool IsPastEnd => _missingWords > 1;

    /// <summary>The next bits, up to 16, as a number.</summary>
    public readonly int Peek(int count) => (int)(_bits >> WordBits >> (WordBits - count));

    /// <summary>Uses up bits, at most 16.</summary>
    public void Skip(int count)
    {
        _bits <<= count;
        _extraBits -= count;
        if (_extraBits < 0)
        {
            _bits |= (uint)ReadWord() << -_extraBits;
            _extraBits += WordBits;
        }
    }

    /// <summary>Uses up bits, at most 16, as a number.</summary>
    public int Read(int count)
    {
        int value = Peek(count);
        Skip(count);
        return value;
    }

    /// <summary>Reads the symbol whose code comes next.</summary>
    public int Read(HuffmanCode code)
    {
        int symbol = code.Decode(Peek(code.MaximumLength), out int length);
        Skip(length);
        return symbol;
    }

    /// <summary>Reads a byte that stands between the words, behind those read ahead.</summary>
    public int ReadByte()
    {
        if (_position < _source.Length)
        {
            return _source[_position++];
        }

        _missingWords = 2;
        return 0;
    }

    /// <summary>Where the source goes on behind the word that holds the next bit.</summary>
    public readonly int EndOfWord()
    {
        int aheadBits = WordBits + _extraBits - (_missingWords * WordBits);
        return _position - (aheadBits <= 0 ? 0 : (aheadBits - 1) / WordBits * sizeof(ushort));
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
