using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Images;

/// <summary>Looks a disk image over: container, partitions, volumes, guest, and whether Azure can take it.</summary>
internal static class DiskInspector
{
    public static DiskInfo Inspect(OpenedImage image)
    {
        IByteSource source = image.Source;
        VirtualDisk? disk = image.Disk;
        List<string> problems = [.. disk?.Problems ?? [], .. image.Table.Problems, .. image.Volumes.Select(static volume => volume.Problem).OfType<string>()];
        BootCheck boot = new(source, image.Table, image.Volumes, image.Guest?.Architecture);
        return new DiskInfo
        {
            Name = Path.GetFileName(image.Name),
            Path = image.Name,
            Format = disk?.Format ?? DiskFormat.Raw,
            SubFormat = disk?.SubFormat ?? DiskSubFormat.Fixed,
            Capacity = source.Length,
            AllocatedBytes = image.AllocatedBytes,
            FileSize = disk?.FileSize ?? source.Length,
            LogicalSectorSize = source.LogicalSectorSize,
            IsAligned = source.Length % UploadCheck.Alignment == 0,
            SupportedGenerations = boot.FindGenerations(problems),
            BootObstacles = boot.Obstacles,
            PartitionStyle = image.Table.Style,
            Partitions = image.Table.Partitions,
            Volumes = DescribeVolumes(image.Volumes, problems),
            Guest = DescribeGuest(image, problems),
            Parent = disk?.Parent?.Path,
            NewerCheckpoint = disk is not { IsLocal: true } ? null : CheckpointFinder.FindNewer(disk, problems),
            UploadBlockers = UploadCheck.FindBlockers(source, image.Table),
            Problems = [.. problems.Distinct(StringComparer.Ordinal)],
        };
    }

    private static GuestIdentity? DescribeGuest(OpenedImage image, List<string> problems)
    {
        problems.AddRange(image.IdentityProblems);
        return image.Guest is { } guest ? guest with { BootLoaders = BootLoaderFinder.Find(image.Source, image.Volumes, problems) } : null;
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
                    Label = volume.Label,
                    Capacity = fileSystem?.Capacity ?? volume.Content.Length,
                    FreeBytes = fileSystem?.FreeBytes,
                    IsDirty = fileSystem?.IsDirty,
                    Problem = volume.Problem,
                    NotReadBecause = volume.NotReadBecause,
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
