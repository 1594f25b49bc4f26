namespace AzImageTools.Fuzz.Images;

/// <summary>An image, or a part of it, seen as a file's content.</summary>
internal sealed class ImageStream(MutableImage image, long start, long length) : Stream
{
    public ImageStream(MutableImage image)
        : this(image, 0, image.Length)
    {
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    /// <summary>What is left of the part where the image was cut off.</summary>
    public override long Length { get; } = Math.Clamp(image.Length - start, 0, length);

    public override long Position { get; set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int part = (int)Math.Clamp(Length - Position, 0, count);
        image.Read(start + Position, buffer.AsSpan(offset, part));
        Position += part;
        return part;
    }

    public override long Seek(long offset, SeekOrigin origin)
        => Position = offset + (origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => Position,
            _ => Length,
        });

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
