using AzImageTools.Disks.Containers.Qcow2;
using AzImageTools.Disks.Containers.Raw;
using AzImageTools.Disks.Containers.Vhd;
using AzImageTools.Disks.Containers.Vhdx;
using AzImageTools.Disks.Containers.Vmdk;

namespace AzImageTools.Disks.Containers;

/// <summary>
/// Decides what a file is opened as. The extension (or the caller) says which container to expect, and the content must
/// then be that. Nothing else in the content ever decides: a raw disk whose guest wrote another container's header into
/// its first sector stays a raw disk.
/// </summary>
internal static class ContainerOpener
{
    public static VirtualDisk Open(string path, VirtualDiskOptions options, CancellationToken cancellation)
    {
        if (string.IsNullOrWhiteSpace(path))
        {
            throw new ArgumentException("A path is needed.", nameof(path));
        }

        return Open(path, options.Format, new ParentLocation(path, options.ParentPath, new ReadBudget(Path.GetFullPath(path), cancellation)));
    }

    /// <summary>Opens an image.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">What it must be; null to go by its extension.</param>
    /// <param name="parents">Where the disks may be that it goes back to.</param>
    public static VirtualDisk Open(string path, DiskFormat? format, ParentLocation parents)
    {
        DiskFile file = DiskFile.Open(path, parents.IsOfParent, parents.Budget);
        try
        {
            return Open(file, format, parents);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static VirtualDisk Open(DiskFile file, DiskFormat? forced, ParentLocation parents)
    {
        if (file.Length == 0)
        {
            throw new DiskFormatException(file.Path, null, "The file is empty.");
        }

        DiskFormat format = forced ?? FormatOfExtension(file);
        return format switch
        {
            DiskFormat.Raw => new RawDisk(file),
            DiskFormat.Vhd when VhdDisk.IsPresent(file) => VhdDisk.Open(file, parents),
            DiskFormat.Vhdx when FileIdentifier.IsPresent(file) => VhdxDisk.Open(file, parents),
            DiskFormat.Qcow2 when Qcow2Header.IsPresent(file) => Qcow2Disk.Open(file, parents),
            DiskFormat.Vmdk when VmdkOpener.IsVmdk(file) => VmdkOpener.Open(file, parents),
            DiskFormat.Vhd or DiskFormat.Vhdx or DiskFormat.Qcow2 or DiskFormat.Vmdk => throw Disagreement(file, format, forced is not null),
            _ => throw new ArgumentOutOfRangeException(nameof(forced), $"There is no disk format {format}."),
        };
    }

    private static DiskFormat FormatOfExtension(DiskFile file)
    {
        string extension = Path.GetExtension(file.Path);
        switch (extension.ToUpperInvariant())
        {
            case ".RAW" or ".IMG" or ".BIN":
                return DiskFormat.Raw;
            case ".VHD" or ".AVHD" or ".VPC":
                return DiskFormat.Vhd;
            case ".VHDX" or ".AVHDX":
                return DiskFormat.Vhdx;
            case ".QCOW2":
                return DiskFormat.Qcow2;
            case ".VMDK":
                return DiskFormat.Vmdk;
            default:
                ContentKind? content = ContentKind.Recognize(file);
                string problem = extension.Length == 0
                    ? "The file's name has no extension, so it is not clear how to read it."
                    : $"The extension {extension} is none of a disk image's that can be read (.vhd, .vhdx, .qcow2, .vmdk, .raw, .img, .bin).";
                throw new DiskFormatException(file.Path, null, content is null
                    ? problem + " If its bytes are the disk's, rename it to .raw or say that its format is Raw."
                    : $"{problem} It holds {content.Description}. {content.Remedy}");
        }
    }

    private static DiskFormatException Disagreement(DiskFile file, DiskFormat expected, bool isForced)
    {
        string name = expected.ToString().ToUpperInvariant();
        string claim = isForced ? $"The file is to be read as {name}" : $"The file's extension says {name}";
        ContentKind? content = ContentKind.Recognize(file);
        if (content is not null)
        {
            return new DiskFormatException(file.Path, null, $"{claim}, but it holds {content.Description}. {content.Remedy}");
        }

        string missing = expected switch
        {
            DiskFormat.Vhd => "a VHD's footer is not in its last 512 bytes",
            DiskFormat.Vhdx => "a VHDX's identifier is not at its beginning",
            DiskFormat.Qcow2 => "a QCOW2's signature is not at its beginning",
            _ => "neither a VMDK's signature nor its descriptor is at its beginning",
        };
        return new DiskFormatException(
            file.Path,
            expected == DiskFormat.Vhd ? Math.Max(0, file.Length - Footer.Size) : 0,
            $"{claim}, but {missing}: it is cut off, damaged, or something else. If its bytes are the disk's, rename it to .raw or say that its format is Raw.");
    }
}
