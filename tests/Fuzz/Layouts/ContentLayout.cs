using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>
/// Where the structures of partition tables, logical volumes, file systems and hives are, found by their signatures: that works within any
/// container that keeps sectors whole.
/// </summary>
internal static class ContentLayout
{
    private const int Sector = 512;
    private const int GptHeaderSize = 92;

    public static void Describe(MutableImage image, Layout layout)
    {
        foreach (long page in image.Pages)
        {
            byte[] bytes = image.Read(page * MutableImage.PageSize, MutableImage.PageSize);
            for (int i = 0; i < bytes.Length; i += Sector)
            {
                AddSector(bytes.AsSpan(i, Sector), (page * MutableImage.PageSize) + i, layout);
                LvmLayout.AddSector(bytes.AsSpan(i, Sector), (page * MutableImage.PageSize) + i, image, layout);
            }
        }
    }

    private static void AddSector(ReadOnlySpan<byte> sector, long offset, Layout layout)
    {
        if (sector.StartsWith("FILE"u8))
        {
            layout.Add("file record", offset, 1024, 2);
        }
        else if (sector.StartsWith("INDX"u8))
        {
            layout.Add("index block", offset, 4096, 6);
        }
        else if (sector.StartsWith("regf"u8))
        {
            layout.Add("hive", offset, Sector, 20);
            layout.AddChecksum(damaged => Checksum.UpdateHive(damaged, offset));
        }
        else if (sector.StartsWith("hbin"u8))
        {
            layout.Add("hive bin", offset, 4096, 40);
        }
        else if (sector.StartsWith("EFI PART"u8))
        {
            layout.Add("GPT header", offset, GptHeaderSize, 30);
            long entries = offset == Sector ? 2 * Sector : offset - (32 * Sector);
            layout.Add("GPT entries", entries, 4 * 128, 30);
            layout.AddChecksum(damaged => UpdateGpt(damaged, offset, Math.Max(0, entries)));
        }
        else if (sector[510] == 0x55 && sector[511] == 0xAA)
        {
            layout.Add("boot record", offset, Sector, 30);
        }
    }

    /// <summary>The entries' checksum, then the header's that holds it.</summary>
    private static void UpdateGpt(MutableImage image, long header, long entries)
    {
        byte[] size = image.Read(header + 80, 8);
        long length = (long)BinaryPrimitives.ReadUInt32LittleEndian(size) * BinaryPrimitives.ReadUInt32LittleEndian(size.AsSpan(4));
        if (length is > 0 and <= 64 * 1024 && entries + length <= image.Length)
        {
            byte[] crc = new byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32LittleEndian(crc, Checksum.ComputeIeee(image.Read(entries, (int)length)));
            image.Write(header + 88, crc);
        }

        Checksum.UpdateIeee(image, header, GptHeaderSize, 16);
    }
}
