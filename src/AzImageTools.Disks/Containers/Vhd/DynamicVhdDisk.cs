namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>
/// A dynamic VHD: blocks where the guest has written, found through the block allocation table. A differencing one takes the
/// blocks that it lacks, and the sectors of a block that it lacks, from the disk that it goes back to.
/// </summary>
internal sealed class DynamicVhdDisk : BlockDisk, IVhdDisk
{
    private const int SectorSize = 512;

    private readonly BlockAllocationTable _table;

    private DynamicVhdDisk(DiskFile file, Footer footer, DynamicHeader header, VirtualDisk? parent)
        : base(
            file,
            DiskFormat.Vhd,
            parent is null ? DiskSubFormat.Dynamic : DiskSubFormat.Differencing,
            footer.CurrentSize,
            SectorSize,
            header.BlockSize,
            parent)
    {
        Footer = footer;
        _table = new BlockAllocationTable(file, header, footer.CurrentSize, parent is not null);
        if (footer.IsSavedState)
        {
            AddProblem(VhdProblems.SavedState);
        }
    }

    public Footer Footer { get; }

    internal override Guid Identifier => Footer.UniqueId;

    private protected override bool IsMostSignificantFirst => true;

    public static DynamicVhdDisk Open(DiskFile file, Footer footer) => new(file, footer, DynamicHeader.Read(file, footer), parent: null);

    /// <summary>Opens a differencing VHD with all disks that it goes back to.</summary>
    public static DynamicVhdDisk OpenDifferencing(DiskFile file, Footer footer, ParentLocation parents)
    {
        DynamicHeader header = DynamicHeader.Read(file, footer);
        VirtualDisk parent = VhdParent.Open(file, footer, header, parents, out string? problem);
        try
        {
            DynamicVhdDisk disk = new(file, footer, header, parent);
            if (problem is not null)
            {
                disk.AddProblem(problem);
            }

            return disk;
        }
        catch
        {
            parent.Dispose();
            throw;
        }
    }

    private protected override BlockPlace Locate(long block, long length) => _table.Locate(block, length);

    private protected override long CountAbsent(long block) => _table.CountAbsent(block);
}
