namespace AzImageTools.Services.Tests.Upload;

/// <summary>A stream on a disk that has room for so many bytes.</summary>
internal sealed class FullStream(int room) : MemoryStream
{
    public override void Write(byte[] buffer, int offset, int count)
    {
        int fits = (int)Math.Min(count, room - Length);
        base.Write(buffer, offset, fits);
        if (fits < count)
        {
            throw new IOException("No space left on device");
        }
    }
}
