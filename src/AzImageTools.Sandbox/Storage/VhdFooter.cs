using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Sandbox.Storage;

/// <summary>The last 512 bytes of a fixed VHD (Virtual Hard Disk Image Format Specification, "Hard Disk Footer Format").</summary>
internal static class VhdFooter
{
    /// <summary>In bytes.</summary>
    public const int Size = 512;

    private const int CurrentSizeOffset = 48;
    private const int TypeOffset = 60;
    private const int ChecksumOffset = 64;
    private const uint FixedDisk = 2;

    /// <summary>What is wrong with the footer at the end of a file, in the words of the disk service; null for nothing.</summary>
    public static string? FindProblem(PageBlob pages, string address)
    {
        var footer = new byte[Size];
        var length = pages.Data.Length;
        if (length < Size || pages.Data.Read(length - Size, footer) != Size)
        {
            return "The file of disk 'abcd' with blob " + address + " is too small to be a VHD.";
        }

        if (!string.Equals(Encoding.ASCII.GetString(footer, 0, 8), "conectix", StringComparison.Ordinal))
        {
            return "The specified cookie value in VHD footer indicates that disk 'abcd' with blob " + address
                + " is not a supported VHD. Disk is expected to have cookie value 'conectix'.";
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(footer.AsSpan(ChecksumOffset)) != Checksum(footer))
        {
            return "The checksum in the VHD footer of disk 'abcd' with blob " + address + " does not match the footer.";
        }

        if (BinaryPrimitives.ReadUInt32BigEndian(footer.AsSpan(TypeOffset)) != FixedDisk)
        {
            return "Disk 'abcd' with blob " + address + " is not a fixed VHD. Only fixed VHDs are supported.";
        }

        var size = BinaryPrimitives.ReadUInt64BigEndian(footer.AsSpan(CurrentSizeOffset));
        return size == (ulong)(length - Size)
            ? null
            : "The size in the VHD footer of disk 'abcd' with blob " + address + " does not match the size of the file.";
    }

    /// <summary>A footer for a fixed disk.</summary>
    /// <param name="capacity">In bytes.</param>
    /// <param name="id">The disk's identity.</param>
    public static byte[] Create(long capacity, Guid id)
    {
        var footer = new byte[Size];
        Encoding.ASCII.GetBytes("conectix", 0, 8, footer, 0);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(8), 2);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(12), 0x0001_0000);
        BinaryPrimitives.WriteUInt64BigEndian(footer.AsSpan(16), ulong.MaxValue);
        Encoding.ASCII.GetBytes("win ", 0, 4, footer, 28);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(32), 0x000A_0000);
        Encoding.ASCII.GetBytes("Wi2k", 0, 4, footer, 36);
        BinaryPrimitives.WriteUInt64BigEndian(footer.AsSpan(40), (ulong)capacity);
        BinaryPrimitives.WriteUInt64BigEndian(footer.AsSpan(CurrentSizeOffset), (ulong)capacity);
        WriteGeometry(footer.AsSpan(56), capacity / 512);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(TypeOffset), FixedDisk);
        id.ToByteArray().CopyTo(footer, 68);
        BinaryPrimitives.WriteUInt32BigEndian(footer.AsSpan(ChecksumOffset), Checksum(footer));
        return footer;
    }

    /// <summary>The ones' complement of the sum of all bytes but the checksum's own.</summary>
    private static uint Checksum(byte[] footer)
    {
        uint sum = 0;
        for (var index = 0; index < Size; index++)
        {
            if (index is < ChecksumOffset or >= ChecksumOffset + 4)
            {
                sum += footer[index];
            }
        }

        return ~sum;
    }

    /// <summary>Cylinders, heads, sectors a track, as the specification's appendix computes them.</summary>
    private static void WriteGeometry(Span<byte> target, long sectors)
    {
        sectors = Math.Min(sectors, 65535L * 16 * 255);
        long perTrack = 255;
        long heads = 16;
        var tracks = sectors / perTrack;
        if (sectors < 65535L * 16 * 63)
        {
            perTrack = 17;
            tracks = sectors / perTrack;
            heads = Math.Max(4, (tracks + 1023) / 1024);
            if (tracks >= heads * 1024 || heads > 16)
            {
                perTrack = 31;
                heads = 16;
                tracks = sectors / perTrack;
            }

            if (tracks >= heads * 1024)
            {
                perTrack = 63;
                heads = 16;
                tracks = sectors / perTrack;
            }
        }

        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)(tracks / heads));
        target[2] = (byte)heads;
        target[3] = (byte)perTrack;
    }
}
