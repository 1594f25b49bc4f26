using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>
/// The fixups of records of several sectors (libfsntfs documentation, "Fix-up values"): the last two bytes of every 512
/// hold a number that tells whether all were written; their own bytes are kept in the record's header.
/// </summary>
internal static class UpdateSequence
{
    private const int Stride = 512;

    /// <summary>Puts the bytes back; false where the record does not check.</summary>
    public static bool TryApply(Span<byte> record)
    {
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(4));
        int count = BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(6));
        int strides = record.Length / Stride;
        if (count != strides + 1 || offset > Stride - sizeof(ushort) - (count * sizeof(ushort)))
        {
            return false;
        }

        ushort number = MemoryMarshal.Read<ushort>(record.Slice(offset));
        for (int i = 1; i <= strides; i++)
        {
            Span<byte> last = record.Slice((i * Stride) - sizeof(ushort), sizeof(ushort));
            if (MemoryMarshal.Read<ushort>(last) != number)
            {
                return false;
            }

            record.Slice(offset + (i * sizeof(ushort)), sizeof(ushort)).CopyTo(last);
        }

        return true;
    }

    /// <summary>Gives a record that was changed the next number, and puts it at the end of every 512 bytes.</summary>
    /// <param name="record">The record, with its bytes put back.</param>
    public static void Seal(Span<byte> record)
    {
        int offset = BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(4));
        ushort number = (ushort)(BinaryPrimitives.ReadUInt16LittleEndian(record.Slice(offset)) + 1);

        // 0 and 0xFFFF are never numbers (ntfs-3g, ntfs_mst_pre_write_fixup).
        number = number is 0 or ushort.MaxValue ? (ushort)1 : number;
        BinaryPrimitives.WriteUInt16LittleEndian(record.Slice(offset), number);
        for (int i = 1; i <= record.Length / Stride; i++)
        {
            Span<byte> last = record.Slice((i * Stride) - sizeof(ushort), sizeof(ushort));
            last.CopyTo(record.Slice(offset + (i * sizeof(ushort))));
            BinaryPrimitives.WriteUInt16LittleEndian(last, number);
        }
    }
}
