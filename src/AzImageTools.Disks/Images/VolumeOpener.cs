using System.Globalization;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;
using AzImageTools.Disks.Volumes.Lvm;

namespace AzImageTools.Disks.Images;

/// <summary>
/// Opens the file systems of a disk: of its partitions in the table's order, then of the logical volumes on them. A
/// partition that reaches beyond the disk is left out, and so is one that overlaps another before it: the table tells of them.
/// </summary>
/// <param name="disk">The disk; stays open as long as they are read.</param>
/// <param name="table">Its partition table.</param>
internal sealed class VolumeOpener(IByteSource disk, PartitionTable table)
{
    /// <summary>How much of a partition tells what it holds, mostly.</summary>
    private const int Start = 32 << 10;

    public IReadOnlyList<DiskVolume> OpenAll()
    {
        bool isDynamic = DynamicDisk.IsPresent(disk, table);
        List<DiskVolume> volumes = table.Style == PartitionStyle.None
            ? [Open(null, disk)]
            : [.. OpenPartitions(isDynamic)];
        AddLogicalVolumes(volumes);
        return volumes;
    }

    private IEnumerable<DiskVolume> OpenPartitions(bool isDynamic)
    {
        IEnumerable<Partition> partitions = table.Partitions.Where(partition => partition.Offset <= disk.Length - partition.Length);
        disk.Prefetch(partitions.Select(static partition => new DiskExtent(partition.Offset, Math.Min(partition.Length, Start))));

        // By their offsets: since none overlaps another, only the two beside a new one can overlap it.
        List<Partition> opened = [];
        foreach (Partition partition in partitions)
        {
            int next = Bisection.FindFirst(opened, other => other.Offset >= partition.Offset);
            if (!opened.Skip(next - 1).Take(2).Any(other => PartitionChecks.Overlap(other, partition)))
            {
                opened.Insert(next, partition);
                yield return Open(partition, Slice(partition), isDynamic);
            }
        }
    }

    private ByteSourceSlice Slice(Partition partition)
        => new(disk, partition.Offset, partition.Length, disk.Name + ", partition " + partition.Number.ToString(CultureInfo.InvariantCulture));

    private static DiskVolume Open(Partition? partition, IByteSource content, bool isDynamic = false)
    {
        FileSystemKind kind = FileSystemKind.Unknown;
        IFileSystem? files = null;
        string? problem = null;
        try
        {
            Func<IByteSource, IFileSystem>? open = null;
            (kind, open) = isDynamic && DynamicDisk.Owns(partition!) ? (FileSystemKind.DynamicDisk, null) : FileSystem.Find(content);
            if (kind == FileSystemKind.Unknown && partition?.TypeId == PartitionTypes.StorageSpaces)
            {
                kind = FileSystemKind.StorageSpaces;
            }

            files = open?.Invoke(content);
        }
        catch (DiskFormatException exception)
        {
            problem = exception.Message;
        }

        return new DiskVolume(partition, content, kind, files, problem) { LogicalVolumeName = (content as LogicalVolume)?.Path };
    }

    /// <summary>Adds the logical volumes on those that are physical volumes, whose problems come to light on the way.</summary>
    private void AddLogicalVolumes(List<DiskVolume> volumes)
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
    }
}
