using AzImageTools.Disks.Containers.Mapping;

namespace AzImageTools.Disks.Containers.Qcow2;

/// <summary>A QCOW2 of version 2 or 3, with its backing file where it has one.</summary>
internal sealed class Qcow2Disk : MappedDisk
{
    private const string Rule = "QCOW2 specification, Header";
    private const int SectorSize = 512;
    private const int BackingNameField = 8;
    private const string BackingRole = "backing file";

    private Qcow2Disk(DiskFile file, Qcow2Header header, VirtualDisk? backing)
        : base(
            file,
            new ClusterMap(file, header),
            DiskFormat.Qcow2,
            backing is null ? DiskSubFormat.Dynamic : DiskSubFormat.Differencing,
            header.Capacity,
            SectorSize,
            backing)
    {
        if (header.Features.HasFlag(IncompatibleFeatures.Dirty))
        {
            AddProblem("The QCOW2 was not closed cleanly: its reference counts may be wrong. They are not needed for reading.");
        }

        if (header.Features.HasFlag(IncompatibleFeatures.Corrupt))
        {
            AddProblem("The QCOW2 is marked as corrupt: some of its structures were found to be damaged. Check a copy: qemu-img check -f qcow2 -r all FILE");
        }

        if (header.SnapshotCount > 0)
        {
            AddProblem($"The QCOW2 holds {header.SnapshotCount} internal snapshots. They are ignored: what is read is the disk's present state.");
        }
    }

    /// <summary>Opens a QCOW2.</summary>
    /// <param name="file">The image.</param>
    /// <param name="parents">Where its backing file may be.</param>
    /// <param name="findFormat">The format that QEMU has a name for; null for one that is not read.</param>
    public static Qcow2Disk Open(DiskFile file, ParentLocation parents, Func<string, DiskFormat?> findFormat)
    {
        Qcow2Header header = Qcow2Header.Read(file);
        VirtualDisk? backing = header.BackingFile is null ? null : OpenBacking(file, header.BackingFile, header.BackingFormat, parents, findFormat);
        try
        {
            return new Qcow2Disk(file, header, backing);
        }
        catch
        {
            backing?.Dispose();
            throw;
        }
    }

    private static VirtualDisk OpenBacking(DiskFile file, string name, string? format, ParentLocation parents, Func<string, DiskFormat?> findFormat)
    {
        DiskFormat? expected = string.IsNullOrEmpty(format)
            ? null
            : findFormat(format!) ?? throw new DiskFormatException(file.Path, BackingNameField, $"The backing file is of the format '{format}', which is not read.", Rule);
        VirtualDisk backing = parents.Open(name, BackingRole, expected);
        if (backing.Format == DiskFormat.Raw && expected is null)
        {
            backing.Dispose();
            throw new DiskFormatException(
                file.Path,
                BackingNameField,
                $"The image does not say that its {BackingRole} is raw, so it is not taken to be: what its guest wrote could be taken for another image. Say it: qemu-img rebase -u -F raw -b FILE.raw FILE.qcow2",
                Rule);
        }

        if (backing.LogicalSectorSize != SectorSize)
        {
            int size = backing.LogicalSectorSize;
            backing.Dispose();
            throw new DiskFormatException(file.Path, BackingNameField, $"The {BackingRole} has sectors of {size} bytes, the image of {SectorSize}.", Rule);
        }

        return backing;
    }
}
