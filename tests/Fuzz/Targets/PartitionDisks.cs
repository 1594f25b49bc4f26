using System.Buffers.Binary;
using AzImageTools.Fuzz.Images;
using AzImageTools.Fuzz.Layouts;

namespace AzImageTools.Fuzz.Targets;

/// <summary>Disks with the partition tables that tests/data has no image of.</summary>
internal static class PartitionDisks
{
    private const int Sector = 512;
    private const int LargeSector = 4096;
    private const int HeaderSize = 92;
    private const int EntryCount = 128;
    private const int EntrySize = 128;

    /// <summary>A master boot record with two primary partitions and a chain of four logical ones.</summary>
    public static byte[] MakeLogical()
    {
        byte[] disk = new byte[4 << 20];
        const int Extended = 2048;
        WriteEntry(disk, 0, 0, 0x07, 64, 900);
        WriteEntry(disk, 0, 1, 0x83, 1000, 1000);
        WriteEntry(disk, 0, 2, 0x05, Extended, 4096);
        for (int i = 0; i < 4; i++)
        {
            int record = Extended + (i * 512);
            WriteEntry(disk, record, 0, 0x83, 8, 400);
            if (i < 3)
            {
                WriteEntry(disk, record, 1, 0x05, (uint)(i + 1) * 512, 512);
            }
        }

        return disk;
    }

    /// <summary>A GUID partition table on a disk with sectors of 4,096 bytes.</summary>
    public static byte[] MakeGpt4096()
    {
        byte[] disk = new byte[256 * LargeSector];
        WriteEntry(disk, 0, 0, 0xEE, 1, 255);
        long last = (disk.Length / LargeSector) - 1;
        WriteGpt(disk, header: 1, other: last, entries: 2);
        WriteGpt(disk, header: last, other: 1, entries: last - 4);
        return disk;
    }

    /// <summary>Makes the table of a disk that was cut out of the middle fit its new end.</summary>
    public static void MoveBackup(byte[] disk)
    {
        MutableImage image = new(disk);
        long last = (disk.Length / Sector) - 1;
        BinaryPrimitives.WriteInt64LittleEndian(disk.AsSpan(Sector + 32), last);
        BinaryPrimitives.WriteInt64LittleEndian(disk.AsSpan(Sector + 48), last - 34);
        BinaryPrimitives.WriteInt64LittleEndian(disk.AsSpan((int)last * Sector + 24), last);
        BinaryPrimitives.WriteInt64LittleEndian(disk.AsSpan((int)last * Sector + 48), last - 34);
        BinaryPrimitives.WriteInt64LittleEndian(disk.AsSpan((int)last * Sector + 72), last - 32);
        image = new MutableImage(disk);
        Checksum.UpdateIeee(image, Sector, HeaderSize, 16);
        Checksum.UpdateIeee(image, last * Sector, HeaderSize, 16);
        image.Read(0, disk);
    }

    private static void WriteEntry(byte[] disk, int sector, int number, byte type, uint start, uint count)
    {
        Span<byte> record = disk.AsSpan(sector * Sector, Sector);
        Span<byte> entry = record.Slice(446 + (number * 16), 16);
        entry[4] = type;
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], start);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], count);
        record[510] = 0x55;
        record[511] = 0xAA;
    }

    private static void WriteGpt(byte[] disk, long header, long other, long entries)
    {
        Span<byte> table = disk.AsSpan((int)entries * LargeSector, EntryCount * EntrySize);
        for (int i = 0; i < 3; i++)
        {
            Span<byte> entry = table.Slice(i * EntrySize, EntrySize);
            new Guid("EBD0A0A2-B9E5-4433-87C0-68B6B72699C7").TryWriteBytes(entry);
            entry[16] = (byte)(i + 1);
            BinaryPrimitives.WriteInt64LittleEndian(entry[32..], 16 + (i * 32));
            BinaryPrimitives.WriteInt64LittleEndian(entry[40..], 16 + (i * 32) + 31);
        }

        Span<byte> sector = disk.AsSpan((int)header * LargeSector, LargeSector);
        "EFI PART"u8.CopyTo(sector);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[8..], 0x00010000);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[12..], HeaderSize);
        BinaryPrimitives.WriteInt64LittleEndian(sector[24..], header);
        BinaryPrimitives.WriteInt64LittleEndian(sector[32..], other);
        BinaryPrimitives.WriteInt64LittleEndian(sector[40..], 6);
        BinaryPrimitives.WriteInt64LittleEndian(sector[48..], 250);
        BinaryPrimitives.WriteInt64LittleEndian(sector[72..], entries);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[80..], EntryCount);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[84..], EntrySize);
        BinaryPrimitives.WriteUInt32LittleEndian(sector[88..], Checksum.ComputeIeee(table));
        MutableImage image = new(sector[..HeaderSize].ToArray());
        Checksum.UpdateIeee(image, 0, HeaderSize, 16);
        image.Read(0, sector[..HeaderSize]);
    }
}
