using System.Buffers.Binary;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Containers.Vmdk;

/// <summary>Checks a hosted sparse extent of a VMDK: grain directory and tables, their second copies, and where its grains lie.</summary>
internal sealed class SparseExtentCheck(DiskFile file, CheckLog log)
{
    private const string HeaderName = "Header";
    private const string DirectoryName = "Grain directory";
    private const string TableName = "Grain table";
    private const string RedundantName = "Redundant grain table";
    private const string HeaderRule = "VMware Virtual Disk Format 5.0, Hosted Sparse Extents";
    private const string Rule = "VMware Virtual Disk Format 5.0, Grain Directories and Grain Tables";
    private const int UncleanField = 72;
    private const int SectorSize = 512;
    private const int MarkerSize = 12;
    private const uint ZeroedGrain = 1;

    // Tables have numbers beyond those of grains, of which a disk has up to 2^37.
    private const long FirstTable = 1L << 40;
    private const long FirstCopy = 1L << 41;

    public IEnumerable<DiskInconsistency> Run()
    {
        SparseExtentHeader? header = log.Try(HeaderName, () => SparseExtentHeader.Read(file), out DiskInconsistency? damage);
        if (header is null)
        {
            yield return damage!;
            yield break;
        }

        if (header.IsUnclean)
        {
            yield return log.Note(HeaderName, UncleanField, "The VMDK was not closed cleanly: its last changes may be missing.", HeaderRule);
        }

        long tableLength = header.TableEntries * sizeof(uint);
        if (header.DirectoryEntries > file.Length / tableLength)
        {
            // Most of the tables would have to lie in one another; reading the disk is bounded by the same.
            long used = CountTables(header);
            if (used > file.Length / tableLength)
            {
                yield return log.Error(DirectoryName, header.DirectoryOffset, $"The grain directory leads to {used} grain tables, more than the file has room for: they overlap.", Rule);
                yield break;
            }
        }

        FileMap map = new(log, NameOf, "Grains", "grain");
        map.Add("the header", 0, SectorSize);
        if (header.DescriptorOffset > 0)
        {
            map.Add("the descriptor", header.DescriptorOffset, header.DescriptorSize);
        }

        map.Add("the grain directory", header.DirectoryOffset, header.DirectoryEntries * sizeof(uint));

        // What is before the grains may have room to spare.
        IEnumerable<DiskInconsistency> misplaced = map.Check(Rule, DirectoryName, TableName, positionOf: null, file.Length, header.GrainSize, SectorSize)
            .Where(found => found.Severity != InconsistencySeverity.Leak || found.Offset >= header.Overhead);
        foreach (DiskInconsistency inconsistency in CheckDirectory(header, map).Concat(misplaced))
        {
            yield return inconsistency;
        }
    }

    private static string NameOf(long number) => number switch
    {
        >= FirstCopy => $"the copy of grain table {number - FirstCopy}",
        >= FirstTable => $"grain table {number - FirstTable}",
        _ => $"grain {number}",
    };

    private IEnumerable<DiskInconsistency> CheckDirectory(SparseExtentHeader header, FileMap map)
    {
        long directoryLength = header.DirectoryEntries * sizeof(uint);
        int tableLength = header.TableEntries * sizeof(uint);
        PagedTable directory = new(file, header.DirectoryOffset, directoryLength);
        PagedTable? redundant = null;
        if (header.RedundantDirectoryOffset > file.Length - directoryLength)
        {
            yield return log.Error(HeaderName, 48, "The second grain directory reaches beyond the file's end: the file is cut off or damaged.", HeaderRule);
        }
        else if (header.RedundantDirectoryOffset > 0)
        {
            redundant = new PagedTable(file, header.RedundantDirectoryOffset, directoryLength);
            map.Add("the second grain directory", header.RedundantDirectoryOffset, directoryLength);
        }

        HashSet<long> seen = [];
        for (long number = 0; number < header.DirectoryEntries; number++)
        {
            long table = (long)directory.ReadUInt32LittleEndian(number) * SectorSize;
            long place = header.DirectoryOffset + (number * sizeof(uint));
            if (table > file.Length - tableLength)
            {
                yield return log.Error(DirectoryName, place, $"Grain table {number} can't be at byte {table} of the file's {file.Length}: the file is cut off or damaged.", Rule);
                continue;
            }

            byte[]? grains = table == 0 ? null : file.Read(table, tableLength);
            if (grains is not null)
            {
                // That two are one table is told as an overlap; what it leads to is looked at once.
                map.Add(FirstTable + number, table, tableLength);
                foreach (DiskInconsistency inconsistency in seen.Add(table) ? CheckTable(header, number, table, grains, map) : [])
                {
                    yield return inconsistency;
                }
            }

            if (redundant is not null && CompareWithCopy(header, number, grains, redundant, map) is { } difference)
            {
                yield return difference;
            }
        }
    }

