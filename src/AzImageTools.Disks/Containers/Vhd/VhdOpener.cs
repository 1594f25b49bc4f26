namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>Opens a VHD by its footer, which is the file's last 512 bytes.</summary>
internal static class VhdOpener
{
    private const string Rule = "VHD specification 1.0, Hard Disk Footer Format";

    public static bool IsVhd(DiskFile file)
        => file.Length >= Footer.Size && Footer.IsPresent(file.Read(file.Length - Footer.Size, Footer.Size));

    /// <summary>Opens a VHD.</summary>
    /// <param name="file">The VHD.</param>
    /// <param name="parents">Where a differencing disk's parent may be.</param>
    public static VirtualDisk Open(DiskFile file, ParentLocation parents)
    {
        long offset = file.Length - Footer.Size;
        Footer footer = ReadFooter(file);
        return footer.Type switch
        {
            DiskType.Fixed => new FixedVhdDisk(file, footer),
            DiskType.Dynamic => DynamicVhdDisk.Open(file, footer),
            DiskType.Differencing => DynamicVhdDisk.OpenDifferencing(file, footer, parents),
            _ => throw new DiskFormatException(file.Path, offset + 60, $"The VHD's disk type {(int)footer.Type} is not known.", Rule),
        };
    }

    /// <summary>What a differencing VHD says of its parent; null for others.</summary>
    public static ParentReference? ReadParent(DiskFile file)
    {
        Footer footer = ReadFooter(file);
        return footer.Type == DiskType.Differencing ? VhdParent.ReadReference(file, DynamicHeader.Read(file, footer)) : null;
    }

    private static Footer ReadFooter(DiskFile file)
    {
        long offset = Math.Max(0, file.Length - Footer.Size);
        return Footer.Parse(file.Read(offset, Footer.Size), file.Path, offset);
    }
}
