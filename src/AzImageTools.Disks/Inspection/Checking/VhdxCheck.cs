using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Vhdx;

namespace AzImageTools.Disks.Inspection.Checking;

/// <summary>Checks a VHDX: headers, log, region tables, metadata, block allocation table, and where its blocks lie.</summary>
internal sealed class VhdxCheck(DiskFile file, CheckLog log)
{
    private const string IdentifierName = "File identifier";
    private const string HeaderName = "Header";
    private const string LogName = "Log";
    private const string RegionName = "Region table";
    private const string MetadataName = "Metadata";
    private const string TableName = "Block allocation table";
    private const string BlocksName = "Data blocks";
    private const string TableRule = "[MS-VHDX] 2.5.1";
    private const string LogRule = "[MS-VHDX] 2.3";
    private const string LayoutRule = "[MS-VHDX] 2.1";
    private const long Mebibyte = 1024 * 1024;
    private const long SectorsInBitmapBlock = 1 << 23;

    public IEnumerable<DiskInconsistency> Run()
    {
        if (!FileIdentifier.IsPresent(file) || file.Length < Mebibyte)
        {
            yield return log.Error(IdentifierName, 0, "The file does not begin as a VHDX does, or has less than 1 MiB.", "[MS-VHDX] 2.2.1");
            yield break;
        }

        Header? first = Header.TryParse(file.Read(Header.FirstOffset, Header.Size));
        Header? second = Header.TryParse(file.Read(Header.SecondOffset, Header.Size));
        if (first is null)
        {
            yield return log.Error(HeaderName, Header.FirstOffset, "The first header is damaged.", Header.Rule);
        }

        if (second is null)
        {
            yield return log.Error(HeaderName, Header.SecondOffset, "The second header is damaged.", Header.Rule);
        }

        if (first is not null && second is not null && first.SequenceNumber == second.SequenceNumber && first != second)
        {
            yield return log.Error(HeaderName, Header.SecondOffset, $"Both headers have the sequence number {first.SequenceNumber}, but differ: it is unclear which one is valid.", Header.Rule);
        }

        Header? header = log.Try(HeaderName, () => Header.Read(file, out _), out DiskInconsistency? damage);
        if (header is null)
        {
            // Told above of each, unless it is the version.
            if (first is not null || second is not null)
            {
                yield return damage!;
            }

            yield break;
        }

        foreach (DiskInconsistency inconsistency in CheckBehindHeader(header))
        {
            yield return inconsistency;
        }
    }

    private IEnumerable<DiskInconsistency> CheckBehindHeader(Header header)
    {
        bool hasLog = header.LogOffset >= Mebibyte
            && header.LogOffset % Mebibyte == 0
            && header.LogLength % Mebibyte == 0
            && header.LogOffset <= (ulong)file.Length
            && header.LogLength <= file.Length - (long)header.LogOffset;
        if (!hasLog)
        {
            yield return log.Error(LogName, null, $"The log of {header.LogLength} bytes at byte {header.LogOffset} does not lie within the file's {file.Length} bytes, or not on whole MiB.", LogRule);
        }

        byte[] firstTable = file.Read(RegionTable.FirstOffset, RegionTable.Size);
        byte[] secondTable = file.Read(RegionTable.SecondOffset, RegionTable.Size);
        bool isFirstValid = RegionTable.IsValid(firstTable);
        bool isSecondValid = RegionTable.IsValid(secondTable);
        if (!isFirstValid)
        {
            yield return log.Error(RegionName, RegionTable.FirstOffset, "The first region table is damaged.", RegionTable.Rule);
        }

        if (!isSecondValid)
        {
            yield return log.Error(RegionName, RegionTable.SecondOffset, "The second region table is damaged.", RegionTable.Rule);
        }

        if (isFirstValid && isSecondValid && !firstTable.AsSpan().SequenceEqual(secondTable))
        {
            yield return log.Error(RegionName, RegionTable.SecondOffset, "The two region tables differ.", RegionTable.Rule);
        }

        if (header.LogGuid != Guid.Empty)
        {
            yield return log.Note(LogName, hasLog ? (long)header.LogOffset : null, "The VHDX was not closed cleanly: its log holds changes that are not in the disk yet. What follows is checked as it is with these changes.", LogRule);
            if (!hasLog)
            {
                yield break;
            }

            log.Try(LogName, () => LogReplay.Apply(file, header) ? header : null, out DiskInconsistency? refusal);
            if (refusal is not null)
            {
                yield return refusal;
                yield break;
            }
        }
        else if (!isFirstValid && !isSecondValid)
        {
            yield break;
        }

        RegionTable? regions = log.Try(RegionName, () => RegionTable.Read(file, out _), out DiskInconsistency? damage);
        VhdxMetadata? metadata = regions is null ? null : log.Try(MetadataName, () => VhdxMetadata.Read(file, regions.Metadata), out damage);
        if (metadata is null)
        {
            yield return damage!;
            yield break;
        }

        long ratio = SectorsInBitmapBlock * metadata.LogicalSectorSize / metadata.BlockSize;
        FileMap map = new(index => NameOf(index, ratio));
        map.Add("the headers", 0, Mebibyte);
        map.Add("the metadata", regions!.Metadata.Offset, regions.Metadata.Length);
        map.Add("the block allocation table", regions.BlockAllocationTable.Offset, regions.BlockAllocationTable.Length);
        if (hasLog && header.LogLength > 0)
        {
            map.Add("the log", (long)header.LogOffset, header.LogLength);
        }

        foreach (DiskInconsistency inconsistency in CheckTable(regions.BlockAllocationTable, metadata, ratio, map).Concat(CheckMap(regions.BlockAllocationTable, metadata, map)))
        {
            yield return inconsistency;
        }
    }

