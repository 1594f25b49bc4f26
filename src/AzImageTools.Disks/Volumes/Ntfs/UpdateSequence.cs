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
}
