using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AzImageTools.Disks.Volumes.Ntfs;

/// <summary>A file by the number of its record, with the sequence number that tells whether the record was used anew.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileReference(long Number, int Sequence)
{
    private const int NumberBits = 48;

    /// <summary>The reference as volumes store it.</summary>
    public ulong Value => (ulong)Number | ((ulong)Sequence << NumberBits);

    public static FileReference Parse(ReadOnlySpan<byte> bytes) => FromValue(BinaryPrimitives.ReadUInt64LittleEndian(bytes));

    public static FileReference FromValue(ulong value) => new((long)(value & ((1UL << NumberBits) - 1)), (int)(value >> NumberBits));
}
