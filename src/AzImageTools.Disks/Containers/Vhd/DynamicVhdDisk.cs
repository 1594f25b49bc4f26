namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>A dynamic VHD: blocks where the guest has written, found through the block allocation table.</summary>
internal sealed class DynamicVhdDisk : BlockDisk
{
    private const int SectorSize = 512;

    private readonly BlockAllocationTable _table;

    private DynamicVhdDisk(DiskFile file, Footer footer, DynamicHeader header)
        : base(file, DiskFormat.Vhd, DiskSubFormat.Dynamic, footer.CurrentSize, SectorSize, header.BlockSize)
    {
        _table = new BlockAllocationTable(file, header, footer.CurrentSize);
        if (footer.IsSavedState)
        {
            AddProblem(VhdProblems.SavedState);
        }
    }

    public static DynamicVhdDisk Open(DiskFile file, Footer footer) => new(file, footer, DynamicHeader.Read(file, footer));

    private protected override bool TryLocate(long block, long length, out long fileOffset) => _table.TryLocate(block, length, out fileOffset);
}
