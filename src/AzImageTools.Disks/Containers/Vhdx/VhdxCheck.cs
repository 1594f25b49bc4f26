using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>Checks a VHDX: headers, log, region tables, metadata, block allocation table, and where its blocks lie.</summary>
internal sealed class VhdxCheck(DiskFile file, CheckLog log)
{
    private const string IdentifierName = "File identifier";
    private const string HeaderName = "Header";
    private const string LogName = "Log";
    private const string RegionName = "Region table";
    private const string MetadataName = "Metadata";
    private const string TableName = "Block allocation table";
    private const string LogRule = "[MS-VHDX] 2.3";
    private const string LayoutRule = "[MS-VHDX] 2.1";
    private const long Mebibyte = 1024 * 1024;

    public IEnumerable<DiskInconsistency> Run()
    {
        if (!VhdxDisk.IsPresent(file) || file.Length < Mebibyte)
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

        BlockAllocationTable? table = log.Try(TableName, () => new BlockAllocationTable(file, regions!.BlockAllocationTable, metadata), out damage);
        if (table is null)
        {
            yield return damage!;
            yield break;
        }

        FileMap map = new(log, table.NameOf);
        map.Add("the headers", 0, Mebibyte);
        map.Add("the metadata", regions!.Metadata.Offset, regions.Metadata.Length);
        map.Add("the block allocation table", regions.BlockAllocationTable.Offset, regions.BlockAllocationTable.Length);
        if (hasLog && header.LogLength > 0)
        {
            map.Add("the log", (long)header.LogOffset, header.LogLength);
        }

        foreach (DiskInconsistency inconsistency in map.AddBlocks(
            BlockAllocationTable.Rule, TableName, table.EntryCount, (long index, out DiskExtent place) => table.Locate(index, out _, out place), table.PositionOf))
        {
            yield return inconsistency;
        }

        foreach (DiskInconsistency inconsistency in map.Check(LayoutRule, RegionName, TableName, table.PositionOf, file.Length, metadata.BlockSize, Mebibyte))
        {
            yield return inconsistency;
        }
    }
}
