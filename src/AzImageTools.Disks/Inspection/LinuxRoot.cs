using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>
/// The root of a Linux that is not running: the volume that its own /etc/fstab calls so, else one whose partition type does
/// (Discoverable Partitions Specification), else the first that looks like one.
/// </summary>
public sealed class LinuxRoot
{
    private LinuxRoot(DiskVolume volume, IFileSystem files)
    {
        Volume = volume;
        Files = files;
    }

    /// <summary>The volume of the root.</summary>
    public DiskVolume Volume { get; }

    /// <summary>Its files, with the volumes mounted into it that are on the disk too, such as /boot, /usr and /var.</summary>
    public IFileSystem Files { get; }

    /// <summary>Finds the root; null where no volume holds a Linux.</summary>
    /// <param name="volumes">The disk's volumes.</param>
    /// <param name="problems">Takes what is damaged on the way, a sentence each.</param>
    public static LinuxRoot? Find(IReadOnlyList<DiskVolume> volumes, ICollection<string> problems)
    {
        if (volumes is null)
        {
            throw new ArgumentNullException(nameof(volumes));
        }

        if (problems is null)
        {
            throw new ArgumentNullException(nameof(problems));
        }

        List<(DiskVolume Volume, IReadOnlyList<MountLine> Lines)> candidates = [];
        foreach (DiskVolume volume in volumes)
        {
            Attempt(
                () =>
                {
                    if (volume.FileSystem is { } files && LinuxIdentityReader.IsRoot(files))
                    {
                        candidates.Add((volume, MountLine.Parse(LinuxIdentityReader.ReadText(files, "etc/fstab"))));
                    }
                },
                problems);
        }

        if (candidates.Count == 0)
        {
            return null;
        }

        MountSources sources = new(volumes);
        (DiskVolume root, IReadOnlyList<MountLine> lines) = candidates
            .OrderByDescending(candidate => candidate.Lines.Any(line => line.Place == "/" && sources.Find(line.Source) == candidate.Volume))
            .ThenByDescending(static candidate => PartitionTypes.IsLinuxRoot(candidate.Volume.Partition?.TypeId))
            .First();
        IFileSystem tree = root.FileSystem!;
        Attempt(() => tree = new MountedFileSystem(tree, FindMounts(root, lines, sources, volumes)), problems);
        return new LinuxRoot(root, tree);
    }

    /// <summary>What fstab mounts, and what partition types do where it is silent (systemd-gpt-auto-generator(8)).</summary>
    private static List<(string[] Place, IFileSystem Files)> FindMounts(DiskVolume root, IReadOnlyList<MountLine> lines, MountSources sources, IReadOnlyList<DiskVolume> volumes)
    {
        Dictionary<string, DiskVolume?> mounts = new(StringComparer.Ordinal);
        foreach (MountLine line in lines)
        {
            mounts[string.Join("/", VolumePath.SplitLinux(line.Place))] = sources.Find(line.Source);
        }

        AddByType("usr", static partition => PartitionTypes.IsLinuxUsr(partition.TypeId));
        AddByType("var", static partition => partition.TypeId == PartitionTypes.LinuxVar);
        AddByType("boot", static partition => partition.TypeId == PartitionTypes.ExtendedBoot);
        return [.. mounts
            .Where(mount => mount.Key.Length > 0 && mount.Value is { FileSystem: not null } && mount.Value != root)
            .Select(static mount => (VolumePath.SplitLinux(mount.Key), mount.Value!.FileSystem!))];

        void AddByType(string place, Func<Partition, bool> hasType)
        {
            if (!mounts.ContainsKey(place) && volumes.FirstOrDefault(volume => volume.Partition is { } partition && hasType(partition)) is { } volume)
            {
                mounts.Add(place, volume);
            }
        }
    }

    private static void Attempt(Action action, ICollection<string> problems)
    {
        try
        {
            action();
        }
        catch (DiskFormatException exception)
        {
            problems.Add(exception.Message);
        }
    }
}
