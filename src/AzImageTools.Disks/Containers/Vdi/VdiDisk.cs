using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vdi;

/// <summary>A disk image of VirtualBox: a header, a map of its blocks, and those that are in the file.</summary>
internal sealed class VdiDisk : MappedDisk
{
    private VdiDisk(DiskFile file, VdiHeader header, VdiBlockMap map)
        : base(file, map, DiskFormat.Vdi, header.Type == VdiType.Fixed ? DiskSubFormat.Fixed : DiskSubFormat.Dynamic, header.DiskSize, logicalSectorSize: 512)
    {
    }

    /// <summary>Opens a VDI; one that differs from another is refused with the way round.</summary>
    public static VdiDisk Open(DiskFile file)
    {
        VdiHeader header = VdiHeader.Read(file);
        VdiBlockMap map = new(file, header);
        map.RefuseOverlaps();
        return new VdiDisk(file, header, map);
    }
}
