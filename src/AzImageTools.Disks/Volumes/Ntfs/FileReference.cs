using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>A file by the number of its record, with the sequence number that tells whether the record was used anew.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileReference(long Number, int Sequence)
{
    public static FileReference Parse(ReadOnlySpan<byte> bytes)
    {
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return new FileReference((long)(value & 0xFFFF_FFFF_FFFF), (int)(value >> 48));
    }
}
