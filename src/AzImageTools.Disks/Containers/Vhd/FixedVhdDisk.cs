namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>A fixed VHD: the disk's bytes, then the footer.</summary>
internal sealed class FixedVhdDisk : VirtualDisk, IVhdDisk
{
    private const int SectorSize = 512;

    public FixedVhdDisk(DiskFile file, Footer footer)
        : base(file, DiskFormat.Vhd, DiskSubFormat.Fixed, footer.CurrentSize, SectorSize)
    {
        Footer = footer;
        long room = file.Length - Footer.Size;
        if (footer.CurrentSize > room)
        {
            throw new DiskFormatException(
                file.Path,
                room,
                $"The VHD's footer states a capacity of {footer.CurrentSize} bytes, but only {room} stand before it: the file is cut off.",
                "VHD specification 1.0, Fixed Hard Disk Image");
        }

        if (footer.CurrentSize < room)
        {
            AddProblem($"{room - footer.CurrentSize} bytes lie between the disk's end and the VHD's footer; they are no part of the disk.");
        }

        if (footer.IsSavedState)
        {
            AddProblem(VhdProblems.SavedState);
        }
    }

    public Footer Footer { get; }

    internal override Guid Identifier => Footer.UniqueId;

    private protected override void ReadContent(long offset, Span<byte> destination) => File.Read(offset, destination);

    private protected override IEnumerable<DiskExtent> GetContentExtents(long offset, long length) => File.GetDataRanges(offset, length);
}
