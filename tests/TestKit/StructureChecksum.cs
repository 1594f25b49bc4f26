namespace AzImageTools.TestKit;

/// <summary>The checksums of the structures that the builders write, computed apart from the product's own code.</summary>
public static class StructureChecksum
{
    private const uint Castagnoli = 0x82F63B78;
    private const uint Ethernet = 0xEDB88320;
    private const uint LvmStart = 0xF597A6CF;

    /// <summary>A VHD structure's checksum: the ones' complement of the sum of its bytes, the field itself left out.</summary>
    public static uint SumOf(ReadOnlySpan<byte> structure, int field)
    {
        uint sum = 0;
        for (int i = 0; i < structure.Length; i++)
        {
            sum += i >= field && i < field + sizeof(uint) ? 0u : structure[i];
        }

        return ~sum;
    }

    /// <summary>A VHDX structure's CRC-32C, the field itself taken as zero.</summary>
    public static uint Crc32COf(ReadOnlySpan<byte> structure, int field)
    {
        uint crc = uint.MaxValue;
        for (int i = 0; i < structure.Length; i++)
        {
            crc ^= i >= field && i < field + sizeof(uint) ? 0u : structure[i];
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Castagnoli : crc >> 1;
            }
        }

        return ~crc;
    }

    /// <summary>The checksum of LVM2's structures: Ethernet's polynomial, a start of its own, no inversion at the end.</summary>
    public static uint LvmOf(ReadOnlySpan<byte> bytes)
    {
        uint crc = LvmStart;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ Ethernet : crc >> 1;
            }
        }

        return crc;
    }
}