    private DiskInconsistency? CompareWithCopy(SparseExtentHeader header, long number, byte[]? grains, PagedTable redundant, FileMap map)
    {
        int tableLength = header.TableEntries * sizeof(uint);
        long copy = (long)redundant.ReadUInt32LittleEndian(number) * SectorSize;
        long place = header.RedundantDirectoryOffset + (number * sizeof(uint));
        if (copy > file.Length - tableLength)
        {
            return log.Error(RedundantName, place, $"The copy of grain table {number} can't be at byte {copy} of the file's {file.Length}: the file is cut off or damaged.", Rule);
        }

        if (copy == 0 || grains is null)
        {
            return copy == 0 == grains is null ? null : log.Error(RedundantName, place, $"Of grain table {number} and its copy there is only one.", Rule);
        }

        map.Add(FirstCopy + number, copy, tableLength);
        byte[] copied = file.Read(copy, tableLength);
        for (int i = 0; i < tableLength; i += sizeof(uint))
        {
            if (!grains.AsSpan(i, sizeof(uint)).SequenceEqual(copied.AsSpan(i, sizeof(uint))))
            {
                return log.Error(RedundantName, copy + i, $"Grain table {number} and its copy differ, from grain {((long)number * header.TableEntries) + (i / sizeof(uint))} on: one of them is out of date.", Rule);
            }
        }

        return null;
    }

    private IEnumerable<DiskInconsistency> CheckTable(SparseExtentHeader header, long number, long table, byte[] grains, FileMap map)
    {
        ProblemTally outside = new();
        ProblemTally markers = new();
        bool hasZeroedGrains = header.Flags.HasFlag(SparseExtentFlags.HasZeroedGrains);
        for (int i = 0; i < header.TableEntries; i++)
        {
            uint entry = BinaryPrimitives.ReadUInt32LittleEndian(grains.AsSpan(i * sizeof(uint)));
            long grain = (number * header.TableEntries) + i;
            long start = grain * header.GrainSize;
            if (entry == 0 || (entry == ZeroedGrain && hasZeroedGrains) || start >= header.Capacity)
            {
                continue;
            }

            long offset = (long)entry * SectorSize;
            long length = header.IsCompressed ? MarkerSize : Math.Min(header.GrainSize, header.Capacity - start);
            if (offset > file.Length - length)
            {
                outside.Add(table + (i * sizeof(uint)));
                continue;
            }

            if (header.IsCompressed && !TryReadMarker(header, offset, start, out length))
            {
                markers.Add(table + (i * sizeof(uint)));
                continue;
            }

            map.Add(grain, offset, length);
        }

        if (outside.Count > 0)
        {
            yield return log.Error(TableName, outside.First, $"{outside.Describe("entry", "entries")} of grain table {number} lead outside the file's {file.Length} bytes: the file is cut off or damaged.", Rule);
        }

        if (markers.Count > 0)
        {
            yield return log.Error(TableName, markers.First, $"{markers.Describe("entry", "entries")} of grain table {number} lead to places where no such grain begins.", Rule);
        }
    }

    /// <summary>What stands before a compressed grain: its first sector on the disk, and its length.</summary>
    private bool TryReadMarker(SparseExtentHeader header, long offset, long start, out long length)
    {
        file.Budget.Visit("a grain", offset);
        byte[] marker = file.Read(offset, MarkerSize);
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(marker.AsSpan(8));
        length = MarkerSize + (long)size;
        return BinaryPrimitives.ReadUInt64LittleEndian(marker) == (ulong)(start / SectorSize)
            && size > 0
            && size <= 2 * header.GrainSize
            && length <= file.Length - offset;
    }

    private long CountTables(SparseExtentHeader header)
    {
        PagedTable directory = new(file, header.DirectoryOffset, header.DirectoryEntries * sizeof(uint));
        long count = 0;
        for (long i = 0; i < header.DirectoryEntries; i++)
        {
            count += directory.ReadUInt32LittleEndian(i) != 0 ? 1 : 0;
        }

        return count;
    }
}
