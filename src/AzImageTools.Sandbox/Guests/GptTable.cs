using System.Text;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Guests;

/// <summary>Fits a GUID partition table to a disk that is larger than the one it was made for (UEFI specification 2.10, chapter 5.3).</summary>
internal static class GptTable
{
    /// <summary>The first page of 4 KiB behind the table at the disk's beginning.</summary>
    public const int FirstPageBehind = 5;

    private const int Sector = 512;

    /// <summary>The sectors of the entries, and the header behind them in the copy.</summary>
    private const int EntrySectors = 32;

    private static readonly uint[] Crc = MakeCrc();

    /// <summary>The page in which the copy at the end of a disk begins.</summary>
    public static long FirstPageOfCopy(long capacity) => (capacity - ((EntrySectors + 1) * Sector)) / 4096;

    /// <summary>Writes header and copy for the new size; a disk without the table is left alone.</summary>
    /// <param name="disk">The disk, whose table still tells of the old size.</param>
    /// <param name="capacity">The size that it has, in bytes.</param>
    public static void Move(PageData disk, long capacity)
    {
        var table = new byte[(2 + EntrySectors) * Sector];
        _ = disk.Read(0, table);
        if (Encoding.ASCII.GetString(table, Sector, 8) is not "EFI PART")
        {
            return;
        }

        var last = (capacity / Sector) - 1;

        // The protective MBR covers the whole disk, or as much as it can tell.
        Put(table, 446 + 12, BitConverter.GetBytes((uint)Math.Min(uint.MaxValue, last)));
        Put(table, Sector + 48, BitConverter.GetBytes(last - EntrySectors - 1));
        Sign(table, Sector, own: 1, other: last, entries: 2);
        disk.Write(new PageRange(0, table.Length), table);

        var copy = new byte[(EntrySectors + 1) * Sector];
        Array.Copy(table, 2 * Sector, copy, 0, EntrySectors * Sector);
        Array.Copy(table, Sector, copy, EntrySectors * Sector, Sector);
        Sign(copy, EntrySectors * Sector, own: last, other: 1, entries: last - EntrySectors);
        disk.Write(new PageRange((last - EntrySectors) * Sector, (last + 1) * Sector), copy);
    }

    private static void Sign(byte[] bytes, int header, long own, long other, long entries)
    {
        Put(bytes, header + 24, BitConverter.GetBytes(own));
        Put(bytes, header + 32, BitConverter.GetBytes(other));
        Put(bytes, header + 72, BitConverter.GetBytes(entries));
        Put(bytes, header + 16, new byte[4]);
        Put(bytes, header + 16, BitConverter.GetBytes(Sum(bytes.AsSpan(header, BitConverter.ToInt32(bytes, header + 12)))));
    }

    private static void Put(byte[] bytes, int offset, byte[] value) => value.CopyTo(bytes, offset);

    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = Crc[(crc ^ value) & 0xFF] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] MakeCrc()
    {
        var table = new uint[256];
        for (var index = 0u; index < table.Length; index++)
        {
            var value = index;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) == 0 ? value >> 1 : 0xEDB88320 ^ (value >> 1);
            }

            table[index] = value;
        }

        return table;
    }
}
