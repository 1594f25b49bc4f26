using System.Buffers.Binary;

namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>Hands out a compressed file byte by byte. That it ends too early is damage.</summary>
internal sealed class CompressedInput(Stream source)
{
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _at;
    private int _end;

    /// <summary>How many bytes were handed out.</summary>
    public long Position { get; private set; }

    public byte Next()
    {
        if (_at == _end)
        {
            _at = 0;
            _end = source.Read(_buffer, 0, _buffer.Length);
            if (_end == 0)
            {
                throw new InvalidDataException("The compressed data ends too early.");
            }
        }

        Position++;
        return _buffer[_at++];
    }

    public byte[] Next(int count)
    {
        byte[] bytes = new byte[count];
        for (int index = 0; index < count; index++)
        {
            bytes[index] = Next();
        }

        return bytes;
    }

    public void Skip(long count)
    {
        for (; count > 0; count--)
        {
            Next();
        }
    }

    public int NextUInt16BigEndian() => (Next() << 8) | Next();

    public uint NextUInt32LittleEndian() => BinaryPrimitives.ReadUInt32LittleEndian(Next(sizeof(uint)));
}
