using System.Buffers.Binary;

namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>
/// Decompresses what "lz4 -l" compressed (LZ4 Frame Format Description, Legacy frame): a signature, then blocks, each with its
/// compressed size before it, which make 8 MiB but for the last. Read front to back.
/// </summary>
internal sealed class Lz4LegacyStream(Stream source) : ForwardStream
{
    private const uint Signature = 0x184C2102;
    private const int BlockSize = 8 << 20;

    // What 8 MiB that can't be compressed become.
    private const int LargestBlock = BlockSize + (BlockSize / 255) + 16;
    private const int ShortestMatch = 4;
    private const int LongLength = 15;

    private readonly byte[] _size = new byte[sizeof(uint)];
    private byte[] _compressed = [];
    private byte[] _block = [];
    private int _start;
    private int _end;

    public override int Read(byte[] buffer, int offset, int count)
    {
        if (_start == _end && !ReadBlock())
        {
            return 0;
        }

        int step = Math.Min(count, _end - _start);
        Buffer.BlockCopy(_block, _start, buffer, offset, step);
        _start += step;
        return step;
    }

    private static InvalidDataException Damaged() => new("The LZ4 data is damaged.");

    private bool ReadBlock()
    {
        uint size;
        do
        {
            // Frames may follow one another, and zeros the last.
            if (Fill(_size, _size.Length) < _size.Length)
            {
                return false;
            }

            size = BinaryPrimitives.ReadUInt32LittleEndian(_size);
        }
        while (size == Signature);

        if (size == 0)
        {
            return false;
        }

        if (size > LargestBlock)
        {
            throw Damaged();
        }

        if (_compressed.Length < size)
        {
            _compressed = new byte[size];
        }

        if (Fill(_compressed, (int)size) < (int)size)
        {
            throw Damaged();
        }

        if (_block.Length == 0)
        {
            _block = new byte[BlockSize];
        }

        _start = 0;
        _end = Decode(_compressed.AsSpan(0, (int)size), _block);
        return _end > 0;
    }

    private int Fill(byte[] buffer, int count)
    {
        int length = 0;
        while (length < count && source.Read(buffer, length, count - length) is > 0 and int read)
        {
            length += read;
        }

        return length;
    }

    /// <summary>
    /// Decodes a block (LZ4 Block Format Description): sequences of literals, and of a match that repeats what is so many
    /// bytes back. The last has literals only.
    /// </summary>
    private static int Decode(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        int from = 0;
        int to = 0;
        while (from < source.Length)
        {
            int token = source[from++];
            int literals = ReadLength(source, ref from, token >> 4);
            if (literals > source.Length - from || literals > destination.Length - to)
            {
                throw Damaged();
            }

            source.Slice(from, literals).CopyTo(destination.Slice(to));
            from += literals;
            to += literals;
            if (from == source.Length)
            {
                break;
            }

            if (source.Length - from < sizeof(ushort))
            {
                throw Damaged();
            }

            int distance = BinaryPrimitives.ReadUInt16LittleEndian(source.Slice(from));
            from += sizeof(ushort);
            int length = ReadLength(source, ref from, token & 0xF);
            if (distance == 0 || distance > to || length > destination.Length - to - ShortestMatch)
            {
                throw Damaged();
            }

            // What is repeated may overlap what it makes: byte by byte.
            for (int end = to + length + ShortestMatch; to < end; to++)
            {
                destination[to] = destination[to - distance];
            }
        }

        return to;
    }

    private static int ReadLength(ReadOnlySpan<byte> source, ref int from, int start)
    {
        if (start < LongLength)
        {
            return start;
        }

        int length = start;
        byte more;
        do
        {
            if (from == source.Length || length > BlockSize)
            {
                throw Damaged();
            }

            more = source[from++];
            length += more;
        }
        while (more == byte.MaxValue);

        return length;
    }
}
