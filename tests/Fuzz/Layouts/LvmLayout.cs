using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>Where LVM2's labels and metadata areas are, found by their signatures.</summary>
internal static class LvmLayout
{
    private const int Sector = 512;
    private const int LongestText = 256 * 1024;

    public static void AddSector(ReadOnlySpan<byte> sector, long offset, MutableImage image, Layout layout)
    {
        if (sector.StartsWith("LABELONE"u8))
        {
            layout.Add("LVM label", offset, 160, 30);
            layout.AddChecksum(damaged => Update(damaged, offset + 20, Sector - 20, offset + 16));
        }
        else if (sector[4..].StartsWith(" LVM2 x[5A%r0N*>"u8))
        {
            (long start, long length) = Locate(image, offset);
            layout.Add("LVM metadata area", offset, 88, 30);
            layout.Add("LVM metadata", start, Math.Min(length, BinaryPrimitives.ReadInt64LittleEndian(sector[32..]) + offset - start), 100, isText: true);
            layout.AddChecksum(damaged => UpdateArea(damaged, offset));
        }
    }

    private static (long Start, long Length) Locate(MutableImage image, long area)
    {
        byte[] location = image.Read(area + 40, 16);
        return (area + BinaryPrimitives.ReadInt64LittleEndian(location), BinaryPrimitives.ReadInt64LittleEndian(location.AsSpan(8)));
    }

    /// <summary>The text's checksum, then the header's that holds it.</summary>
    private static void UpdateArea(MutableImage image, long area)
    {
        (long start, long length) = Locate(image, area);
        long size = BinaryPrimitives.ReadInt64LittleEndian(image.Read(area + 32, sizeof(long)));
        if (length is > 0 and <= LongestText && start > area && size > start - area && size <= image.Length - area)
        {
            int first = (int)Math.Min(length, size - (start - area));
            byte[] text = [.. image.Read(start, first), .. image.Read(area + Sector, (int)Math.Min(length - first, image.Length - area - Sector))];
            Write(image, area + 56, text);
        }

        Update(image, area + 4, Sector - 4, area);
    }

    private static void Update(MutableImage image, long start, int length, long field) => Write(image, field, image.Read(start, length));

    private static void Write(MutableImage image, long field, byte[] covered)
    {
        byte[] checksum = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(checksum, StructureChecksum.LvmOf(covered));
        image.Write(field, checksum);
    }
}
