using System.Text;
using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Vhdx;

/// <summary>
/// A VHDX: fixed, dynamic or differencing. One that was not closed cleanly is read as it is once its log is replayed; the
/// replay stays in memory.
/// </summary>
internal sealed class VhdxDisk : MappedDisk
{
    private readonly Header _header;

    private VhdxDisk(DiskFile file, Header header, RegionTable regions, VhdxMetadata metadata, VirtualDisk? parent)
        : base(
            file,
            new BlockAllocationTable(file, regions.BlockAllocationTable, metadata),
            DiskFormat.Vhdx,
            SubFormatOf(metadata),
            metadata.Capacity,
            metadata.LogicalSectorSize,
            parent)
    {
        _header = header;
    }

    private static ReadOnlySpan<byte> Signature => "vhdxfile"u8;

    /// <summary>What a differencing disk names this one by: it changes with the content ([MS-VHDX] 2.2.2).</summary>
    internal override Guid Identifier => _header.DataWriteGuid;

    /// <summary>Whether a file has the File Type Identifier of a VHDX ([MS-VHDX] 2.2.1).</summary>
    public static bool IsPresent(DiskFile file) => file.Length >= Signature.Length && Signature.SequenceEqual(file.Read(0, Signature.Length));

    /// <summary>The File Type Identifier as it stands at a file's beginning ([MS-VHDX] 2.2.1).</summary>
    /// <param name="creator">Who made the file.</param>
    public static byte[] CreateIdentifier(string creator)
    {
        byte[] bytes = new byte[Signature.Length + Encoding.Unicode.GetByteCount(creator)];
        Signature.CopyTo(bytes);
        Encoding.Unicode.GetBytes(creator).CopyTo(bytes, Signature.Length);
        return bytes;
    }

    /// <summary>Opens a VHDX with all disks that it goes back to.</summary>
    /// <param name="file">The VHDX.</param>
    /// <param name="parents">Where a differencing disk's parent may be.</param>
    public static VhdxDisk Open(DiskFile file, ParentLocation parents)
    {
        Header header = Header.Read(file, out bool isHeaderDamaged);
        bool isReplayed = LogReplay.Apply(file, header);
        RegionTable regions = RegionTable.Read(file, out bool isRegionTableDamaged);
        VhdxMetadata metadata = VhdxMetadata.Read(file, regions.Metadata);
        VirtualDisk? parent = metadata.HasParent ? OpenParent(file, regions.Metadata, metadata, parents) : null;
        VhdxDisk disk;
        try
        {
            disk = new VhdxDisk(file, header, regions, metadata, parent);
        }
        catch
        {
            parent?.Dispose();
            throw;
        }

        if (isHeaderDamaged)
        {
            disk.AddProblem("One of the VHDX's two headers is damaged; the other one was used.");
        }

        if (isReplayed)
        {
            disk.AddProblem("The VHDX was not closed cleanly. It is read with the changes that its log holds; the file was left as it is.");
        }

        if (isRegionTableDamaged)
        {
            disk.AddProblem("One of the VHDX's two region tables is damaged; the other one was used.");
        }

        return disk;
    }

    /// <summary>What a differencing VHDX says of its parent; null for others.</summary>
    public static ParentReference? ReadParent(DiskFile file)
    {
        LogReplay.Apply(file, Header.Read(file, out _));
        return VhdxMetadata.ReadParent(file, RegionTable.Read(file, out _).Metadata);
    }

    private static DiskSubFormat SubFormatOf(VhdxMetadata metadata) => metadata switch
    {
        { HasParent: true } => DiskSubFormat.Differencing,
        { LeavesBlocksAllocated: true } => DiskSubFormat.Fixed,
        _ => DiskSubFormat.Dynamic,
    };

    private static VirtualDisk OpenParent(DiskFile file, DiskExtent region, VhdxMetadata metadata, ParentLocation parents)
    {
        const string Rule = "[MS-VHDX] 2.6.2.6.3";

        // It has a parent, and so a locator: reading that either finds one or throws.
        ParentReference reference = VhdxMetadata.ReadParent(file, region)!;
        VirtualDisk parent = parents.Open(reference.StoredPath, "parent disk", DiskFormat.Vhdx);
        string? problem = null;
        if (!reference.Identifies(parent.Identifier))
        {
            problem = $"{parent.Path} is not this disk's parent, or was changed since: its data write identifier is {parent.Identifier}, not {reference.Identifier}. Give the right one with -ParentPath.";
        }
        else if (parent.Capacity != metadata.Capacity || parent.LogicalSectorSize != metadata.LogicalSectorSize)
        {
            problem = $"The disk has {metadata.Capacity} bytes in sectors of {metadata.LogicalSectorSize}, but its parent {parent.Path} has {parent.Capacity} in sectors of {parent.LogicalSectorSize}.";
        }

        if (problem is not null)
        {
            parent.Dispose();
            throw new DiskFormatException(file.Path, region.Offset, problem, Rule);
        }

        return parent;
    }
}
