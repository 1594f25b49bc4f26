using System.Buffers.Binary;
using System.Text;

namespace AzImageTools.Disks.Partitions;

/// <summary>Reads a GUID partition table (UEFI 2.10, 5.3): the primary one or, where that is damaged, the backup.</summary>
internal static class GptReader
{
    public const string HeaderName = "GPT header";
    public const string BackupName = "GPT backup header";

    // UEFI 2.10, 5.3.1.
    private const int ReservedForEntries = 16384;

    /// <summary>Whether there is a header behind the first sector.</summary>
    public static bool HasHeader(IByteSource disk, int sectorSize)
        => disk.Length >= 2L * sectorSize && GptHeader.IsPresent(ReadSector(disk, 1, sectorSize));

    public static PartitionTable Read(IByteSource disk, List<TableProblem> problems)
    {
        int sectorSize = FindSectorSize(disk);
        if (sectorSize != disk.LogicalSectorSize)
        {
            problems.Add(new TableProblem(
                HeaderName,
                sectorSize,
                $"The partition table counts in sectors of {sectorSize} bytes, but the disk has {disk.LogicalSectorSize}: it was copied from a disk with other sectors, and no guest will find its partitions."));
        }

        long lastSector = (disk.Length / sectorSize) - 1;
        GptHeader? primary = TryReadHeader(disk, 1, sectorSize, out byte[]? entries);
        long backupSector = primary?.AlternateLba ?? lastSector;
        GptHeader? backup = TryReadHeader(disk, backupSector, sectorSize, out byte[]? backupEntries);
        if (primary is null && backup is null)
        {
            problems.Add(new TableProblem(HeaderName, sectorSize, "The disk has a protective MBR, but its GUID partition table and the backup at its end are both missing or damaged."));
            return new PartitionTable(PartitionStyle.Gpt, sectorSize, [], null, problems);
        }

        if (primary is null)
        {
            problems.Add(new TableProblem(HeaderName, sectorSize, "The GUID partition table at the disk's beginning is damaged; its backup was read."));
        }
        else if (backup is null)
        {
            problems.Add(new TableProblem(BackupName, Math.Min(backupSector, lastSector) * sectorSize, "The backup of the GUID partition table is missing or damaged."));
        }
        else if (backupSector != lastSector)
        {
            problems.Add(new TableProblem(BackupName, backupSector * sectorSize, "The backup of the GUID partition table is not in the disk's last sector: the disk was made larger."));
        }

        List<Partition> partitions = ParseEntries(disk, (primary ?? backup)!, (entries ?? backupEntries)!, sectorSize, problems);
        return new PartitionTable(PartitionStyle.Gpt, sectorSize, partitions, backup is null ? null : backupSector * sectorSize, problems)
        {
            Places = [.. FindPlaces(primary, backup, backupSector, sectorSize)],
        };
    }

    /// <summary>Behind the header, and before the backup's, room is reserved for entries, wherever the headers have theirs.</summary>
    private static IEnumerable<DiskExtent> FindPlaces(GptHeader? primary, GptHeader? backup, long backupSector, int sectorSize)
    {
        yield return new DiskExtent(0, (2L * sectorSize) + ReservedForEntries);
        if (backup is not null)
        {
            yield return new DiskExtent((backupSector * sectorSize) - ReservedForEntries, ReservedForEntries + sectorSize);
        }

        foreach (GptHeader header in new[] { primary, backup }.OfType<GptHeader>())
        {
            yield return new DiskExtent(header.EntriesOffset, header.EntryCount * (long)header.EntrySize);
        }
    }

    /// <summary>The disk's own sector size, unless the header stands where a disk with the other one has it.</summary>
    private static int FindSectorSize(IByteSource disk)
    {
        int own = disk.LogicalSectorSize;
        int other = own == 512 ? 4096 : 512;
        return !HasHeader(disk, own) && HasHeader(disk, other) ? other : own;
    }

    /// <summary>Reads a header and its entries; null where either is missing or damaged.</summary>
    public static GptHeader? TryReadHeader(IByteSource disk, long lba, int sectorSize, out byte[]? entries)
    {
        entries = null;
        if (lba < 1 || lba > (disk.Length / sectorSize) - 1)
        {
            return null;
        }

        GptHeader? header = GptHeader.TryParse(ReadSector(disk, lba, sectorSize), lba, disk.Length);
        if (header is null)
        {
            return null;
        }

        disk.Budget.Allocate(header.EntryCount * (long)header.EntrySize, "the entries of a GUID partition table");
        entries = new byte[header.EntryCount * header.EntrySize];
        disk.Read(header.EntriesOffset, entries);
        if (ReflectedCrc32.Ieee.Compute(entries) == header.EntriesChecksum)
        {
            return header;
        }

        entries = null;
        return null;
    }

    // UEFI 2.10, 5.3.3.
    private static List<Partition> ParseEntries(IByteSource disk, GptHeader header, byte[] entries, int sectorSize, List<TableProblem> problems)
    {
        const int NameOffset = 56;
        const int NameSize = 72;
        List<Partition> partitions = [];
        for (int i = 0; i < header.EntryCount; i++)
        {
            ReadOnlySpan<byte> entry = entries.AsSpan(i * header.EntrySize, header.EntrySize);
            long place = header.EntriesOffset + (i * (long)header.EntrySize);
            Guid type = GuidBytes.Read(entry);
            if (type == Guid.Empty)
            {
                continue;
            }

            ulong first = BinaryPrimitives.ReadUInt64LittleEndian(entry.Slice(32));
            ulong last = BinaryPrimitives.ReadUInt64LittleEndian(entry.Slice(40));
            ulong limit = (ulong)(long.MaxValue / sectorSize);
            if (first == 0 || last < first || last >= limit)
            {
                problems.Add(new TableProblem(PartitionChecks.EntryName, place, $"Partition {i + 1} is said to reach from sector {first} to {last}, which is not possible; it is left out."));
                continue;
            }

            Partition partition = new()
            {
                Number = i + 1,
                Offset = (long)first * sectorSize,
                Length = (long)(last - first + 1) * sectorSize,
                TypeId = type,
                UniqueId = GuidBytes.Read(entry.Slice(16)),
                PartUuid = GuidBytes.Read(entry.Slice(16)).ToString(),
                Name = ReadName(entry.Slice(NameOffset, NameSize)),
            };
            PartitionChecks.AddProblems(partition, place, disk, problems);
            partitions.Add(partition);
        }

        PartitionChecks.AddOverlaps(partitions, partition => header.EntriesOffset + ((partition.Number - 1) * (long)header.EntrySize), problems);
        return partitions;
    }

    /// <summary>Up to 36 characters of UTF-16, up to a zero. Control characters would reach a terminal: they become U+FFFD.</summary>
    private static string ReadName(ReadOnlySpan<byte> bytes)
    {
        StringBuilder name = new();
        for (int i = 0; i < bytes.Length; i += sizeof(char))
        {
            char c = (char)BinaryPrimitives.ReadUInt16LittleEndian(bytes.Slice(i));
            if (c == '\0')
            {
                break;
            }

            name.Append(char.IsControl(c) ? '\uFFFD' : c);
        }

        return name.ToString();
    }

    private static byte[] ReadSector(IByteSource disk, long lba, int sectorSize)
    {
        byte[] sector = new byte[sectorSize];
        disk.Read(lba * sectorSize, sector);
        return sector;
    }
}
