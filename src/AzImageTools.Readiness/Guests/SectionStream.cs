namespace AzImageTools.Readiness.Guests;

/// <summary>A part of a file as a stream of its own: read and sought, never written. The file stays open.</summary>
internal sealed class SectionStream(Stream file, long offset, long length) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override int Read(byte[] buffer, int start, int count)
    {
        int wanted = (int)Math.Min(count, Math.Max(0, length - _position));
        if (wanted == 0)
        {
            return 0;
        }

        file.Position = offset + _position;
        int read = file.Read(buffer, start, wanted);
        _position += read;
        return read;
    }

    public override long Seek(long target, SeekOrigin origin)
        => Position = origin switch
        {
            SeekOrigin.Begin => target,
            SeekOrigin.Current => _position + target,
            SeekOrigin.End => length + target,
            _ => throw new ArgumentOutOfRangeException(nameof(origin)),
        };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int start, int count) => throw new NotSupportedException();
}
