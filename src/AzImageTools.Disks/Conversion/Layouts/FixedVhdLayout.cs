namespace AzImageTools.Disks.Conversion.Layouts;

/// <summary>The disk's bytes, and the footer (VHD specification 1.0, "Fixed Hard Disk Image").</summary>
internal sealed class FixedVhdLayout(FixedVhdFooter footer) : ImageLayout(footer.Capacity)
{
    public override DiskFormat Format => DiskFormat.Vhd;

    public override DiskSubFormat SubFormat => DiskSubFormat.Fixed;

    public override long FileLength => Capacity + FixedVhdFooter.Size;

    internal override bool WantsHoles => true;

    internal override IEnumerable<FilePart> Structures => [new FilePart(Capacity, footer.Bytes)];

    internal override long Locate(long offset, out long length)
    {
        length = Capacity - offset;
        return offset;
    }
}
