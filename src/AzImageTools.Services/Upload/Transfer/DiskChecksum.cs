namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// The CRC-64/NVME of a whole disk from the sums of its parts, which may come in any order and from any thread.
/// What no part covers counts as zeros.
/// </summary>
internal sealed class DiskChecksum(long length)
{
    private long _parts;

    /// <summary>The sum of the whole disk with the parts added so far.</summary>
    public ulong Value => ~((ulong)Interlocked.Read(ref _parts) ^ Crc64Nvme.Shift(ulong.MaxValue, length));

    /// <summary>Adds a part. No two parts overlap.</summary>
    /// <param name="offset">Where it begins on the disk, in bytes.</param>
    /// <param name="count">Its length in bytes.</param>
    /// <param name="crc">Its sum.</param>
    public void Add(long offset, int count, ulong crc)
    {
        // Without the inversions a sum is linear: that of the whole is the XOR of the parts', each moved to its place.
        ulong linear = ~crc ^ Crc64Nvme.Shift(ulong.MaxValue, count);
        long moved = (long)Crc64Nvme.Shift(linear, length - offset - count);
        long seen = Interlocked.Read(ref _parts);
        long current;
        while ((current = Interlocked.CompareExchange(ref _parts, seen ^ moved, seen)) != seen)
        {
            seen = current;
        }
    }
}
