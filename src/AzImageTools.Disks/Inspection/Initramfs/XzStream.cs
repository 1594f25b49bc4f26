namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>
/// Decompresses what "xz" compressed (The .xz File Format, 1.2.1): a header, blocks of LZMA2 chunks, an index. Read front to back,
/// up to the index. Only LZMA2 itself is read, which is all that is used for an initramfs; checks are passed over.
/// </summary>
internal sealed class XzStream(Stream source) : ForwardStream
{
    private const int HeaderSize = 12;
    private const int Alignment = 4;
    private const int FlagsOffset = 7;
    private const byte Lzma2 = 0x21;
    private const int LargestSizeBits = 40;

    // LZMA2 chunks: what the control byte says.
    private const int EndOfChunks = 0;
    private const int StoredAfterReset = 1;
    private const int Stored = 2;
    private const int Compressed = 0x80;
    private const int WithStateReset = 0xA0;
    private const int WithProperties = 0xC0;
    private const int WithWindowReset = 0xE0;

    // 2.1.1.2: how many bytes a check of each kind has.
    private static readonly int[] CheckSizes = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64];

    private readonly CompressedInput _input = new(source);
    private int? _checkSize;
    private bool _isAtIndex;
    private LzmaWindow? _window;
    private LzmaDecoder? _decoder;
    private bool _hasProperties;
    private bool _isStored;
    private long _chunkEnd;
    private int _left;

    public override int Read(byte[] buffer, int offset, int count)
    {
        while (_left == 0)
        {
            if (!BeginChunk())
            {
                return 0;
            }
        }

        Span<byte> destination = buffer.AsSpan(offset, Math.Min(count, _left));
        if (_isStored)
        {
            for (int index = 0; index < destination.Length; index++)
            {
                destination[index] = _input.Next();
                _window!.Put(destination[index]);
            }
        }
        else if (_decoder!.Decode(destination) < destination.Length)
        {
            // LZMA2 has lengths in place of an end mark.
            throw Damaged();
        }

        _left -= destination.Length;
        return _left > 0 || _isStored || (_decoder!.IsAtEnd && _input.Position == _chunkEnd) ? destination.Length : throw Damaged();
    }

    private static InvalidDataException Damaged() => new("The xz data is damaged.");

    /// <summary>Begins the next chunk, of the next block where this one ends; false at the index.</summary>
    private bool BeginChunk()
    {
        if (_window is null && !BeginBlock())
        {
            return false;
        }

        int control = _input.Next();
        if (control == EndOfChunks)
        {
            _input.Skip((-_input.Position & (Alignment - 1)) + (_checkSize ?? 0));
            _window = null;
            return true;
        }

        if (control is StoredAfterReset or >= WithWindowReset)
        {
            _window!.Clear();
            _hasProperties = false;
        }

        _isStored = control < Compressed;
        if (_isStored)
        {
            _left = control <= Stored ? _input.NextUInt16BigEndian() + 1 : throw Damaged();
            return true;
        }

        _left = ((control & 0x1F) << 16) + _input.NextUInt16BigEndian() + 1;
        int size = _input.NextUInt16BigEndian() + 1;
        if (control >= WithProperties)
        {
            byte properties = _input.Next();
            _decoder!.SetProperties(properties);
            _hasProperties = true;
        }
        else if (!_hasProperties)
        {
            throw Damaged();
        }
        else if (control >= WithStateReset)
        {
            _decoder!.Reset();
        }

        _chunkEnd = _input.Position + size;
        _decoder!.Begin();
        return true;
    }

    /// <summary>Reads a block's header (3.1); false where the index begins.</summary>
    private bool BeginBlock()
    {
        _checkSize ??= CheckSizes[_input.Next(HeaderSize)[FlagsOffset] & 0xF];
        long start = _input.Position;
        int size = _isAtIndex ? Alignment : (_input.Next() + 1) * Alignment;
        _isAtIndex = size == Alignment;
        if (_isAtIndex)
        {
            return false;
        }

        int flags = _input.Next();
        for (int sizes = (flags >> 6 & 1) + (flags >> 7); sizes > 0; sizes--)
        {
            SkipNumber();
        }

        if ((flags & 3) != 0 || _input.Next() != Lzma2)
        {
            throw new NotSupportedException("It is compressed with xz by more than LZMA2, which is not read.");
        }

        // 5.3.1: one byte tells how far back matches reach, in steps of 1/2 and 1.
        int bits = _input.Next() == 1 ? _input.Next() : throw Damaged();
        if (bits > LargestSizeBits)
        {
            throw Damaged();
        }

        long windowSize = bits == LargestSizeBits ? uint.MaxValue : (2L | (bits & 1)) << ((bits / 2) + 11);
        _window = new LzmaWindow((uint)windowSize);
        _decoder = new LzmaDecoder(_input, _window);
        _hasProperties = false;
        long rest = start + size - _input.Position;
        _input.Skip(rest >= 0 ? rest : throw Damaged());
        return true;
    }

    /// <summary>Passes over a number of 7 bits a byte (1.2).</summary>
    private void SkipNumber()
    {
        const int Longest = 9;
        const int HasMore = 0x80;
        for (int count = 1; (_input.Next() & HasMore) != 0; count++)
        {
            if (count == Longest)
            {
                throw Damaged();
            }
        }
    }
}
