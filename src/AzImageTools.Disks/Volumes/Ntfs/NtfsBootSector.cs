using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>The boot sector of an NTFS volume (libfsntfs documentation, "Boot sector"; all positions in bytes).</summary>
internal sealed class NtfsBootSector
{
    private const int Size = 512;
    private const int MaximumClusterSize = 2 * 1024 * 1024;
    private const int MaximumRecordSize = 64 * 1024;

    private NtfsBootSector(int clusterSize, long capacity, long mftOffset, int fileRecordSize, int indexRecordSize)
    {
        ClusterSize = clusterSize;
        Capacity = capacity;
        MftOffset = mftOffset;
        FileRecordSize = fileRecordSize;
        IndexRecordSize = indexRecordSize;
    }

    public int ClusterSize { get; }

    public long Capacity { get; }

    public long ClusterCount => Capacity / ClusterSize;

    /// <summary>Where the master file table begins.</summary>
    public long MftOffset { get; }

    /// <summary>The bytes of a record of the master file table.</summary>
    public int FileRecordSize { get; }

    /// <summary>The bytes of a record of a folder's index.</summary>
    public int IndexRecordSize { get; }

    public static bool IsBootSector(ReadOnlySpan<byte> sector) => sector.Slice(3).StartsWith("NTFS    "u8);

    public static NtfsBootSector Read(IByteSource volume)
    {
        byte[] sector = new byte[Size];
        volume.Read(0, sector);
        int bytesPerSector = BinaryPrimitives.ReadUInt16LittleEndian(sector.AsSpan(11));
        if (bytesPerSector is not (256 or 512 or 1024 or 2048 or 4096))
        {
            throw Damaged(volume, 11, $"An NTFS volume can't have sectors of {bytesPerSector} bytes.");
        }

        // Above 0x80, the number is negative, and 2 to the power of its absolute value is meant: clusters above 64 KiB.
        int sectorsPerCluster = sector[13] <= 0x80 ? sector[13] : PowerOfTwo(-(sbyte)sector[13]);
        long clusterSize = (long)sectorsPerCluster * bytesPerSector;
        if (clusterSize is 0 or > MaximumClusterSize || !IsPowerOfTwo(clusterSize))
        {
            throw Damaged(volume, 13, $"An NTFS volume can't have clusters of {clusterSize} bytes.");
        }

        long sectors = BinaryPrimitives.ReadInt64LittleEndian(sector.AsSpan(40));
        if (sectors <= 0 || sectors > volume.Length / bytesPerSector)
        {
            throw Damaged(volume, 40, $"The NTFS volume is said to have {sectors} sectors of {bytesPerSector} bytes, but its partition has {volume.Length} bytes.");
        }

        long capacity = sectors * bytesPerSector;
        int fileRecordSize = RecordSize(volume, sector, 64, clusterSize);
        int indexRecordSize = RecordSize(volume, sector, 68, clusterSize);
        long mftCluster = BinaryPrimitives.ReadInt64LittleEndian(sector.AsSpan(48));
        if (mftCluster <= 0 || mftCluster >= capacity / clusterSize)
        {
            throw Damaged(volume, 48, $"The master file table is said to be in cluster {mftCluster}, and the volume has {capacity / clusterSize}.");
        }

        return new NtfsBootSector((int)clusterSize, capacity, mftCluster * clusterSize, fileRecordSize, indexRecordSize);
    }

    // A positive number counts clusters; of a negative one, 2 to the power of its absolute value counts bytes.
    private static int RecordSize(IByteSource volume, byte[] sector, int offset, long clusterSize)
    {
        int value = (sbyte)sector[offset];
        long size = value >= 0 ? value * clusterSize : PowerOfTwo(-value);
        return size is >= 512 and <= MaximumRecordSize && IsPowerOfTwo(size)
            ? (int)size
            : throw Damaged(volume, offset, $"Records of an NTFS volume can't have {size} bytes.");
    }

    private static int PowerOfTwo(int exponent) => exponent <= 30 ? 1 << exponent : 0;

    private static bool IsPowerOfTwo(long value) => (value & (value - 1)) == 0;

    private static DiskFormatException Damaged(IByteSource volume, long offset, string problem) => new(volume.Name, offset, problem, "NTFS, Boot sector");
}
