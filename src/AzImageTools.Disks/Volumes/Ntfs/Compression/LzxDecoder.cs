using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs.Compression;

/// <summary>
/// Decodes LZX as WIM archives and WOF have it: chunks of at most 32 KiB, each with a window of its own, block sizes of 16
/// bits, and calls of x86 code (E8) always translated ([MS-PATCH] 2, "LZX DELTA", which names what they have in common;
/// "Windows Imaging File Format").
/// </summary>
internal sealed class LzxDecoder : IChunkDecoder
{
    /// <summary>The most bytes of a chunk, decoded.</summary>
    public const int ChunkSize = 32 * 1024;

    private const int LiteralCount = 256;
    private const int SlotCount = 30;
    private const int PrimaryLengths = 7;
    private const int MainSymbolCount = LiteralCount + (SlotCount * (PrimaryLengths + 1));
    private const int LengthSymbolCount = 249;
    private const int AlignedSymbolCount = 8;
    private const int AlignedBits = 3;
    private const int MinimumMatch = 2;
    private const int MaximumCodeLength = 16;
    private const int VerbatimBlock = 1;
    private const int AlignedBlock = 2;
    private const int UncompressedBlock = 3;

    private readonly LzxCodeLengths _codeLengths = new();
    private readonly HuffmanCode _main = new(MainSymbolCount, MaximumCodeLength);
    private readonly HuffmanCode _length = new(LengthSymbolCount, MaximumCodeLength);
    private readonly HuffmanCode _aligned = new(AlignedSymbolCount, MaximumCodeLength);
    private readonly byte[] _mainLengths = new byte[MainSymbolCount];
    private readonly byte[] _lengthLengths = new byte[LengthSymbolCount];
    private readonly byte[] _alignedLengths = new byte[AlignedSymbolCount];

    // The last three distances, the latest first.
    private readonly int[] _distances = new int[3];

    public bool TryDecompress(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        Array.Clear(_mainLengths, 0, _mainLengths.Length);
        Array.Clear(_lengthLengths, 0, _lengthLengths.Length);
        _distances.AsSpan().Fill(1);
        LzBitReader reader = new(source, 0);
        int written = 0;
        while (written < destination.Length)
        {
            int type = reader.Read(3);
            int size = reader.Read(1) == 1 ? ChunkSize : reader.Read(16);
            if (reader.IsPastEnd || size > destination.Length - written)
            {
                return false;
            }

            int end = written + size;
            bool isWhole = type switch
            {
                VerbatimBlock or AlignedBlock => TryReadCodes(ref reader, type) && TryDecode(ref reader, destination.Slice(0, end), written, type == AlignedBlock),
                UncompressedBlock => TryCopy(source, ref reader, destination.Slice(written, size)),
                _ => false,
            };
            if (!isWhole)
            {
                return false;
            }

            written = end;
        }

        RestoreCalls(destination);
        return true;
    }

    private bool TryReadCodes(ref LzBitReader reader, int type)
    {
        if (type == AlignedBlock)
        {
            for (int i = 0; i < AlignedSymbolCount; i++)
            {
                _alignedLengths[i] = (byte)reader.Read(3);
            }

            if (!_aligned.TryBuild(_alignedLengths))
            {
                return false;
            }
        }

        // Lengths are told as differences to those of the block before.
        return _codeLengths.TryRead(ref reader, _mainLengths.AsSpan(0, LiteralCount))
            && _codeLengths.TryRead(ref reader, _mainLengths.AsSpan(LiteralCount))
            && _main.TryBuild(_mainLengths)
            && _codeLengths.TryRead(ref reader, _lengthLengths)
            && (_length.TryBuild(_lengthLengths) || _length.IsEmpty);
    }

    private bool TryDecode(ref LzBitReader reader, Span<byte> destination, int written, bool isAligned)
    {
        while (written < destination.Length)
        {
            int symbol = reader.Read(_main);
            if (symbol < LiteralCount)
            {
                destination[written++] = (byte)symbol;
                continue;
            }

            int length = (symbol - LiteralCount) & PrimaryLengths;
            if (length == PrimaryLengths)
            {
                if (_length.IsEmpty)
                {
                    return false;
                }

                length += reader.Read(_length);
            }

            length += MinimumMatch;
            int distance = ReadDistance(ref reader, (symbol - LiteralCount) >> 3, isAligned);
            if (reader.IsPastEnd || !MatchCopier.TryCopy(destination, written, distance, length))
            {
                return false;
            }

            written += length;
        }

        return !reader.IsPastEnd;
    }

    private int ReadDistance(ref LzBitReader reader, int slot, bool isAligned)
    {
        if (slot < _distances.Length)
        {
            // One of the last three, which changes places with the latest.
            (_distances[0], _distances[slot]) = (_distances[slot], _distances[0]);
            return _distances[0];
        }

        int bits = slot < 4 ? 0 : (slot >> 1) - 1;
        int distance = (slot < 4 ? slot : (2 + (slot & 1)) << bits) - 2;
        if (isAligned && bits >= AlignedBits)
        {
            distance += reader.Read(bits - AlignedBits) << AlignedBits;
            distance += reader.Read(_aligned);
        }
        else
        {
            distance += reader.Read(bits);
        }

        _distances[2] = _distances[1];
        _distances[1] = _distances[0];
        return _distances[0] = distance;
    }

    /// <summary>An uncompressed block: from the end of the word on, three distances, the bytes, and one more for an odd count.</summary>
    private bool TryCopy(ReadOnlySpan<byte> source, ref LzBitReader reader, Span<byte> destination)
    {
        int start = reader.EndOfWord();
        int content = start + (_distances.Length * sizeof(int));
        if (content > source.Length - destination.Length)
        {
            return false;
        }

        for (int i = 0; i < _distances.Length; i++)
        {
            int distance = BinaryPrimitives.ReadInt32LittleEndian(source.Slice(start + (i * sizeof(int))));
            if (distance is <= 0 or > ChunkSize)
            {
                return false;
            }

            _distances[i] = distance;
        }

        source.Slice(content, destination.Length).CopyTo(destination);
        reader = new LzBitReader(source, content + destination.Length + (destination.Length & 1));
        return true;
    }

    /// <summary>Makes the targets of calls relative again, which the compressor made absolute, for a file of 12,000,000 bytes.</summary>
    private static void RestoreCalls(Span<byte> content)
    {
        const int FileSize = 12_000_000;
        const int Tail = 10;
        const byte Call = 0xE8;
        for (int i = 0; i < content.Length - Tail; i++)
        {
            if (content[i] != Call)
            {
                continue;
            }

            Span<byte> operand = content.Slice(i + 1, sizeof(int));
            int target = BinaryPrimitives.ReadInt32LittleEndian(operand);
            if (target >= 0 && target < FileSize)
            {
                BinaryPrimitives.WriteInt32LittleEndian(operand, target - i);
            }
            else if (target < 0 && target >= -i)
            {
                BinaryPrimitives.WriteInt32LittleEndian(operand, target + FileSize);
            }

            i += sizeof(int);
        }
    }
}
