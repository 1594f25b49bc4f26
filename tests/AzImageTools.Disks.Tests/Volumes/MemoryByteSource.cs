namespace AzImageTools.Disks.Tests.Volumes;

/// <summary>A volume in memory that counts what is read of it.</summary>
internal sealed class MemoryByteSource(byte[] bytes, int? length = null) : IByteSource
{
    public string Name => "volume";

    public long Length => length ?? bytes.Length;

    public int LogicalSectorSize => 512;

    public ReadBudget Budget { get; } = new("volume");

    public long BytesRead { get; set; }

    public int Reads { get; set; }

    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Length - destination.Length)
        {
            throw new DiskFormatException(Name, offset, "The read reaches beyond the volume.");
        }

        bytes.AsSpan((int)offset, destination.Length).CopyTo(destination);
        BytesRead += destination.Length;
        Reads++;
    }

    public IEnumerable<DiskExtent> GetExtents(long offset, long length) => [new DiskExtent(offset, length)];

    public void Prefetch(IEnumerable<DiskExtent> ranges)
    {
        // All of it is in memory.
    }
}
