using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>Checks a VHD: footer and copy, dynamic header, block allocation table, and where its blocks lie.</summary>
internal sealed class VhdCheck(DiskFile file, CheckLog log)
{
    private const string FooterName = "Footer";
    private const string CopyName = "Footer copy";
    private const string HeaderName = "Dynamic disk header";
    private const string TableName = "Block allocation table";
    private const string FooterRule = "VHD specification 1.0, Hard Disk Footer Format";
    private const int SectorSize = 512;

    public IEnumerable<DiskInconsistency> Run()
    {
        if (file.Length < Footer.Size)
        {
            yield return log.Error(FooterName, 0, $"The file has {file.Length} bytes: too few for a VHD's footer.", FooterRule);
            yield break;
        }

        long footerOffset = file.Length - Footer.Size;
        byte[] bytes = file.Read(footerOffset, Footer.Size);
        Footer? footer = log.Try(FooterName, () => Footer.Parse(bytes, file.Path, footerOffset), out DiskInconsistency? damage);
        if (damage is not null)
        {
            yield return damage;
        }

        byte[] copyBytes = file.Read(0, Footer.Size);
        Footer? copy = log.Try(CopyName, () => Footer.Parse(copyBytes, file.Path, 0), out DiskInconsistency? copyDamage);
        if ((footer ?? copy) is not { } known)
        {
            yield break;
        }

        if (known.Type == DiskType.Fixed)
        {
            foreach (DiskInconsistency inconsistency in CheckFixed(known, footerOffset))
            {
                yield return inconsistency;
            }

            yield break;
        }

        if (copyDamage is not null)
        {
            yield return copyDamage;
        }
        else if (footer is not null && !bytes.AsSpan().SequenceEqual(copyBytes))
        {
            yield return log.Error(CopyName, 0, "The footer and its copy at the file's beginning differ: one of them is out of date.", FooterRule);
        }

        foreach (DiskInconsistency inconsistency in CheckDynamic(known))
        {
            yield return inconsistency;
        }
    }

    private IEnumerable<DiskInconsistency> CheckFixed(Footer footer, long room)
    {
        if (footer.CurrentSize > room)
        {
            yield return log.Error(FooterName, room + 48, $"The footer states a capacity of {footer.CurrentSize} bytes, but only {room} stand before it: the file is cut off.", FooterRule);
        }
        else if (footer.CurrentSize < room)
        {
            yield return log.Leak(FooterName, footer.CurrentSize, $"{room - footer.CurrentSize} bytes lie between the disk's end and the footer.", FooterRule);
        }
    }

    private IEnumerable<DiskInconsistency> CheckDynamic(Footer footer)
    {
        DynamicHeader? header = log.Try(HeaderName, () => DynamicHeader.Read(file, footer), out DiskInconsistency? damage);
        if (header is null)
        {
            yield return damage!;
            yield break;
        }

        BlockAllocationTable? table = log.Try(HeaderName, () => new BlockAllocationTable(file, footer, header), out damage);
        if (table is null)
        {
            yield return damage!;
            yield break;
        }

        FileMap map = new(log, static block => $"block {block}");
        map.Add("the footer's copy", 0, Footer.Size);
        map.Add("the dynamic disk header", (long)footer.DataOffset, DynamicHeader.Size);
        map.Add("the block allocation table", table.Extent.Offset, table.Extent.Length);
        map.Add("the footer", file.Length - Footer.Size, Footer.Size);
        foreach (DiskInconsistency inconsistency in map.AddBlocks(BlockAllocationTable.Rule, TableName, table.BlockCount, table.Locate, table.PositionOf))
        {
            yield return inconsistency;
        }

        foreach (DiskInconsistency inconsistency in map.Check(BlockAllocationTable.Rule, HeaderName, TableName, table.PositionOf, file.Length, header.BlockSize + table.BitmapSize, SectorSize))
        {
            yield return inconsistency;
        }
    }
}
