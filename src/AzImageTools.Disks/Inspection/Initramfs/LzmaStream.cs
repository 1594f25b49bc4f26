using System.Buffers.Binary;

namespace AzImageTools.Disks.Inspection.Initramfs;

/// <summary>Decompresses what "lzma" compressed (LZMA specification, "LZMA File Format"): 13 bytes of header, then LZMA. Read front to back.</summary>
internal sealed class LzmaStream(Stream source) : ForwardStream
{
    private const ulong UnknownLength = ulong.MaxValue;
    private const uint SmallestWindow = 4096;

    private LzmaDecoder? _decoder;
    private ulong _left;

    public override int Read(byte[] buffer, int offset, int count)
    {
        LzmaDecoder decoder = _decoder ??= Begin();
        int read = decoder.Decode(buffer.AsSpan(offset, (int)Math.Min((ulong)count, _left)));
        if (_left != UnknownLength)
        {
            _left -= (uint)read;
        }

        return read;
    }

    private LzmaDecoder Begin()
    {
        CompressedInput input = new(source);
        byte properties = input.Next();
        uint size = input.NextUInt32LittleEndian();
        _left = BinaryPrimitives.ReadUInt64LittleEndian(input.Next(sizeof(ulong)));
        LzmaDecoder decoder = new(input, new LzmaWindow(Math.Max(size, SmallestWindow)));
        decoder.SetProperties(properties);
        decoder.Begin();
        return decoder;
    }
}
