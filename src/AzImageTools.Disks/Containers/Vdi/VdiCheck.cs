using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Containers.Vdi;

/// <summary>Checks a VDI: header, block map, and where its blocks lie.</summary>
internal sealed class VdiCheck(DiskFile file, CheckLog log)
{
    private const string HeaderName = "Header";
    private const string MapName = "Block map";
    private const int SectorSize = 512;

    public IEnumerable<DiskInconsistency> Run()
    {
        VdiHeader? header = log.Try(HeaderName, () => VdiHeader.Read(file), out DiskInconsistency? damage);
        VdiBlockMap? map = header is null ? null : log.Try(HeaderName, () => new VdiBlockMap(file, header), out damage);
        if (map is null)
        {
            yield return damage!;
            yield break;
        }

        FileMap places = new(log, static block => $"block {block}");
        places.Add("the header", 0, VdiHeader.Size);
        places.Add("the block map", map.Extent.Offset, map.Extent.Length);
        if (header!.DataOffset > map.Extent.End)
        {
            // VirtualBox begins the blocks on a whole MiB.
            places.Add("the room before the blocks", map.Extent.End, header.DataOffset - map.Extent.End);
        }

        foreach (DiskInconsistency inconsistency in places.AddBlocks(VdiBlockMap.Rule, MapName, map.BlockCount, map.Locate, map.PositionOf))
        {
            yield return inconsistency;
        }

        if (places.BlockCount != header.AllocatedBlocks)
        {
            yield return log.Error(HeaderName, 0x184, $"{header.AllocatedBlocks} blocks are said to be in the file, but the block map has {places.BlockCount}.", VdiHeader.Rule);
        }

        foreach (DiskInconsistency inconsistency in places.Check(VdiBlockMap.Rule, HeaderName, MapName, map.PositionOf, file.Length, header.BlockSize, SectorSize))
        {
            yield return inconsistency;
        }
    }
}
