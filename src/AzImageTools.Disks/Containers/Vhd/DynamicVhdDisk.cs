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

    public static DynamicVhdDisk Open(DiskFile file, Footer footer)
    {
        if (footer.DataOffset > (ulong)Math.Max(0, file.Length - Footer.Size - DynamicHeader.Size))
        {
            throw new DiskFormatException(
                file.Path,
                file.Length - Footer.Size + 16,
                $"The dynamic disk header is said to be at byte {footer.DataOffset}, which is not within the file's {file.Length} bytes: the file is cut off or damaged.",
                "VHD specification 1.0, Hard Disk Footer Format");
        }

        long offset = (long)footer.DataOffset;
        DynamicHeader header = DynamicHeader.Parse(file.Read(offset, DynamicHeader.Size), file.Path, offset);
        return new DynamicVhdDisk(file, footer, header);
    }

    private protected override bool TryLocate(long block, long length, out long fileOffset) => _table.TryLocate(block, length, out fileOffset);
}
