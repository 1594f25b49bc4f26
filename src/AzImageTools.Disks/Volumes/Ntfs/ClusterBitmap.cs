using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>The clusters in use ($Bitmap), one bit each.</summary>
internal static class ClusterBitmap
{
    private const int ChunkSize = 64 * 1024;
    private const int WordBits = 64;

    // What a list of free pieces may take for each.
    private const int FreePieceSize = 256;

    /// <summary>Whether nothing uses a cluster.</summary>
    public static bool IsFree(FileContent bitmap, long cluster)
    {
        Span<byte> bits = stackalloc byte[1];
        bitmap.Read(cluster / 8, bits);
        return (bits[0] & (1 << (int)(cluster % 8))) == 0;
    }

    /// <summary>The runs of clusters that nothing uses, lazily.</summary>
    public static IEnumerable<DiskExtent> EnumerateFree(FileContent bitmap, NtfsBootSector boot)
    {
        bitmap.Prefetch([new DiskExtent(0, Math.Min(bitmap.Length, (boot.ClusterCount + 7) / 8))]);
        byte[] chunk = new byte[ChunkSize];
        long freeFrom = -1;
        for (long cluster = 0; cluster < boot.ClusterCount; cluster += WordBits)
        {
            long position = cluster / 8;
            int start = (int)(position % ChunkSize);
            if (start == 0)
            {
                long needed = (boot.ClusterCount + 7) / 8;
                int count = (int)Math.Min(ChunkSize, needed - position);
                bitmap.Budget.Work(count, "the bitmap of clusters");
                chunk.AsSpan(count).Clear();
                bitmap.Read(position, chunk.AsSpan(0, count));
            }

            ulong used = BinaryPrimitives.ReadUInt64LittleEndian(chunk.AsSpan(start));
            bool isUniform = used == (freeFrom < 0 ? ulong.MaxValue : 0);
            int bits = isUniform ? 0 : (int)Math.Min(WordBits, boot.ClusterCount - cluster);
            for (int bit = 0; bit < bits; bit++)
            {
                bool isFree = ((used >> bit) & 1) == 0;
                if (isFree && freeFrom < 0)
                {
                    bitmap.Budget.Allocate(FreePieceSize, "free clusters", cluster + bit);
                    freeFrom = cluster + bit;
                }
                else if (!isFree && freeFrom >= 0)
                {
                    yield return Extent(freeFrom, cluster + bit, boot);
                    freeFrom = -1;
                }
            }
        }

        if (freeFrom >= 0)
        {
            yield return Extent(freeFrom, boot.ClusterCount, boot);
        }
    }

    private static DiskExtent Extent(long from, long to, NtfsBootSector boot) => new(from * boot.ClusterSize, (to - from) * boot.ClusterSize);
}
