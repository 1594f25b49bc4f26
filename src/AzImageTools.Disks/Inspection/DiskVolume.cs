using System.Globalization;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Lvm;

namespace AzImageTools.Disks.Inspection;

/// <summary>A place of a disk where a file system may be: a partition, a logical volume (LVM2), or the whole of a disk that has no partitions.</summary>
public sealed class DiskVolume
{
    private DiskVolume(Partition? partition, IByteSource content, FileSystemKind kind, IFileSystem? fileSystem, string? problem)
    {
        Partition = partition;
        Content = content;
        Kind = kind;
        FileSystem = fileSystem;
        Problem = problem;
    }

    /// <summary>The partition; null where the volume is a logical one or the whole disk.</summary>
    public Partition? Partition { get; }

    /// <summary>The name of a logical volume behind that of its group, such as "system/root"; null for all others.</summary>
    public string? LogicalVolumeName => (Content as LogicalVolume)?.Path;

    /// <summary>Where on the disk it begins, in bytes; null for a logical volume, whose parts may lie anywhere.</summary>
    public long? Offset => Content is LogicalVolume ? null : Partition?.Offset ?? 0;

    /// <summary>Its bytes. Those of a logical volume that can't be read refuse to be.</summary>
    public IByteSource Content { get; }

    /// <summary>What it holds: also where that can't be read.</summary>
    public FileSystemKind Kind { get; }

    /// <summary>The file system in it; null where there is none that can be read.</summary>
    public IFileSystem? FileSystem { get; }

    /// <summary>Why the file system needs repair, or its journal's replay, as part of a sentence; null where it does not, or does not tell.</summary>
    /// <exception cref="DiskFormatException">The file system is damaged.</exception>
    public string? DirtyReason => (FileSystem as IVolumeCondition)?.DirtyReason;

    /// <summary>Why the volume or its file system could not be opened; null where it could, or where there is none.</summary>
    public string? Problem { get; }

    /// <summary>
    /// Opens the file systems of a disk: of its partitions in the table's order, then of the logical volumes on them. A
    /// partition that reaches beyond the disk is left out.
    /// </summary>
    /// <param name="disk">The disk; stays open as long as they are read.</param>
    /// <param name="table">Its partition table.</param>
    public static IReadOnlyList<DiskVolume> OpenAll(IByteSource disk, PartitionTable table)
    {
        if (disk is null)
        {
            throw new ArgumentNullException(nameof(disk));
        }

        if (table is null)
        {
            throw new ArgumentNullException(nameof(table));
        }

        bool isDynamic = DynamicDisk.IsPresent(disk, table);
        List<DiskVolume> volumes = table.Style == PartitionStyle.None
            ? [Open(null, disk)]
            : [.. table.Partitions
                .Where(partition => partition.Offset <= disk.Length - partition.Length)
                .Select(partition => Open(partition, Slice(disk, partition), isDynamic))];
        return AddLogicalVolumes(disk, volumes);
    }

    /// <summary>Where on the disk a range of the volume lies, piece by piece in the volume's order. What a logical volume has of zeros lies nowhere.</summary>
    /// <param name="range">The range, in bytes of the volume.</param>
    /// <exception cref="DiskFormatException">It is a logical volume that can't be read.</exception>
    public IEnumerable<DiskExtent> MapToDisk(DiskExtent range)
        => Content is LogicalVolume volume
            ? volume.Map(range.Offset, range.Length).Select(static piece => new DiskExtent(piece.VolumeOffset, piece.Length))
            : [range with { Offset = range.Offset + Offset!.Value }];

    private static ByteSourceSlice Slice(IByteSource disk, Partition partition)
        => new(disk, partition.Offset, partition.Length, disk.Name + ", partition " + partition.Number.ToString(CultureInfo.InvariantCulture));

    private static DiskVolume Open(Partition? partition, IByteSource content, bool isDynamic = false)
    {
        FileSystemKind kind = FileSystemKind.Unknown;
        try
        {
            if (isDynamic && DynamicDisk.Owns(partition!))
            {
                return new DiskVolume(partition, content, FileSystemKind.DynamicDisk, null, null);
            }

            kind = Volumes.FileSystem.Probe(content);
            if (kind == FileSystemKind.Unknown && partition?.TypeId == PartitionTypes.StorageSpaces)
            {
                kind = FileSystemKind.StorageSpaces;
            }

            return new DiskVolume(partition, content, kind, Volumes.FileSystem.TryOpen(content), null);
        }
        catch (DiskFormatException exception)
        {
            return new DiskVolume(partition, content, kind, null, exception.Message);
        }
    }

    /// <summary>Adds the logical volumes on those that are physical volumes, whose problems come to light on the way.</summary>
    private static List<DiskVolume> AddLogicalVolumes(IByteSource disk, List<DiskVolume> volumes)
    {
        List<(int Index, PhysicalVolume Volume)> members = [];
        for (int i = 0; i < volumes.Count; i++)
        {
            if (volumes[i] is { Kind: FileSystemKind.LvmPhysicalVolume } volume)
            {
                members.Add((i, new PhysicalVolume(volume.Content, volume.Offset!.Value)));
            }
        }

        IReadOnlyList<LogicalVolume> logical = LogicalVolumeManager.Open(disk, [.. members.Select(static member => member.Volume)]);
        foreach ((int index, PhysicalVolume member) in members.Where(static member => member.Volume.Problems.Count > 0))
        {
            volumes[index] = new DiskVolume(volumes[index].Partition, member.Content, volumes[index].Kind, null, string.Join(" ", member.Problems));
        }

        volumes.AddRange(logical.Select(static volume => Open(null, volume)));
        return volumes;
    }
}
