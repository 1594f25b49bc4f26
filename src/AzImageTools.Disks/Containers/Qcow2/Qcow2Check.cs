using System.Buffers.Binary;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>
/// Checks a QCOW2 as <c>qemu-img check</c> does: its tables, and its reference counts against what its tables use.
/// </summary>
internal sealed class Qcow2Check(DiskFile file, CheckLog log)
{
    private const string HeaderName = "Header";
    private const string Level1Name = "L1 table";
    private const string TableName = "Reference count table";
    private const string CountsName = "Reference counts";
    private const string SnapshotName = "Snapshot table";
    private const string Rule = "QCOW2 specification, Host cluster management";
    private const string SnapshotRule = "QCOW2 specification, Snapshots";
    private const int SnapshotHeaderSize = 40;
    private const int LargestSnapshotCount = 65536;
    private const int LargestSnapshotExtra = 1024;
    private const long LargestLevel1Count = (32L << 20) / sizeof(ulong);

    public IEnumerable<DiskInconsistency> Run()
    {
        if (!Qcow2Header.IsPresent(file))
        {
            yield return log.Error(HeaderName, 0, "The file does not begin as a QCOW2 does, or is too short for its header: it is cut off or damaged.", "QCOW2 specification, Header");
            yield break;
        }

        Qcow2Header? header = log.Try(HeaderName, () => Qcow2Header.Read(file), out DiskInconsistency? damage);
        if (header is null)
        {
            yield return damage!;
            yield break;
        }

        if (header.Features.HasFlag(IncompatibleFeatures.Dirty))
        {
            yield return log.Note(HeaderName, 72, "The QCOW2 was not closed cleanly: its reference counts may be out of date. They are not needed for reading.");
        }

        if (header.Features.HasFlag(IncompatibleFeatures.Corrupt))
        {
            yield return log.Error(HeaderName, 72, "The QCOW2 is marked as corrupt: a program found its structures to be damaged.");
        }

        ClusterUse use = new((file.Length + header.ClusterSize - 1) / header.ClusterSize);
        ReferenceCounts? counts = ReferenceCounts.TryOpen(file, header);
        Qcow2TableCheck tables = new(file, header, counts, use, log);
        use.Add(0, 1);
        foreach (DiskInconsistency inconsistency in CheckLevel1(header, tables, use).Concat(CheckSnapshots(header, tables, use)))
        {
            yield return inconsistency;
        }

        if (counts is null)
        {
            yield return log.Error(
                TableName,
                48,
                $"The reference count table of {header.RefcountTableClusters} clusters can't be at byte {header.RefcountTableOffset} of the file's {file.Length}, or its counts can't have 2^{header.RefcountOrder} bits.",
                Rule);
            yield break;
        }

        foreach (DiskInconsistency inconsistency in CheckBlocks(header, counts, use))
        {
            yield return inconsistency;
        }

        if (use.IsTooLarge || tables.IsIncomplete)
        {
            yield return log.Note(CountsName, null, $"The image has more than {ClusterUse.LargestCount} clusters, or its snapshots together more than {Qcow2TableCheck.LargestEntryCount}: the reference counts were not compared with what is used.");
            yield break;
        }

        foreach (DiskInconsistency inconsistency in Compare(header, counts, use))
        {
            yield return inconsistency;
        }
    }

    private IEnumerable<DiskInconsistency> CheckLevel1(Qcow2Header header, Qcow2TableCheck tables, ClusterUse use)
    {
        // The header was read: the file holds the entries that the disk needs, but perhaps not those beyond.
        long stated = header.StatedLevel1Count;
        if (stated > LargestLevel1Count || stated * sizeof(ulong) > file.Length - header.Level1Offset)
        {
            yield return log.Error(Level1Name, 36, $"The L1 table of {stated} entries at byte {header.Level1Offset} reaches beyond the file's {file.Length} bytes, or is larger than possible.", Rule);
            stated = header.Level1Count;
        }

        use.Add(header.Level1Offset / header.ClusterSize, CountClusters(header, stated * sizeof(ulong)));
        foreach (DiskInconsistency inconsistency in tables.Run(header.Level1Offset, stated, isActive: true))
        {
            yield return inconsistency;
        }
    }

