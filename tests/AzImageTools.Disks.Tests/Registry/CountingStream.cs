namespace AzImageTools.Disks.Tests.Registry;

/// <summary>Bytes in memory that count how many of them were read.</summary>
internal sealed class CountingStream(byte[] bytes) : MemoryStream(bytes, writable: false)
{
    public long BytesRead { get; set; }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int result = base.Read(buffer, offset, count);
        BytesRead += result;
        return result;
    }
}
