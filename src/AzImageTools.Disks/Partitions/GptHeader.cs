using System.Buffers.Binary;

namespace AzImageTools.Disks.Partitions;

/// <summary>A GPT Header (UEFI 2.10, 5.3.2): the primary one in the disk's second sector, or the backup in its last.</summary>
internal sealed record GptHeader
{
    private const int SmallestSize = 92;
    private const int ChecksumOffset = 16;
    private const uint SmallestEntry = 128;
    private const long LargestArray = 1024 * 1024;

    /// <summary>The sector of the other header.</summary>
    public required long AlternateLba { get; init; }

    /// <summary>The first sector that a partition may have.</summary>
    public required ulong FirstUsableLba { get; init; }

    /// <summary>The last sector that a partition may have.</summary>
    public required ulong LastUsableLba { get; init; }

    /// <summary>The disk's identifier.</summary>
    public required Guid DiskId { get; init; }

    /// <summary>The first byte of the partition entries.</summary>
    public required long EntriesOffset { get; init; }

    /// <summary>How many entries there are.</summary>
    public required int EntryCount { get; init; }

    /// <summary>Bytes in an entry.</summary>
    public required int EntrySize { get; init; }

    /// <summary>The CRC-32 of all entries.</summary>
    public required uint EntriesChecksum { get; init; }

    private static ReadOnlySpan<byte> Signature => "EFI PART"u8;

    /// <summary>Whether a sector begins as a header does.</summary>
    public static bool IsPresent(ReadOnlySpan<byte> sector) => sector.StartsWith(Signature);

    /// <summary>Parses a header; null where it is none or is damaged.</summary>
    /// <param name="sector">The whole sector it is in.</param>
    /// <param name="lba">That sector's number.</param>
    /// <param name="diskLength">The disk's length in bytes.</param>
    public static GptHeader? TryParse(ReadOnlySpan<byte> sector, long lba, long diskLength)
    {
        if (!IsPresent(sector))
        {
            return null;
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(12));
        if (size < SmallestSize || size > sector.Length)
        {
            return null;
        }

        ulong alternate = BinaryPrimitives.ReadUInt64LittleEndian(sector.Slice(32));
        ulong entriesLba = BinaryPrimitives.ReadUInt64LittleEndian(sector.Slice(72));
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(80));
        uint entrySize = BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(84));
        long sectors = diskLength / sector.Length;
        bool isSound = BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(ChecksumOffset)) == ReflectedCrc32.Ieee.ComputeWithout(sector.Slice(0, (int)size), ChecksumOffset)
            && BinaryPrimitives.ReadUInt64LittleEndian(sector.Slice(24)) == (ulong)lba
            && entrySize >= SmallestEntry
            && entrySize % 8 == 0
            && (ulong)count * entrySize <= (ulong)LargestArray
            && entriesLba < (ulong)sectors
            && (long)entriesLba * sector.Length <= diskLength - (count * (long)entrySize);
        return isSound
            ? new GptHeader
            {
                AlternateLba = alternate > long.MaxValue ? long.MaxValue : (long)alternate,
                FirstUsableLba = BinaryPrimitives.ReadUInt64LittleEndian(sector.Slice(40)),
                LastUsableLba = BinaryPrimitives.ReadUInt64LittleEndian(sector.Slice(48)),
                DiskId = GuidBytes.Read(sector.Slice(56)),
                EntriesOffset = (long)entriesLba * sector.Length,
                EntryCount = (int)count,
                EntrySize = (int)entrySize,
                EntriesChecksum = BinaryPrimitives.ReadUInt32LittleEndian(sector.Slice(88)),
            }
            : null;
    }
}
