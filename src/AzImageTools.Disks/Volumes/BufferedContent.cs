namespace AzImageTools.Disks.Volumes;

/// <summary>A file's content behind a buffer, for small reads of what lies together. Not thread-safe.</summary>
internal sealed class BufferedContent(FileContent content)
{
    private const int BufferSize = 16 * 1024;

    private byte[]? _buffer;
    private long _bufferOffset = -1;

    public long Length => content.Length;

    /// <summary>Fills the destination; a range beyond the content is refused.</summary>
    public void Read(long position, Span<byte> destination)
    {
        if (destination.Length >= BufferSize || position < 0 || position > Length - destination.Length)
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
