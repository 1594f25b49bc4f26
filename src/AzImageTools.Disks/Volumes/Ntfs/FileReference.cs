using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>A file by the number of its record, with the sequence number that tells whether the record was used anew.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileReference(long Number, int Sequence)
{
    /// <summary>Both in one number, as they are stored.</summary>
    public long Packed => Number | ((long)Sequence << 48);

    public static FileReference Parse(ReadOnlySpan<byte> bytes) => Unpack(BinaryPrimitives.ReadInt64LittleEndian(bytes));

    public static FileReference Unpack(long packed) => new(packed & 0xFFFF_FFFF_FFFF, (int)((ulong)packed >> 48));
}
