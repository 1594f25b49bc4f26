using System.Buffers.Binary;

namespace AzImageTools.Disks.Tests.Volumes.Ntfs;

/// <summary>
/// Writes bits as an encoder of LZ77+Huffman does ([MS-XCA] 2.1.4.3): in words of 16, two of which are reserved ahead, so that
/// bytes between the bits stand where the decoder looks for them.
/// </summary>
internal sealed class BitWriter
{
    private readonly List<byte> _bytes = [0, 0, 0, 0];
    private int _current;
    private int _next = 2;
    private uint _bits;
    private int _count;

    public void WriteBits(int value, int count)
    {
        for (int i = count - 1; i >= 0; i--)
        {
            if (_count == 16)
            {
                Flush();
            }

            _bits = (_bits << 1) | (uint)((value >> i) & 1);
            _count++;
        }
    }

    public void WriteByte(byte value) => _bytes.Add(value);

    public byte[] Finish()
    {
        _bits <<= 16 - _count;
        byte[] bytes = [.. _bytes];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(_current), (ushort)_bits);
        return bytes;
    }

    private void Flush()
    {
        _bytes[_current] = (byte)_bits;
        _bytes[_current + 1] = (byte)(_bits >> 8);
        _current = _next;
        _next = _bytes.Count;
        _bytes.AddRange([0, 0]);
        _bits = 0;
        _count = 0;
    }
}
