namespace AzImageTools.Sandbox.Storage;

/// <summary>Reads a range of pages in order, as the body of an answer.</summary>
internal sealed class PageStream(PageData pages, PageRange range) : Stream
{
    private long _position = range.Start;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => range.Length;

    public override long Position
    {
        get => _position - range.Start;
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => ReadPages(buffer.AsSpan(offset, count));

#if NET
    public override int Read(Span<byte> buffer) => ReadPages(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<int>(ReadPages(buffer.Span));
    }
#endif

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return Task.FromResult(ReadPages(buffer.AsSpan(offset, count)));
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int ReadPages(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, range.End - _position);
        var read = wanted == 0 ? 0 : pages.Read(_position, buffer.Slice(0, wanted));
        _position += read;
        return read;
    }
}
