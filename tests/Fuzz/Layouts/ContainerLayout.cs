using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;

namespace AzImageTools.Fuzz.Layouts;

/// <summary>Where the structures of VHD, VHDX, QCOW2, VMDK and VDI files are, found as their specifications say in an image that is whole.</summary>
internal static class ContainerLayout
{
    private const int Sector = 512;
    private const int FooterChecksum = 64;
    private const int DynamicHeaderSize = 1024;
    private const int DynamicHeaderChecksum = 36;
    private const int LargestTable = 64 * 1024;

    public static void Describe(MutableImage image, Layout layout)
    {
        byte[] head = image.Read(0, Sector);
        if (image.Read(Math.Max(0, image.Length - Sector), 8).AsSpan().SequenceEqual("conectix"u8))
        {
            DescribeVhd(image, layout);
        }
        else if (head.AsSpan().StartsWith("vhdxfile"u8))
        {
            DescribeVhdx(image, layout);
        }
        else if (head.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x51, 0x46, 0x49, 0xFB]))
        {
            DescribeQcow2(image, head, layout);
        }
        else if (head.AsSpan().StartsWith("KDMV"u8))
        {
            DescribeVmdk(image, head, layout);
        }
        else if (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(64)) == 0xBEDA107F)
        {
            layout.Add("header", 0, 0x1C8, 12);
            long map = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(0x154));
            layout.Add("block map", map, Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(0x180)) * 4L, LargestTable), 12);
        }
        else if (head.AsSpan().StartsWith("# Disk DescriptorFile"u8))
        {
            layout.Add("descriptor", 0, image.Length, 20, isText: true);
        }
        else
        {
            layout.Add("head", 0, Math.Min(LargestTable, image.Length), 1);
        }
    }

    private static void DescribeVhd(MutableImage image, Layout layout)
    {
        long footer = image.Length - Sector;
        layout.Add("footer", footer, Sector, 12);
        layout.AddChecksum(damaged => UpdateVhdFooter(damaged, damaged.Length - Sector));
        long header = BinaryPrimitives.ReadInt64BigEndian(image.Read(footer + 16, 8));
        if (header < 0)
        {
            return;
        }

        layout.Add("footer's copy", 0, Sector, 2);
        layout.AddChecksum(damaged => UpdateVhdFooter(damaged, 0));
        layout.Add("dynamic header", header, DynamicHeaderSize, 12);
        layout.AddChecksum(damaged => Checksum.UpdateVhd(damaged, header, DynamicHeaderSize, DynamicHeaderChecksum));
        long table = BinaryPrimitives.ReadInt64BigEndian(image.Read(header + 16, 8));
        uint entries = BinaryPrimitives.ReadUInt32BigEndian(image.Read(header + 28, 4));
        layout.Add("block allocation table", table, Math.Min(entries * 4L, LargestTable), 12);
        uint first = BinaryPrimitives.ReadUInt32BigEndian(image.Read(table, 4));
        if (first != uint.MaxValue)
        {
            layout.Add("sector bitmap", first * (long)Sector, Sector, 4);
        }

        for (int i = 0; i < 8; i++)
        {
            long locator = header + 576 + (i * 24);
            long place = BinaryPrimitives.ReadInt64BigEndian(image.Read(locator + 16, 8));
            if (place > 0 && place < image.Length)
            {
                layout.Add("parent locator", place, Math.Min(Sector, image.Length - place), 2);
            }
        }
    }

    private static void UpdateVhdFooter(MutableImage image, long offset)
    {
        if (offset >= 0)
        {
            Checksum.UpdateVhd(image, offset, Sector, FooterChecksum);
        }
    }

    private static void DescribeVhdx(MutableImage image, Layout layout)
    {
        const int Kibibyte = 1024;
        foreach (long header in new long[] { 64 * Kibibyte, 128 * Kibibyte })
        {
            layout.Add("header", header, 80, 5);
            layout.AddChecksum(damaged => Checksum.UpdateCastagnoli(damaged, header, 4 * Kibibyte, 4));
        }

        foreach (long table in new long[] { 192 * Kibibyte, 256 * Kibibyte })
        {
            layout.Add("region table", table, 16 + (4 * 32), 5);
            layout.AddChecksum(damaged =>
            {
                // 64 KiB at a time are worth summing only where they were touched.
                if (damaged.ChangedPages.Any(page => page >= table / MutableImage.PageSize && page < (table / MutableImage.PageSize) + 16))
                {
                    Checksum.UpdateCastagnoli(damaged, table, 64 * Kibibyte, 4);
                }
            });
        }

        uint regions = Math.Min(8, BinaryPrimitives.ReadUInt32LittleEndian(image.Read((192 * Kibibyte) + 8, 4)));
        for (int i = 0; i < regions; i++)
        {
            byte[] entry = image.Read((192 * Kibibyte) + 16 + (i * 32), 32);
            long offset = BinaryPrimitives.ReadInt64LittleEndian(entry.AsSpan(16));
            if (image.Read(offset, 8).AsSpan().SequenceEqual("metadata"u8))
            {
                layout.Add("metadata table", offset, 32 + (8 * 32), 10);
                layout.Add("metadata items", offset + (64 * Kibibyte), 1024, 10);
            }
            else
            {
                layout.Add("block allocation table", offset, 1024, 10);
            }
        }

        uint logLength = BinaryPrimitives.ReadUInt32LittleEndian(image.Read((64 * Kibibyte) + 68, 4));
        long log = BinaryPrimitives.ReadInt64LittleEndian(image.Read((64 * Kibibyte) + 72, 8));
        for (long entry = log; entry < log + logLength && entry < image.Length; entry += 4 * Kibibyte)
        {
            byte[] start = image.Read(entry, 12);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(8));
            if (start.AsSpan().StartsWith("loge"u8) && length is > 0 and <= 1024 * Kibibyte)
            {
                layout.Add("log entry", entry, Math.Min(length, 512), 6);
                long place = entry;
                layout.AddChecksum(damaged => Checksum.UpdateCastagnoli(damaged, place, (int)length, 4));
            }
        }
    }

    private static void DescribeQcow2(MutableImage image, byte[] head, Layout layout)
    {
        layout.Add("header", 0, 112, 12);
        layout.Add("header extensions", 104, 400, 6);
        int clusterSize = 1 << (int)BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(20));
        uint count = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(36));
        long table = BinaryPrimitives.ReadInt64BigEndian(head.AsSpan(40));
        layout.Add("L1 table", table, Math.Min(count * 8L, LargestTable), 10);
        for (int i = 0; i < Math.Min(count, 64); i++)
        {
            long entry = BinaryPrimitives.ReadInt64BigEndian(image.Read(table + (i * 8), 8)) & 0x00FFFFFFFFFFFE00;
            if (entry != 0)
            {
                layout.Add("L2 table", entry, Math.Min(clusterSize, 8192), 8);
            }
        }

        long clusters = image.Length / clusterSize;
        layout.Add("clusters", clusterSize, (clusters - 1) * clusterSize, 6);
    }

    private static void DescribeVmdk(MutableImage image, byte[] head, Layout layout)
    {
        layout.Add("header", 0, 80, 12);
        long descriptor = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(28)) * Sector;
        layout.Add("descriptor", descriptor, Math.Min(1024, image.Length - descriptor), 8, isText: true);
        foreach (int field in new[] { 48, 56 })
        {
            long directory = BinaryPrimitives.ReadInt64LittleEndian(head.AsSpan(field)) * Sector;
            if (directory > 0 && directory < image.Length)
            {
                layout.Add("grain directory", directory, 512, 6);
                long table = BinaryPrimitives.ReadUInt32LittleEndian(image.Read(directory, 4)) * (long)Sector;
                layout.Add("grain table", table, table < image.Length ? 2048 : 0, 6);
            }
        }

        long end = Math.Max(0, image.Length - (4 * Sector));
        layout.Add("footer", end, image.Length - end, 6);
    }
}
