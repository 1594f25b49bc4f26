#if NET
using System.Buffers.Binary;
using System.Numerics;
#endif

namespace AzImageTools.Disks;

/// <summary>Cyclic redundancy checks of 32 bits, least significant bit first, begun and ended with all ones.</summary>
internal sealed class ReflectedCrc32
{
    private readonly uint[] _table = new uint[256];

    private ReflectedCrc32(uint polynomial)
    {
        for (uint i = 0; i < _table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) == 0 ? value >> 1 : (value >> 1) ^ polynomial;
            }

            _table[i] = value;
        }
    }

    /// <summary>CRC-32 as Ethernet and GPT use it (UEFI 2.10, 5.3.2).</summary>
    public static ReflectedCrc32 Ieee { get; } = new(0xEDB88320);

    /// <summary>CRC-32C, Castagnoli's, as VHDX, ext4 and XFS use it ([MS-VHDX] 2.2.2).</summary>
    public static ReflectedCrc32 Castagnoli { get; } = new(0x82F63B78);

    public uint Compute(ReadOnlySpan<byte> bytes) => ~Append(uint.MaxValue, bytes);

    /// <summary>Computes the check of a structure as if the 4 bytes of its own checksum field were zero.</summary>
    public uint ComputeWithout(ReadOnlySpan<byte> bytes, int checksumOffset)
    {
        uint value = Append(uint.MaxValue, bytes.Slice(0, checksumOffset));
        value = Append(value, [0, 0, 0, 0]);
        return ~Append(value, bytes.Slice(checksumOffset + 4));
    }

    /// <summary>Goes on from a value, without the inversion at the end.</summary>
    public uint Append(uint value, ReadOnlySpan<byte> bytes)
    {
#if NET
        // Processors have an instruction for it.
        if (this == Castagnoli)
        {
            for (; bytes.Length >= sizeof(ulong); bytes = bytes.Slice(sizeof(ulong)))
            {
                value = BitOperations.Crc32C(value, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            }
        }
#endif

        foreach (byte b in bytes)
        {
            value = _table[(byte)(value ^ b)] ^ (value >> 8);
        }

        return value;
    }
}
