using System.Buffers.Binary;

namespace AzImageTools.Sandbox.Storage;

/// <summary>
/// The CRC-64 of <c>x-ms-content-crc64</c>: reflected polynomial 0x9A6C9329AC4BC9B5, all bits inverted before and after
/// (CRC-64/NVME). Sixteen tables, sixteen bytes a step.
/// </summary>
internal static class Crc64
{
    private const ulong Polynomial = 0x9A6C9329AC4BC9B5;
    private const int Slices = 16;

    private static readonly ulong[] Tables = CreateTables();

    public static ulong Compute(ReadOnlySpan<byte> data)
    {
        var tables = Tables;
        var crc = ulong.MaxValue;
        while (data.Length >= Slices)
        {
            var low = BinaryPrimitives.ReadUInt64LittleEndian(data) ^ crc;
            var high = BinaryPrimitives.ReadUInt64LittleEndian(data.Slice(8));
            crc = tables[(15 * 256) + (byte)low]
                ^ tables[(14 * 256) + (byte)(low >> 8)]
                ^ tables[(13 * 256) + (byte)(low >> 16)]
                ^ tables[(12 * 256) + (byte)(low >> 24)]
                ^ tables[(11 * 256) + (byte)(low >> 32)]
                ^ tables[(10 * 256) + (byte)(low >> 40)]
                ^ tables[(9 * 256) + (byte)(low >> 48)]
                ^ tables[(8 * 256) + (byte)(low >> 56)]
                ^ tables[(7 * 256) + (byte)high]
                ^ tables[(6 * 256) + (byte)(high >> 8)]
                ^ tables[(5 * 256) + (byte)(high >> 16)]
                ^ tables[(4 * 256) + (byte)(high >> 24)]
                ^ tables[(3 * 256) + (byte)(high >> 32)]
                ^ tables[(2 * 256) + (byte)(high >> 40)]
                ^ tables[256 + (byte)(high >> 48)]
                ^ tables[(byte)(high >> 56)];
            data = data.Slice(Slices);
        }

        foreach (var value in data)
        {
            crc = tables[(byte)crc ^ value] ^ (crc >> 8);
        }

        return ~crc;
    }

    /// <summary>The header's form: base64 of the eight bytes, least significant first.</summary>
    public static string Format(ulong crc)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, crc);
        return Convert.ToBase64String(bytes);
    }

    private static ulong[] CreateTables()
    {
        var tables = new ulong[Slices * 256];
        for (var index = 0; index < 256; index++)
        {
            var crc = (ulong)index;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ Polynomial;
            }

            tables[index] = crc;
        }

        for (var index = 256; index < tables.Length; index++)
        {
            var previous = tables[index - 256];
            tables[index] = tables[(byte)previous] ^ (previous >> 8);
        }

        return tables;
    }
}
