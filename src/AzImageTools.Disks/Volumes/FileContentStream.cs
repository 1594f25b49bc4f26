namespace AzImageTools.Disks.Volumes;

/// <summary>A file's content as a stream; small reads go through one buffer. Not thread-safe, as streams are.</summary>
internal sealed class FileContentStream(FileContent content) : ReadOnlyStream(content.Length)
{
    private const int BufferSize = 16 * 1024;

    private byte[]? _buffer;
    private long _bufferOffset = -1;

    protected override void ReadAt(long position, Span<byte> destination)
    {
        if (destination.Length >= BufferSize)
        {
            content.Read(position, destination);
            return;
        }

        while (destination.Length > 0)
        {
            FillBuffer(position / BufferSize * BufferSize);
            int start = (int)(position - _bufferOffset);
            int count = Math.Min(destination.Length, BufferSize - start);
            _buffer.AsSpan(start, count).CopyTo(destination);
            destination = destination.Slice(count);
            position += count;
        }
    }

    private void FillBuffer(long offset)
    {
        if (_bufferOffset == offset)
        {
            return;
        }

        _buffer ??= new byte[BufferSize];
        _bufferOffset = -1;
        content.Read(offset, _buffer.AsSpan(0, (int)Math.Min(BufferSize, Length - offset)));
        _bufferOffset = offset;
    }
}
