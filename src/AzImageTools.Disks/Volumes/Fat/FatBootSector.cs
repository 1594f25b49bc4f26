using System.Buffers.Binary;

namespace AzImageTools.Disks.Volumes.Fat;

/// <summary>
/// The boot sector of a FAT volume with its BIOS parameter block (Microsoft, "FAT: General Overview of On-Disk Format",
/// sections "Boot Sector and BPB" and "FAT Type Determination"; all positions in bytes).
/// </summary>
internal sealed class FatBootSector
{
    private const int SignatureOffset = 510;

    // BPB_ExtFlags.
    private const int MirroringOff = 0x80;
    private const int ActiveTable = 0x0F;

    private FatBootSector(ReadOnlySpan<byte> sector, FileSystemKind kind, long clusterCount)
    {
        Kind = kind;
        BytesPerSector = UInt16(sector, 11);
        BytesPerCluster = BytesPerSector * sector[13];
        RootEntryCount = UInt16(sector, 17);
        FatLength = SectorsPerFat(sector) * BytesPerSector;
        long firstTable = (long)UInt16(sector, 14) * BytesPerSector;
        RootOffset = firstTable + (FatLength * sector[16]);
        DataOffset = RootOffset + ((long)RootSectors(sector) * BytesPerSector);
        Capacity = SectorCount(sector) * BytesPerSector;
        ClusterCount = clusterCount;
        bool isFat32 = kind == FileSystemKind.Fat32;
        int flags = isFat32 ? UInt16(sector, 40) : 0;
        bool isMirrored = (flags & MirroringOff) == 0;
        FatOffset = firstTable + (isMirrored ? 0 : FatLength * Math.Min(flags & ActiveTable, sector[16] - 1));
        CopyOffset = isMirrored && sector[16] > 1 ? firstTable + FatLength : null;
        RootCluster = isFat32 ? BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(44)) : 0;
        InformationSector = isFat32 ? UInt16(sector, 48) : 0;
        int extended = isFat32 ? 64 : 36;
        IsMarkedDirty = (sector[extended + 1] & 1) != 0;
    }

    public FileSystemKind Kind { get; }

    public int BytesPerSector { get; }

    public int BytesPerCluster { get; }

    /// <summary>Where the file allocation table begins that is in use: the first, unless FAT32 names another.</summary>
    public long FatOffset { get; }

    /// <summary>Where its copy begins; null where there is none that is kept up.</summary>
    public long? CopyOffset { get; }

    public long FatLength { get; }

    /// <summary>Where the root folder of FAT12 and FAT16 begins.</summary>
    public long RootOffset { get; }

    public int RootEntryCount { get; }

    /// <summary>Where cluster 2, the first, begins.</summary>
    public long DataOffset { get; }

    public long Capacity { get; }

    public long ClusterCount { get; }

    /// <summary>The root folder's first cluster, on FAT32.</summary>
    public uint RootCluster { get; }

    /// <summary>The number of the sector that FAT32 keeps its count of free clusters in; 0 for none.</summary>
    public int InformationSector { get; }

    /// <summary>Whether a driver marked the volume as being written.</summary>
    public bool IsMarkedDirty { get; }

    /// <summary>Which kind of FAT volume it is the boot sector of; null where it is none.</summary>
    public static FileSystemKind? Recognise(ReadOnlySpan<byte> sector)
    {
        int bytesPerSector = UInt16(sector, 11);
        bool isPlausible = sector[SignatureOffset] == 0x55
            && sector[SignatureOffset + 1] == 0xAA
            && sector[0] is 0xEB or 0xE9
            && bytesPerSector is 512 or 1024 or 2048 or 4096
            && sector[13] != 0
            && (sector[13] & (sector[13] - 1)) == 0
            && UInt16(sector, 14) != 0
            && sector[16] is 1 or 2
            && sector[21] is 0xF0 or >= 0xF8
            && SectorsPerFat(sector) != 0
            && SectorCount(sector) != 0;
        if (!isPlausible)
        {
            return null;
        }

        if (UInt16(sector, 22) == 0)
        {
            // Windows and Linux tell FAT32 so; programs make it with fewer clusters than Microsoft's text allows, too.
            return UInt16(sector, 17) == 0 ? FileSystemKind.Fat32 : null;
        }

        return UInt16(sector, 17) == 0 ? null : ClustersOn(sector) < 4085 ? FileSystemKind.Fat12 : FileSystemKind.Fat16;
    }

    /// <summary>Reads the boot sector of a volume, whose numbers must fit each other and the volume.</summary>
    public static FatBootSector Read(IByteSource volume)
    {
        byte[] sector = new byte[512];
        volume.Read(0, sector);
        FileSystemKind kind = Recognise(sector)
            ?? throw new DiskFormatException(volume.Name, 0, "It does not begin with the boot sector of a FAT volume.", "FAT, Boot Sector and BPB");
        long clusters = ClustersOn(sector);
        long length = SectorCount(sector) * UInt16(sector, 11);
        if (length > volume.Length)
        {
            throw new DiskFormatException(volume.Name, 0, $"The FAT volume is said to have {length} bytes, but its partition has {volume.Length}.", "FAT, BPB_TotSec");
        }

        if (clusters is <= 0 or > 0x0FFF_FFF5)
        {
            throw new DiskFormatException(volume.Name, 0, "The FAT volume's tables leave no room for a cluster, or for too many.", "FAT, FAT Type Determination");
        }

        FatBootSector boot = new(sector, kind, clusters);
        long entries = boot.FatLength * 8 / BitsPerEntry(kind);
        return entries >= clusters + 2
            ? boot
            : throw new DiskFormatException(volume.Name, 0, $"The file allocation table has {entries} entries for {clusters} clusters.", "FAT, BPB_FATSz");
    }

    public static int BitsPerEntry(FileSystemKind kind) => kind switch
    {
        FileSystemKind.Fat12 => 12,
        FileSystemKind.Fat16 => 16,
        _ => 32,
    };

    private static long ClustersOn(ReadOnlySpan<byte> sector)
    {
        long tables = UInt16(sector, 14) + (SectorsPerFat(sector) * sector[16]) + RootSectors(sector);
        return (SectorCount(sector) - tables) / sector[13];
    }

    private static int RootSectors(ReadOnlySpan<byte> sector)
    {
        int bytesPerSector = UInt16(sector, 11);
        return ((UInt16(sector, 17) * FatDirectoryEntry.Size) + bytesPerSector - 1) / bytesPerSector;
    }

    private static long SectorsPerFat(ReadOnlySpan<byte> sector)
        => UInt16(sector, 22) is int small and not 0 ? small : BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(36));

    private static long SectorCount(ReadOnlySpan<byte> sector)
        => UInt16(sector, 19) is int small and not 0 ? small : BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(32));

    private static int UInt16(ReadOnlySpan<byte> sector, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(sector.Slice(offset));
}