    /// <summary>Each snapshot has an L1 table of its own, over L2 tables and clusters that it shares.</summary>
    private IEnumerable<DiskInconsistency> CheckSnapshots(Qcow2Header header, Qcow2TableCheck tables, ClusterUse use)
    {
        if (header.SnapshotCount == 0)
        {
            yield break;
        }

        ulong start = header.SnapshotOffset;
        if (header.SnapshotCount > LargestSnapshotCount || start % (ulong)header.ClusterSize != 0 || start == 0 || start > (ulong)file.Length)
        {
            yield return log.Error(SnapshotName, 60, $"The table of {header.SnapshotCount} snapshots can't be at byte {start} of the file's {file.Length}.", SnapshotRule);
            yield break;
        }

        long position = (long)start;
        for (uint i = 0; i < header.SnapshotCount && !tables.IsIncomplete; i++)
        {
            byte[]? entry = position <= file.Length - SnapshotHeaderSize ? file.Read(position, SnapshotHeaderSize) : null;
            uint extra = entry is null ? 0 : BinaryPrimitives.ReadUInt32BigEndian(entry.AsSpan(36));
            if (entry is null || extra > LargestSnapshotExtra)
            {
                yield return log.Error(SnapshotName, position, $"Snapshot {i} can't be here: the file is cut off or damaged.", SnapshotRule);
                yield break;
            }

            ulong offset = BinaryPrimitives.ReadUInt64BigEndian(entry);
            long count = BinaryPrimitives.ReadUInt32BigEndian(entry.AsSpan(8));
            if (count > LargestLevel1Count || offset % (ulong)header.ClusterSize != 0 || offset > (ulong)Math.Max(0, file.Length - (count * sizeof(ulong))))
            {
                yield return log.Error(SnapshotName, position, $"The L1 table of {count} entries of snapshot {i} can't be at byte {offset} of the file's {file.Length}.", SnapshotRule);
            }
            else
            {
                use.Add((long)offset / header.ClusterSize, CountClusters(header, count * sizeof(ulong)));
                foreach (DiskInconsistency inconsistency in tables.Run((long)offset, count, isActive: false))
                {
                    yield return inconsistency;
                }
            }

            int names = BinaryPrimitives.ReadUInt16BigEndian(entry.AsSpan(12)) + BinaryPrimitives.ReadUInt16BigEndian(entry.AsSpan(14));
            position += (SnapshotHeaderSize + extra + names + 7) / 8 * 8;
        }

        use.Add((long)start / header.ClusterSize, CountClusters(header, position - (long)start));
    }

    private IEnumerable<DiskInconsistency> CheckBlocks(Qcow2Header header, ReferenceCounts counts, ClusterUse use)
    {
        use.Add((long)header.RefcountTableOffset / header.ClusterSize, header.RefcountTableClusters);
        for (long block = 0; block < counts.BlockCount; block++)
        {
            ulong entry = counts.ReadEntry(block);
            if (entry != 0 && counts.IsPlace(entry))
            {
                use.Add((long)entry / header.ClusterSize, 1);
            }
            else if (entry != 0)
            {
                yield return log.Error(
                    TableName,
                    (long)header.RefcountTableOffset + (block * sizeof(ulong)),
                    $"Block {block} of reference counts can't be at byte {entry} of the file's {file.Length}: the file is cut off or damaged.",
                    Rule);
            }
        }
    }

    /// <summary>Clusters that follow one another and are wrong in the same way are told of together.</summary>
    private IEnumerable<DiskInconsistency> Compare(Qcow2Header header, ReferenceCounts counts, ClusterUse use)
    {
        if (header.HasBitmaps)
        {
            yield return log.Note(CountsName, null, "The image holds bitmaps of what was written, which were not checked: clusters that only they use look like leaked ones.");
        }

        long first = 0;
        (ulong Stored, int Used) run = (0, 0);
        for (long cluster = 0; cluster <= use.ClusterCount; cluster++)
        {
            (ulong Stored, int Used) next = cluster < use.ClusterCount ? (counts.Read(cluster), use[cluster]) : (0, 0);
            if (next == run)
            {
                continue;
            }

            if (Describe(header, first, cluster - first, run.Stored, run.Used) is { } inconsistency)
            {
                yield return inconsistency;
            }

            (first, run) = (cluster, next);
        }
    }

    private DiskInconsistency? Describe(Qcow2Header header, long first, long count, ulong stored, int used)
    {
        string clusters = count == 1 ? "1 cluster" : $"{count} clusters";
        long offset = first * header.ClusterSize;
        if (stored < (ulong)used)
        {
            return log.Error(CountsName, offset, $"{clusters} from byte {offset} on: in use {used} times, with the reference count {stored}. Writing to one use destroys the other.", Rule);
        }

        return stored == (ulong)used || (used == 0 && header.HasBitmaps)
            ? null
            : log.Leak(CountsName, offset, $"{clusters} from byte {offset} on: in use {used} times, with the reference count {stored}.", Rule);
    }

    private static long CountClusters(Qcow2Header header, long length) => (length + header.ClusterSize - 1) / header.ClusterSize;
}
