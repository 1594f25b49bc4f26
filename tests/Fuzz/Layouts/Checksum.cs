using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>The checksums of the formats' structures, computed apart from the readers' own code.</summary>
internal static class Checksum
{
    private static readonly uint[] Ieee = MakeTable(0xEDB88320);
    private static readonly uint[] Castagnoli = MakeTable(0x82F63B78);

    /// <summary>Makes a VHD structure's checksum right: the ones' complement of the sum of its bytes.</summary>
    public static void UpdateVhd(MutableImage image, long offset, int length, int field)
    {
        byte[] bytes = Take(image, offset, length, field);
        uint sum = 0;
        foreach (byte b in bytes)
        {
            sum += b;
        }

        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(field), ~sum);
        image.Write(offset + field, bytes.AsSpan(field, sizeof(uint)));
    }

    /// <summary>Makes a structure's CRC-32C right, as VHDX has it.</summary>
    public static void UpdateCastagnoli(MutableImage image, long offset, int length, int field)
        => UpdateCrc(Castagnoli, image, offset, length, field);

    /// <summary>Makes a structure's CRC-32 right, as the GUID partition table has it.</summary>
    public static void UpdateIeee(MutableImage image, long offset, int length, int field)
        => UpdateCrc(Ieee, image, offset, length, field);

    public static uint ComputeIeee(ReadOnlySpan<byte> bytes) => Compute(Ieee, bytes);

    public static uint ComputeCastagnoli(ReadOnlySpan<byte> bytes) => Compute(Castagnoli, bytes);

    /// <summary>Makes a hive's base block right: the exclusive or of its first 127 words.</summary>
    public static void UpdateHive(MutableImage image, long offset)
    {
        const int Field = 508;
        byte[] bytes = image.Read(offset, Field);
        uint sum = 0;
        for (int i = 0; i < Field; i += sizeof(uint))
        {
            sum ^= BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(i));
        }

        byte[] stored = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(stored, sum switch
        {
            uint.MaxValue => uint.MaxValue - 1,
            0 => 1,
            _ => sum,
        });
        image.Write(offset + Field, stored);
    }

    private static void UpdateCrc(uint[] table, MutableImage image, long offset, int length, int field)
    {
        byte[] bytes = Take(image, offset, length, field);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(field), Compute(table, bytes));
        image.Write(offset + field, bytes.AsSpan(field, sizeof(uint)));
    }

    private static byte[] Take(MutableImage image, long offset, int length, int field)
    {
        byte[] bytes = image.Read(offset, length);
        bytes.AsSpan(field, sizeof(uint)).Clear();
        return bytes;
    }

    private static uint Compute(uint[] table, ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc = table[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeTable(uint polynomial)
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ polynomial : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
