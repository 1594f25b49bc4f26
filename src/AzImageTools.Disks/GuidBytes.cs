using System.Buffers.Binary;

namespace AzImageTools.Disks;

/// <summary>Globally unique identifiers in a disk's structures.</summary>
internal static class GuidBytes
{
    /// <summary>Reads 16 bytes whose first three fields are little-endian, as GPT and VHDX store them.</summary>
    public static Guid Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt32LittleEndian(bytes),
        BinaryPrimitives.ReadInt16LittleEndian(bytes.Slice(4)),
        BinaryPrimitives.ReadInt16LittleEndian(bytes.Slice(6)),
        bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]);

    /// <summary>Reads 16 bytes in the order of the text form (RFC 4122), as VHD stores them.</summary>
    public static Guid ReadBigEndian(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadInt32BigEndian(bytes),
        BinaryPrimitives.ReadInt16BigEndian(bytes.Slice(4)),
        BinaryPrimitives.ReadInt16BigEndian(bytes.Slice(6)),
        bytes[8], bytes[9], bytes[10], bytes[11], bytes[12], bytes[13], bytes[14], bytes[15]);

    /// <summary>Writes what <see cref="ReadBigEndian"/> reads.</summary>
    public static void WriteBigEndian(Guid value, Span<byte> destination)
    {
        byte[] bytes = value.ToByteArray();
        Array.Reverse(bytes, 0, 4);
        Array.Reverse(bytes, 4, 2);
        Array.Reverse(bytes, 6, 2);
        bytes.CopyTo(destination);
    }
}