    /// <summary>Each entry: that of a payload block or, after each chunk's, that of its sector bitmap block.</summary>
    private IEnumerable<DiskInconsistency> CheckTable(DiskExtent region, VhdxMetadata metadata, long ratio, FileMap map)
    {
        long blocks = (metadata.Capacity + metadata.BlockSize - 1) / metadata.BlockSize;
        long entries = blocks + ((blocks - 1) / ratio);
        if (region.Length < entries * sizeof(ulong))
        {
            yield return log.Error(TableName, region.Offset, $"The block allocation table of {region.Length} bytes is too short for the disk's {blocks} blocks.", TableRule);
            yield break;
        }

        PagedTable table = new(file, region.Offset, entries * sizeof(ulong));
        for (long index = 0; index < entries; index++)
        {
            ulong entry = table.ReadUInt64LittleEndian(index);
            bool isBitmap = index % (ratio + 1) == ratio;
            int state = (int)(entry & 7);
            long place = region.Offset + (index * sizeof(ulong));
            if (!IsStateKnown((PayloadBlockState)state, isBitmap, metadata.HasParent))
            {
                yield return log.Error(TableName, place, $"The entry of {NameOf(index, ratio)} has the state {state}, which it can't have.", TableRule);
            }
            else if ((PayloadBlockState)state is PayloadBlockState.FullyPresent or PayloadBlockState.PartiallyPresent)
            {
                long start = (index - (index / (ratio + 1))) * metadata.BlockSize;
                long length = isBitmap ? Mebibyte : Math.Min(metadata.BlockSize, metadata.Capacity - start);
                ulong mebibytes = entry >> 20;
                if (mebibytes == 0 || mebibytes > (ulong)(file.Length / Mebibyte) || length > file.Length - ((long)mebibytes * Mebibyte))
                {
                    yield return log.Error(TableName, place, $"The {NameOf(index, ratio)} is said to be at MiB {mebibytes}, which is not within the file's {file.Length} bytes: the file is cut off or damaged.", TableRule);
                }
                else
                {
                    map.Add(index, (long)mebibytes * Mebibyte, length);
                }
            }
        }
    }

    private static string NameOf(long index, long ratio)
        => index % (ratio + 1) == ratio ? $"sector bitmap block {index / (ratio + 1)}" : $"block {index - (index / (ratio + 1))}";

    private static bool IsStateKnown(PayloadBlockState state, bool isBitmap, bool hasParent) => state switch
    {
        PayloadBlockState.NotPresent or PayloadBlockState.FullyPresent => true,
        PayloadBlockState.PartiallyPresent => hasParent && !isBitmap,
        PayloadBlockState.Undefined or PayloadBlockState.Zero or PayloadBlockState.Unmapped or PayloadBlockState.UnmappedBefore1 => !isBitmap,
        _ => false,
    };

    private IEnumerable<DiskInconsistency> CheckMap(DiskExtent region, VhdxMetadata metadata, FileMap map)
    {
        if (map.IsFull)
        {
            yield return log.Note(BlocksName, null, $"The disk has more than {FileMap.LargestCount} blocks: whether they overlap was not checked.");
            yield break;
        }

        foreach ((string first, string second, long? index, long offset) in map.FindOverlaps())
        {
            yield return log.Error(
                index is null ? RegionName : TableName,
                index is { } number ? region.Offset + (number * sizeof(ulong)) : offset,
                $"At byte {offset} {first} and {second} overlap: writing to one destroys the other.",
                LayoutRule);
        }

        foreach (DiskExtent gap in map.FindGaps(file.Length, metadata.BlockSize, Mebibyte))
        {
            yield return log.Leak(BlocksName, gap.Offset, $"No block uses the {gap.Length} bytes from byte {gap.Offset} on.", LayoutRule);
        }
    }
}
