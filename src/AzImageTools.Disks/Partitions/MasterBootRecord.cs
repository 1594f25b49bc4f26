using System.Buffers.Binary;
using System.Globalization;

namespace AzImageTools.Disks.Partitions;

/// <summary>
/// A Master Boot Record (UEFI 2.10, 5.2.1) and the chain of extended boot records behind it, each of which tells of one
/// logical partition and of the next record.
/// </summary>
internal sealed class MasterBootRecord
{
    public const string StructureName = "Master boot record";

    private const string ExtendedName = "Extended boot record";
    private const int RecordSize = 512;
    private const int SignatureOffset = 440;
    private const int TableOffset = 446;
    private const int EntrySize = 16;
    private const int EntryCount = 4;
    private const int FirstLogicalNumber = 5;
    private const int LargestLogicalCount = 256;
    private const byte ActiveStatus = 0x80;

    private readonly IByteSource _disk;
    private readonly Entry[] _entries;
    private readonly Dictionary<Partition, long> _places = [];

    private MasterBootRecord(IByteSource disk, Entry[] entries)
    {
        _disk = disk;
        _entries = entries;
    }

    /// <summary>Whether it stands in front of a GUID partition table (UEFI 2.10, 5.2.3).</summary>
    public bool IsProtective => _entries.Any(entry => entry.Type == PartitionTypes.GptProtective);

    /// <summary>Whether a partition is marked to boot from; the one that stands for a GUID partition table does not count.</summary>
    public bool HasActivePartition => _entries.Any(entry => entry.IsUsed && entry.IsActive && entry.Type != PartitionTypes.GptProtective);

    /// <summary>
    /// Whether a partition table is where one would be: boot code and file systems have the signature too, but rarely 0 or 0x80 as
    /// the first byte of each entry (Linux kernel, block/partitions/msdos.c, goes by the same).
    /// </summary>
    public bool HasTable => _entries.All(entry => entry.Status is 0 or ActiveStatus);

    /// <summary>Whether one of its partitions lies on the disk.</summary>
    public bool HasPartitionOnDisk => HasTable && _entries.Any(IsOnDisk);

    /// <summary>Whether what stands where a table would be can be one: a volume's boot sector has code or text there.</summary>
    private bool IsSound => HasPartitionOnDisk && _entries.All(entry => !entry.IsUsed || IsOnDisk(entry));

    /// <summary>Reads the record; null where the disk has none: it is empty, or a volume over the whole disk.</summary>
    public static MasterBootRecord? TryRead(IByteSource disk)
    {
        Entry[]? entries = TryReadEntries(disk, 0, out bool isVolume);
        MasterBootRecord? record = entries is null ? null : new MasterBootRecord(disk, entries);
        return isVolume && record?.IsSound == false ? null : record;
    }

    /// <summary>The primary partitions, then the logical ones.</summary>
    public IReadOnlyList<Partition> ReadPartitions(List<TableProblem> problems)
    {
        List<Partition> partitions = [];
        for (int i = 0; i < _entries.Length; i++)
        {
            if (_entries[i] is { IsUsed: true } entry && !PartitionTypes.IsExtended(entry.Type))
            {
                Add(partitions, entry, i, i + 1, 0, problems);
            }
        }

        int number = FirstLogicalNumber;
        foreach (Entry extended in _entries.Where(entry => entry.IsUsed && PartitionTypes.IsExtended(entry.Type)))
        {
            number = ReadLogicalPartitions(extended.Start, partitions, number, problems);
        }

        PartitionChecks.AddOverlaps(partitions, partition => _places[partition], problems);
        return partitions;
    }

    /// <summary>Follows the chain: links count from the extended partition's start, partitions from their own record's.</summary>
    private int ReadLogicalPartitions(long extendedStart, List<Partition> partitions, int number, List<TableProblem> problems)
    {
        long sectorSize = _disk.LogicalSectorSize;
        HashSet<long> seen = [];
        long record = extendedStart;
        while (true)
        {
            if (number >= FirstLogicalNumber + LargestLogicalCount || !seen.Add(record))
            {
                problems.Add(new TableProblem(ExtendedName, record * sectorSize, "The chain of logical partitions has a loop or does not end."));
                return number;
            }

            if (record * sectorSize > _disk.Length - RecordSize || TryReadEntries(_disk, record * sectorSize, out _) is not { } entries)
            {
                problems.Add(new TableProblem(ExtendedName, record * sectorSize, $"The chain of logical partitions is broken at byte {record * sectorSize}."));
                return number;
            }

            if (entries[0].IsUsed && !PartitionTypes.IsExtended(entries[0].Type))
            {
                Add(partitions, entries[0], 0, number, record, problems);
                number++;
            }

            if (!entries[1].IsUsed || !PartitionTypes.IsExtended(entries[1].Type))
            {
                return number;
            }

            record = extendedStart + entries[1].Start;
        }
    }

    private bool IsOnDisk(Entry entry)
        => entry.IsUsed && entry.Start > 0 && (entry.Start + entry.Count) * _disk.LogicalSectorSize <= _disk.Length;

    private void Add(List<Partition> partitions, Entry entry, int index, int number, long baseSector, List<TableProblem> problems)
    {
        long sectorSize = _disk.LogicalSectorSize;
        Partition partition = new()
        {
            Number = number,
            Offset = (baseSector + entry.Start) * sectorSize,
            Length = entry.Count * sectorSize,
            TypeCode = entry.Type,
            IsActive = entry.IsActive,
            PartUuid = FormatPartUuid(number),
        };
        long place = (baseSector * sectorSize) + TableOffset + (index * EntrySize);
        PartitionChecks.AddProblems(partition, place, _disk, problems);
        partitions.Add(partition);
        _places[partition] = place;
    }

    /// <summary>The signature that Windows and Linux know the disk by, and the number, in hexadecimal.</summary>
    private string? FormatPartUuid(int number)
    {
        Span<byte> signature = stackalloc byte[sizeof(uint)];
        _disk.Read(SignatureOffset, signature);
        uint value = BinaryPrimitives.ReadUInt32LittleEndian(signature);
        return value == 0 ? null : string.Format(CultureInfo.InvariantCulture, "{0:x8}-{1:x2}", value, number);
    }

    private static Entry[]? TryReadEntries(IByteSource disk, long offset, out bool isVolume)
    {
        byte[] record = new byte[RecordSize];
        disk.Read(offset, record);
        isVolume = BootSector.IsPresent(record);
        if (record[510] != 0x55 || record[511] != 0xAA)
        {
            return null;
        }

        Entry[] entries = new Entry[EntryCount];
        for (int i = 0; i < EntryCount; i++)
        {
            ReadOnlySpan<byte> entry = record.AsSpan(TableOffset + (i * EntrySize), EntrySize);
            entries[i] = new Entry(
                entry[0],
                entry[4],
                BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(8)),
                BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(12)));
        }

        return entries;
    }

    private sealed record Entry(byte Status, byte Type, long Start, long Count)
    {
        public bool IsActive => Status == ActiveStatus;

        public bool IsUsed => Type != 0 && Count > 0;
    }
}
