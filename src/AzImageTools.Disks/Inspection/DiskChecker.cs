using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Inspection.Checking;

namespace AzImageTools.Disks.Inspection;

/// <summary>
/// Checks all structures of a disk image against their formats and against one another: the container's (VHD, VHDX, QCOW2,
/// VMDK) and the partition table's. Nothing is repaired.
/// </summary>
public static class DiskChecker
{
    private const string Container = "Container";

    /// <summary>Checks a disk image. Enumerated lazily: the image is open while its inconsistencies are enumerated.</summary>
    /// <param name="path">The image file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <returns>What is wrong, in the order in which it is met; nothing where the image is consistent.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskFormatException">The file is no disk image, or of a container that can't be told.</exception>
    /// <exception cref="IOException">The file is in use by another program, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IEnumerable<DiskInconsistency> Check(string path, VirtualDiskOptions? options = null)
    {
        using VirtualDisk? disk = TryOpen(path, options, out DiskFormatException? refusal);
        using DiskFile file = DiskFile.Open(path);
        CheckLog log = new(file.Path);
        DiskFormat? format = options?.Format ?? disk?.Format ?? FormatOf(file.Path);
        IEnumerable<DiskInconsistency> container = format switch
        {
            DiskFormat.Vhd => new VhdCheck(file, log).Run(),
            DiskFormat.Vhdx => new VhdxCheck(file, log).Run(),
            DiskFormat.Qcow2 => new Qcow2Check(file, log).Run(),
            DiskFormat.Vmdk => new VmdkCheck(file, new ParentLocation(path, options?.ParentPath), log).Run(),
            _ => [],
        };

        bool isExplained = false;
        foreach (DiskInconsistency inconsistency in container)
        {
            isExplained |= inconsistency.Severity == InconsistencySeverity.Error;
            yield return inconsistency;
        }

        if (disk is not null)
        {
            foreach (DiskInconsistency inconsistency in PartitionCheck.Run(disk, log, isExplained))
            {
                yield return inconsistency;
            }
        }
        else if (!isExplained)
        {
            // What keeps the image from being opened must not be passed over, whatever the checks look at.
            yield return log.From(refusal!, Container);
        }
    }

    private static VirtualDisk? TryOpen(string path, VirtualDiskOptions? options, out DiskFormatException? refusal)
    {
        try
        {
            refusal = null;
            return VirtualDisk.Open(path, options);
        }
        catch (DiskFormatException exception) when (options?.Format is not null || FormatOf(path) is not null)
        {
            refusal = exception;
            return null;
        }
    }

    /// <summary>The container that a file's extension names; null for those whose damage can't be told from another format.</summary>
    private static DiskFormat? FormatOf(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".VHD" or ".AVHD" or ".VPC" => DiskFormat.Vhd,
        ".VHDX" or ".AVHDX" => DiskFormat.Vhdx,
        ".QCOW2" => DiskFormat.Qcow2,
        ".VMDK" => DiskFormat.Vmdk,
        _ => null,
    };
}
