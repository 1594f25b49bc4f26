using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vhd;

/// <summary>
/// A VHD, known by its footer, which is the file's last 512 bytes. A fixed one is the disk's bytes, then the footer; a dynamic
/// one has blocks where the guest has written; a differencing one takes the sectors that it lacks from its parent.
/// </summary>
internal sealed class VhdDisk : MappedDisk
{
    private const string Rule = "VHD specification 1.0, Hard Disk Footer Format";
    private const int SectorSize = 512;

    private VhdDisk(DiskFile file, Footer footer, IDiskMap map, DiskSubFormat subFormat, VirtualDisk? parent = null)
        : base(file, map, DiskFormat.Vhd, subFormat, footer.CurrentSize, SectorSize, parent)
    {
        Footer = footer;
        if (footer.IsSavedState)
        {
            AddProblem("The virtual machine was saved, not shut down: the disk lacks what its memory still held.");
        }
    }

    public Footer Footer { get; }

    internal override Guid Identifier => Footer.UniqueId;

    public static bool IsPresent(DiskFile file)
        => file.Length >= Footer.Size && Footer.IsPresent(file.Read(file.Length - Footer.Size, Footer.Size));

    /// <summary>Opens a VHD with all disks that it goes back to.</summary>
    /// <param name="file">The VHD.</param>
    /// <param name="parents">Where a differencing disk's parent may be.</param>
    public static VhdDisk Open(DiskFile file, ParentLocation parents)
    {
        Footer footer = ReadFooter(file);
        return footer.Type switch
        {
            DiskType.Fixed => OpenFixed(file, footer),
            DiskType.Dynamic => new VhdDisk(file, footer, new BlockAllocationTable(file, footer, DynamicHeader.Read(file, footer)), DiskSubFormat.Dynamic),
            DiskType.Differencing => OpenDifferencing(file, footer, parents),
            _ => throw new DiskFormatException(file.Path, file.Length - Footer.Size + 60, $"The VHD's disk type {(int)footer.Type} is not known.", Rule),
        };
    }

    /// <summary>What a differencing VHD says of its parent; null for others.</summary>
    public static ParentReference? ReadParent(DiskFile file)
    {
        Footer footer = ReadFooter(file);
        return footer.Type == DiskType.Differencing ? VhdParent.ReadReference(file, DynamicHeader.Read(file, footer)) : null;
    }

    private static VhdDisk OpenFixed(DiskFile file, Footer footer)
    {
        long room = file.Length - Footer.Size;
        if (footer.CurrentSize > room)
        {
            throw new DiskFormatException(
                file.Path,
                room,
                $"The VHD's footer states a capacity of {footer.CurrentSize} bytes, but only {room} stand before it: the file is cut off.",
                "VHD specification 1.0, Fixed Hard Disk Image");
        }

        VhdDisk disk = new(file, footer, new FlatMap(0), DiskSubFormat.Fixed);
        if (footer.CurrentSize < room)
        {
            disk.AddProblem($"{room - footer.CurrentSize} bytes lie between the disk's end and the VHD's footer; they are no part of the disk.");
        }

        return disk;
    }

    private static VhdDisk OpenDifferencing(DiskFile file, Footer footer, ParentLocation parents)
    {
        DynamicHeader header = DynamicHeader.Read(file, footer);
        BlockAllocationTable table = new(file, footer, header);
        VirtualDisk parent = VhdParent.Open(file, footer, header, parents, out string? problem);
        VhdDisk disk = new(file, footer, table, DiskSubFormat.Differencing, parent);
        if (problem is not null)
        {
            disk.AddProblem(problem);
        }

        return disk;
    }

    private static Footer ReadFooter(DiskFile file)
    {
        long offset = Math.Max(0, file.Length - Footer.Size);
        return Footer.Parse(file.Read(offset, Footer.Size), file.Path, offset);
    }
}
