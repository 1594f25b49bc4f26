using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>Looks a disk image over: container, partitions, volumes, guest, and whether Azure can take it.</summary>
public static class DiskInspector
{
    /// <summary>Inspects a disk image.</summary>
    /// <param name="path">The image file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskFormatException">The file is no disk image that can be read, or its container is damaged.</exception>
    /// <exception cref="IOException">The file is in use by another program, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static DiskInfo Inspect(string path, VirtualDiskOptions? options = null)
    {
        using VirtualDisk disk = VirtualDisk.Open(path, options);
        return Inspect(disk);
    }

    /// <summary>Inspects an open disk.</summary>
    /// <param name="disk">The disk; stays open.</param>
    /// <exception cref="DiskFormatException">The disk's container is damaged.</exception>
    public static DiskInfo Inspect(VirtualDisk disk)
    {
        if (disk is null)
        {
            throw new ArgumentNullException(nameof(disk));
        }

        PartitionTable table = PartitionTable.Read(disk);
        List<string> problems = [.. disk.Problems, .. table.Problems];
        IReadOnlyList<DiskVolume> volumes = DiskVolume.OpenAll(disk, table);
        problems.AddRange(volumes.Select(volume => volume.Problem).OfType<string>());

        return new DiskInfo
        {
            Name = Path.GetFileName(disk.Path),
            Path = disk.Path,
            Format = disk.Format,
            SubFormat = disk.SubFormat,
            Capacity = disk.Capacity,
            AllocatedBytes = disk.AllocatedBytes,
            FileSize = disk.FileSize,
            LogicalSectorSize = disk.LogicalSectorSize,
            IsAligned = disk.Capacity % FixedVhdImage.Alignment == 0,
            SupportedGenerations = BootCheck.FindGenerations(table, volumes, problems),
            PartitionStyle = table.Style,
            Partitions = table.Partitions,
            Volumes = DescribeVolumes(volumes, problems),
            Guest = GuestIdentity.Detect(volumes, problems) is { } guest ? guest with { BootLoaders = BootLoaderFinder.Find(disk, volumes, problems) } : null,
            Parent = disk.Parent?.Path,
            NewerCheckpoint = CheckpointFinder.FindNewer(disk, problems),
            UploadBlockers = UploadCheck.FindBlockers(disk, table),
            Problems = [.. problems.Distinct(StringComparer.Ordinal)],
        };
    }

    private static List<VolumeInfo> DescribeVolumes(IReadOnlyList<DiskVolume> volumes, List<string> problems)
    {
        List<VolumeInfo> described = [];
        foreach (DiskVolume volume in volumes.Where(static volume => volume.Kind != FileSystemKind.Unknown || volume.LogicalVolumeName is not null))
        {
            try
            {
                IFileSystem? fileSystem = volume.FileSystem;
                described.Add(new VolumeInfo
                {
                    PartitionNumber = volume.Partition?.Number,
                    LogicalVolumeName = volume.LogicalVolumeName,
                    Offset = volume.Offset,
                    Length = volume.Content.Length,
                    FileSystem = volume.Kind,
                    Label = fileSystem?.Label ?? string.Empty,
                    Capacity = fileSystem?.Capacity ?? volume.Content.Length,
                    FreeBytes = fileSystem?.FreeBytes,
                    IsDirty = fileSystem?.IsDirty,
                    Problem = volume.Problem,
                    DirtyReason = volume.DirtyReason,
                });
            }
            catch (DiskFormatException exception)
            {
                problems.Add(exception.Message);
            }
        }

        return described;
    }
}
