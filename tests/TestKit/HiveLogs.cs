using System.Buffers.Binary;
using System.Numerics;

namespace AzImageTools.TestKit;

/// <summary>
/// Makes transaction logs of registry hives, and leaves hives as a crash leaves them, by Maxim Suhanov's
/// "Windows registry file format specification".
/// </summary>
public static class HiveLogs
{
    private const int SectorSize = 512;
    private const int BaseBlockSize = 4096;
    private const int EntryHeaderSize = 40;

    /// <summary>The hive with other sequence numbers, and perhaps another time and length of its bins; its checksum is right.</summary>
    public static byte[] WithBase(byte[] hive, uint primary, uint secondary, long? timestamp = null, int? binsLength = null, int fileType = 0)
    {
        byte[] changed = [.. hive];
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(4), primary);
        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(8), secondary);
        BinaryPrimitives.WriteInt64LittleEndian(changed.AsSpan(12), timestamp ?? BinaryPrimitives.ReadInt64LittleEndian(hive.AsSpan(12)));
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(28), fileType);
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(40), binsLength ?? BinaryPrimitives.ReadInt32LittleEndian(hive.AsSpan(40)));
        uint checksum = 0;
        for (int i = 0; i < 508; i += sizeof(uint))
        {
            checksum ^= BinaryPrimitives.ReadUInt32LittleEndian(changed.AsSpan(i));
        }

        BinaryPrimitives.WriteUInt32LittleEndian(changed.AsSpan(508), checksum);
        return changed;
    }

    /// <summary>A log of the new format: a base block that tells the first entry's sequence number, and entries.</summary>
    public static byte[] NewLog(byte[] hive, uint sequence, params byte[][] entries)
        => [.. WithBase(hive, sequence, sequence, fileType: 6).AsSpan(0, SectorSize), .. entries.SelectMany(static entry => entry)];

    /// <summary>An entry that writes all bins of a hive, in pages of 4096 bytes.</summary>
    public static byte[] Entry(uint sequence, byte[] hive)
        => Entry(sequence, hive.Length - BaseBlockSize, [.. hive.Skip(BaseBlockSize).Chunk(4096).Select(static (page, i) => (i * 4096, page))]);

    /// <summary>An entry with pages for some offsets in the bins.</summary>
    public static byte[] Entry(uint sequence, int binsLength, params (int Offset, byte[] Content)[] pages)
    {
        int length = EntryHeaderSize + (8 * pages.Length) + pages.Sum(static page => page.Content.Length);
        byte[] entry = new byte[(length + SectorSize - 1) / SectorSize * SectorSize];
        "HvLE"u8.CopyTo(entry);
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(4), entry.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(12), sequence);
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(16), binsLength);
        BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(20), pages.Length);
        int content = EntryHeaderSize + (8 * pages.Length);
        for (int i = 0; i < pages.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(EntryHeaderSize + (8 * i)), pages[i].Offset);
            BinaryPrimitives.WriteInt32LittleEndian(entry.AsSpan(EntryHeaderSize + (8 * i) + 4), pages[i].Content.Length);
            pages[i].Content.CopyTo(entry, content);
            content += pages[i].Content.Length;
        }

        Sign(entry);
        return entry;
    }

    /// <summary>Gives an entry the hashes that its content has.</summary>
    public static void Sign(byte[] entry)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(24), Marvin32(entry.AsSpan(EntryHeaderSize)));
        BinaryPrimitives.WriteUInt64LittleEndian(entry.AsSpan(32), Marvin32(entry.AsSpan(0, 32)));
    }

    /// <summary>A log of the old format: some 512-byte pages of the bins, by their numbers.</summary>
    public static byte[] OldLog(byte[] hive, uint sequence, long timestamp, params int[] pages)
    {
        int binsLength = hive.Length - BaseBlockSize;
        int vectorLength = (4 + (binsLength / 4096) + SectorSize - 1) / SectorSize * SectorSize;
        byte[] vector = new byte[vectorLength];
        "DIRT"u8.CopyTo(vector);
        foreach (int page in pages)
        {
            vector[4 + (page / 8)] |= (byte)(1 << (page % 8));
        }

        return
        [
            .. WithBase(hive, sequence, sequence, timestamp, binsLength, fileType: 1).AsSpan(0, SectorSize),
            .. vector,
            .. pages.Order().SelectMany(page => hive.Skip(BaseBlockSize + (page * SectorSize)).Take(SectorSize)),
        ];
    }

    private static ulong Marvin32(ReadOnlySpan<byte> data)
    {
        (uint low, uint high) = (0x7A4E_55C5, 0x82EF_4D88);
        for (int i = 0; i <= data.Length + 4; i += 4)
        {
            low += i < data.Length ? BinaryPrimitives.ReadUInt32LittleEndian(data[i..]) : i == data.Length ? 0x80u : 0;
            high ^= low;
            low = BitOperations.RotateLeft(low, 20) + high;
            high = BitOperations.RotateLeft(high, 9) ^ low;
            low = BitOperations.RotateLeft(low, 27) + high;
            high = BitOperations.RotateLeft(high, 19);
        }

        return ((ulong)high << 32) | low;
    }
}
