using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>Where a FAT volume's boot sector, tables and root folder are.</summary>
internal static class FatLayout
{
    public static void Describe(MutableImage image, Layout layout)
    {
        byte[] boot = image.Read(0, 512);
        int sectorSize = BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(11));
        long table = BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(14)) * (long)sectorSize;
        long tableSectors = BinaryPrimitives.ReadUInt16LittleEndian(boot.AsSpan(22));
        tableSectors = tableSectors == 0 ? BinaryPrimitives.ReadUInt32LittleEndian(boot.AsSpan(36)) : tableSectors;
        long folders = table + (boot[16] * tableSectors * sectorSize);
        layout.Add("boot sector", 0, 90, 20);
        layout.Add("file allocation table", table, Math.Min(4096, tableSectors * sectorSize), 30);
        layout.Add("root folder", folders, 4096, 30);
        layout.Add("folders", folders, Math.Min(256 * 1024, image.Length - folders), 20);
    }
}
