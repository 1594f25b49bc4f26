using System.Buffers.Binary;

namespace AzImageTools.Disks.Partitions;

/// <summary>The first sector of a volume that firmware can boot from. On a disk without partitions it stands where a partition table would.</summary>
internal static class BootSector
{
    /// <summary>Whether a sector begins an NTFS, exFAT, FAT or BitLocker volume.</summary>
    public static bool IsPresent(ReadOnlySpan<byte> sector)
    {
        bool hasJump = (sector[0] == 0xEB && sector[2] == 0x90) || sector[0] == 0xE9;
        ReadOnlySpan<byte> creator = sector.Slice(3, 8);
        return hasJump
            && (creator.SequenceEqual("NTFS    "u8)
                || creator.SequenceEqual("EXFAT   "u8)
                || creator.SequenceEqual("-FVE-FS-"u8)
                || IsFat(sector));
    }

    // Microsoft Extensible Firmware Initiative FAT32 File System Specification 1.03, "Boot Sector and BPB".
    private static bool IsFat(ReadOnlySpan<byte> sector)
    {
        int bytesPerSector = BinaryPrimitives.ReadUInt16LittleEndian(sector.Slice(11));
        byte sectorsPerCluster = sector[13];
        return bytesPerSector is 512 or 1024 or 2048 or 4096
            && sectorsPerCluster != 0
            && (sectorsPerCluster & (sectorsPerCluster - 1)) == 0
            && BinaryPrimitives.ReadUInt16LittleEndian(sector.Slice(14)) != 0
            && sector[16] is 1 or 2
            && sector[21] >= 0xF0;
    }
}
