namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>A fixed or dynamic VHDX.</summary>
internal sealed class VhdxDisk : BlockDisk
{
    private readonly BlockAllocationTable _table;

    private VhdxDisk(DiskFile file, RegionTable regions, VhdxMetadata metadata)
        : base(
            file,
            DiskFormat.Vhdx,
            metadata.LeavesBlocksAllocated ? DiskSubFormat.Fixed : DiskSubFormat.Dynamic,
            metadata.Capacity,
            metadata.LogicalSectorSize,
            metadata.BlockSize)
    {
        _table = new BlockAllocationTable(file, regions.BlockAllocationTable, metadata);
    }

    /// <summary>Opens a VHDX.</summary>
    /// <param name="file">The VHDX.</param>
    /// <param name="parents">Where a differencing disk's parent may be.</param>
    public static VhdxDisk Open(DiskFile file, ParentLocation parents)
    {
        Header header = Header.Read(file, out bool isHeaderDamaged);
        if (header.LogGuid != Guid.Empty)
        {
            throw new DiskFormatException(
                file.Path,
                (long)Math.Min(header.LogOffset, long.MaxValue),
                "The VHDX was not closed cleanly: its log holds changes that are not in the disk yet, and is not replayed here. Mount and dismount it once (Mount-VHD, Dismount-VHD), or run on a copy: qemu-img check -r all -f vhdx FILE",
                "[MS-VHDX] 2.3");
        }

        RegionTable regions = RegionTable.Read(file, out bool isRegionTableDamaged);
        VhdxMetadata metadata = VhdxMetadata.Read(file, regions.Metadata);
        if (metadata.HasParent)
        {
            throw new DiskFormatException(
                file.Path,
                regions.Metadata.Offset,
                "This is a differencing VHDX: it holds only what changed against a parent disk, and chains are not read yet. Merge it first (Merge-VHD, or delete the checkpoint in Hyper-V and let it merge), or convert it with Convert-VHD.",
                "[MS-VHDX] 2.6.2.1");
        }

        VhdxDisk disk = new(file, regions, metadata);
        if (isHeaderDamaged)
        {
            disk.AddProblem("One of the VHDX's two headers is damaged; the other one was used.");
        }

        if (isRegionTableDamaged)
        {
            disk.AddProblem("One of the VHDX's two region tables is damaged; the other one was used.");
        }

        return disk;
    }

    /// <summary>What a differencing VHDX says of its parent, log or not; null for others.</summary>
    public static ParentReference? ReadParent(DiskFile file)
    {
        Header.Read(file, out _);
        return VhdxMetadata.ReadParent(file, RegionTable.Read(file, out _).Metadata);
    }

    private protected override bool TryLocate(long block, long length, out long fileOffset) => _table.TryLocate(block, length, out fileOffset);
}
