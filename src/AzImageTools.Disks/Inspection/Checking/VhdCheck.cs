using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Containers.Vhd;

namespace AzImageTools.Disks.Inspection.Checking;

/// <summary>Checks a VHD: footer and copy, dynamic header, block allocation table, and where its blocks lie.</summary>
internal sealed class VhdCheck(DiskFile file, CheckLog log)
{
    private const string FooterName = "Footer";
    private const string CopyName = "Footer copy";
    private const string HeaderName = "Dynamic disk header";
    private const string TableName = "Block allocation table";
    private const string BlocksName = "Data blocks";
    private const string Rule = "VHD specification 1.0, Block Allocation Table and Data Blocks";
    private const string FooterRule = "VHD specification 1.0, Hard Disk Footer Format";
    private const uint Unused = uint.MaxValue;
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

        long blocks = (footer.CurrentSize + header.BlockSize - 1) / header.BlockSize;
        long tableLength = blocks * sizeof(uint);
        long dataEnd = file.Length - Footer.Size;
        if (header.MaxTableEntries < blocks)
        {
            yield return log.Error(HeaderName, (long)footer.DataOffset + 28, $"The block allocation table has {header.MaxTableEntries} entries, but the disk has {blocks} blocks.", Rule);
            yield break;
        }

        if (header.TableOffset > (ulong)Math.Max(0, dataEnd) || tableLength > dataEnd - (long)header.TableOffset)
        {
            yield return log.Error(HeaderName, (long)footer.DataOffset + 16, $"The block allocation table of {tableLength} bytes from byte {header.TableOffset} on reaches beyond the file's {file.Length} bytes.", Rule);
            yield break;
        }

        FileMap map = new(static block => $"block {block}");
        map.Add("the footer's copy", 0, Footer.Size);
        map.Add("the dynamic disk header", (long)footer.DataOffset, DynamicHeader.Size);
        map.Add("the block allocation table", (long)header.TableOffset, tableLength);
        map.Add("the footer", dataEnd, Footer.Size);
        PagedTable table = new(file, (long)header.TableOffset, tableLength);
        long bitmapSize = ((header.BlockSize / SectorSize / 8) + SectorSize - 1) / SectorSize * SectorSize;
        for (long block = 0; block < blocks; block++)
        {
            uint sector = table.ReadUInt32BigEndian(block);
            if (sector == Unused)
            {
                continue;
            }

            long offset = sector * (long)SectorSize;
            long length = bitmapSize + Math.Min(header.BlockSize, footer.CurrentSize - (block * header.BlockSize));
            if (offset > dataEnd - length)
            {
                yield return log.Error(
                    TableName,
                    (long)header.TableOffset + (block * sizeof(uint)),
                    $"Block {block} is said to be at byte {offset}, but {length} bytes from there reach beyond the data's end at {dataEnd}: the file is cut off or damaged.",
                    Rule);
                continue;
            }

            map.Add(block, offset, length);
        }

        foreach (DiskInconsistency inconsistency in CheckMap(map, header, bitmapSize))
        {
            yield return inconsistency;
        }
    }

    private IEnumerable<DiskInconsistency> CheckMap(FileMap map, DynamicHeader header, long bitmapSize)
    {
        if (map.IsFull)
        {
            yield return log.Note(BlocksName, null, $"The disk has more than {FileMap.LargestCount} blocks: whether they overlap was not checked.");
            yield break;
        }

        foreach ((string first, string second, long? block, long offset) in map.FindOverlaps())
        {
            yield return log.Error(
                block is null ? HeaderName : TableName,
                block is { } number ? (long)header.TableOffset + (number * sizeof(uint)) : offset,
                $"At byte {offset} {first} and {second} overlap: writing to one destroys the other.",
                Rule);
        }

        foreach (DiskExtent gap in map.FindGaps(file.Length, header.BlockSize + bitmapSize, SectorSize))
        {
            yield return log.Leak(BlocksName, gap.Offset, $"No block uses the {gap.Length} bytes from byte {gap.Offset} on.", Rule);
        }
    }
}
