using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>Walks a QCOW2's L1 table and the L2 tables under it: counts what they use, and checks each entry.</summary>
internal sealed class Qcow2TableCheck(DiskFile file, Qcow2Header header, ReferenceCounts? counts, ClusterUse use, CheckLog log)
{
    /// <summary>The most entries of L2 tables that are looked at, snapshots included: more than a disk of 64 TiB has, where clusters have 64 KiB.</summary>
    public const long LargestEntryCount = 1L << 31;

    private const string Level1Name = "L1 table";
    private const string Level2Name = "L2 table";
    private const string Rule = "QCOW2 specification, Cluster mapping";
    private const int SectorSize = 512;
    private const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;
    private const ulong CompressedFlag = 1UL << 62;
    private const ulong CopiedFlag = 1UL << 63;
    private const ulong ReservedInLevel1 = 0x7F00_0000_0000_01FF;
    private const ulong ReservedInLevel2 = 0x3F00_0000_0000_01FE;

    private readonly PagedTable _entries = new(file, 0, file.Length);
    private long _entriesLeft = LargestEntryCount;

    /// <summary>Whether there were more entries than are looked at.</summary>
    public bool IsIncomplete => _entriesLeft < 0;

    /// <param name="offset">The L1 table's first byte.</param>
    /// <param name="count">How many entries it has; the file holds them all.</param>
    /// <param name="isActive">Whether it is the disk's own, rather than a snapshot's: only there do the flags count.</param>
    public IEnumerable<DiskInconsistency> Run(long offset, long count, bool isActive)
    {
        PagedTable level1 = new(file, offset, count * sizeof(ulong));
        HashSet<long> seen = [];
        ProblemTally shared = new();
        for (long i = 0; i < count && !IsIncomplete; i++)
        {
            ulong entry = level1.ReadUInt64BigEndian(i);
            long place = offset + (i * sizeof(ulong));
            long table = (long)(entry & OffsetMask);
            if ((entry & ReservedInLevel1) != 0)
            {
                yield return log.Error(Level1Name, place, $"Entry {i} has bits set that are reserved.", Rule);
            }

            if (table == 0)
            {
                continue;
            }

            if (table % header.ClusterSize != 0 || table > file.Length - header.ClusterSize)
            {
                yield return log.Error(Level1Name, place, $"Entry {i} leads to an L2 table at byte {table} of the file's {file.Length}, where none can be: the file is cut off or damaged.", Rule);
                continue;
            }

            use.Add(table / header.ClusterSize, 1);
            if (!seen.Add(table))
            {
                shared.Add(place);
                continue;
            }

            if (isActive && IsFlagWrong(entry, table))
            {
                yield return log.Error(Level1Name, place, $"Entry {i} says that its L2 table is {Sharing(entry)}, but that has the reference count {counts!.Read(table / header.ClusterSize)}.", Rule);
            }

            foreach (DiskInconsistency inconsistency in CheckLevel2(table, isActive))
            {
                yield return inconsistency;
            }
        }

        if (shared.Count > 0)
        {
            yield return log.Error(Level1Name, shared.First, $"{shared.Describe("entry", "entries")} of the L1 table at byte {offset} lead to L2 tables that others lead to: parts of the disk overlap.", Rule);
        }
    }

    private static string Sharing(ulong entry) => (entry & CopiedFlag) != 0 ? "used once only" : "shared";

    private IEnumerable<DiskInconsistency> CheckLevel2(long table, bool isActive)
    {
        ProblemTally outside = new();
        ProblemTally unaligned = new();
        ProblemTally reserved = new();
        ProblemTally flags = new();
        int words = header.HasExtendedEntries ? 2 : 1;
        long count = 1L << header.Level2Bits;
        _entriesLeft -= count;
        file.Budget.Work(count * sizeof(ulong), "an L2 table", table);
        for (long i = 0; i < count; i++)
        {
            long place = table + (i * words * sizeof(ulong));
            ulong entry = _entries.ReadUInt64BigEndian(place / sizeof(ulong));
            if ((entry & CompressedFlag) != 0)
            {
                CheckCompressed(entry, place, outside, flags);
                continue;
            }

            // Bit 0 makes a cluster zero, where there is no bitmap for that.
            ulong forbidden = header.Version > 2 && !header.HasExtendedEntries ? ReservedInLevel2 : ReservedInLevel2 | 1;
            long cluster = (long)(entry & OffsetMask);
            if ((entry & forbidden) != 0)
            {
                reserved.Add(place);
            }

            if (cluster % header.ClusterSize != 0)
            {
                // What it leads into may be what was meant: nobody is told that it is free.
                unaligned.Add(place);
                use.Add(cluster / header.ClusterSize, 1);
            }
            else if (cluster >= file.Length)
            {
                outside.Add(place);
            }
            else if (cluster != 0)
            {
                use.Add(cluster / header.ClusterSize, 1);
                if (isActive && IsFlagWrong(entry, cluster))
                {
                    flags.Add(place);
                }
            }
        }

        string where = $"of the L2 table at byte {table}";
        if (outside.Count > 0)
        {
            yield return log.Error(Level2Name, outside.First, $"{outside.Describe("entry", "entries")} {where} lead outside the file's {file.Length} bytes: the file is cut off or damaged.", Rule);
        }

        if (unaligned.Count > 0)
        {
            yield return log.Error(Level2Name, unaligned.First, $"{unaligned.Describe("entry", "entries")} {where} lead to places where no cluster begins.", Rule);
        }

        if (reserved.Count > 0)
        {
            yield return log.Error(Level2Name, reserved.First, $"{reserved.Describe("entry", "entries")} {where} have bits set that are reserved.", Rule);
        }

        if (flags.Count > 0)
        {
            yield return log.Error(Level2Name, flags.First, $"In {flags.Describe("entry", "entries")} {where} the flag for clusters that are used once only contradicts their reference count.", Rule);
        }
    }

    /// <summary>Compressed data share clusters, and so can't be said to be the only ones there.</summary>
    private void CheckCompressed(ulong entry, long place, ProblemTally outside, ProblemTally flags)
    {
        int offsetBits = 62 - (header.ClusterBits - 8);
        long data = (long)(entry & ((1UL << offsetBits) - 1));
        long sectors = (long)((entry & (CompressedFlag - 1)) >> offsetBits) + 1;
        if (data == 0 || data >= file.Length)
        {
            outside.Add(place);
            return;
        }

        if ((entry & CopiedFlag) != 0)
        {
            flags.Add(place);
        }

        long last = data - (data % SectorSize) + (sectors * SectorSize) - 1;
        use.Add(data / header.ClusterSize, (last / header.ClusterSize) - (data / header.ClusterSize) + 1);
    }

    private bool IsFlagWrong(ulong entry, long offset)
        => counts is not null && (entry & CopiedFlag) != 0 != (counts.Read(offset / header.ClusterSize) == 1);
}
