using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace AzImageTools.TestKit;

/// <summary>Writes the beginning of the journal of an NTFS volume as Windows leaves it; ntfs-3g takes it for that too.</summary>
public static class NtfsLog
{
    private const int PageSize = 4096;
    private const int AreaOffset = 48;
    private const int NoClient = 0xFFFF;

    /// <summary>A page and its copy, which may be older.</summary>
    public static void Write(byte[] image, (int Major, int Minor) version, bool isOpen, bool isMarkedClean)
    {
        (int offset, int length) = Find(image);
        MakePage(20, length, version, isOpen, isMarkedClean).CopyTo(image, offset);
        MakePage(10, length, version, isOpen, isMarkedClean).CopyTo(image, offset + PageSize);
    }

    public static byte[] MakePage(long sequence, int logLength, (int Major, int Minor) version, bool isOpen, bool isMarkedClean)
    {
        byte[] page = new byte[PageSize];
        "RSTR"u8.CopyTo(page);
        Put16(page, 4, 30);
        Put16(page, 6, (PageSize / 512) + 1);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(16), PageSize);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(20), PageSize);
        Put16(page, 24, AreaOffset);
        Put16(page, 26, version.Minor);
        Put16(page, 28, version.Major);

        Span<byte> area = page.AsSpan(AreaOffset);
        BinaryPrimitives.WriteInt64LittleEndian(area, sequence);
        Put16(area, 8, 1);
        Put16(area, 10, isOpen ? NoClient : 0);
        Put16(area, 12, isOpen ? 0 : NoClient);
        Put16(area, 14, isMarkedClean ? 2 : 0);
        BinaryPrimitives.WriteInt32LittleEndian(area[16..], 67 - (BitOperations.Log2((uint)logLength) + 1));
        Put16(area, 20, 0xE0);
        Put16(area, 22, 0x40);
        BinaryPrimitives.WriteInt64LittleEndian(area[24..], logLength);
        Put16(area, 36, 0x30);
        Put16(area, 38, 0x40);

        Span<byte> client = area[0x40..];
        Put16(client, 16, NoClient);
        Put16(client, 18, NoClient);
        BinaryPrimitives.WriteInt32LittleEndian(client[28..], 8);
        Encoding.Unicode.GetBytes("NTFS", client[32..]);

        const int fixup = 7;
        Put16(page, 30, fixup);
        for (int sector = 1; sector <= PageSize / 512; sector++)
        {
            page.AsSpan((sector * 512) - 2, 2).CopyTo(page.AsSpan(30 + (sector * 2)));
            Put16(page, (sector * 512) - 2, fixup);
        }

        return page;
    }

    /// <summary>Where the journal is: mkntfs fills it with ones.</summary>
    public static (int Offset, int Length) Find(byte[] image)
    {
        byte[] ones = new byte[256 * 1024];
        ones.AsSpan().Fill(0xFF);
        int offset = (image.AsSpan().IndexOf(ones) + PageSize - 1) / PageSize * PageSize;
        return (offset, image.AsSpan(offset).IndexOfAnyExcept((byte)0xFF) / PageSize * PageSize);
    }

    private static void Put16(Span<byte> bytes, int offset, int value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes[offset..], (ushort)value);
}
