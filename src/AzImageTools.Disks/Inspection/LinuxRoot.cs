using System.Globalization;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>
/// The root of a Linux that is not running: the volume that its own /etc/fstab calls so, else one whose partition type does
/// (Discoverable Partitions Specification), else the first that looks like one. A root that is filled when the system first
/// starts is one by its type, beside a /usr.
/// </summary>
public sealed class LinuxRoot
{
    private const string OemPartition = "OEM";
    private const string EfiFolder = "boot/efi";
    private const string BootLabel = "boot";

    private readonly List<(string[] Place, string Source)> _missing = [];
    private readonly List<FstabEntry> _absent = [];

    private readonly MountSources _sources;

    private LinuxRoot(DiskVolume volume, IFileSystem files, MountSources sources)
    {
        _sources = sources;
        Volume = volume;
        Files = files;
    }

    /// <summary>The volume of the root.</summary>
    public DiskVolume Volume { get; }

    /// <summary>Its files, with the volumes mounted into it that are on the disk too, such as /boot, /usr and /var.</summary>
    public IFileSystem Files { get; private set; }

    /// <summary>The volumes that its /etc/fstab mounts into it and that are not on the disk.</summary>
    public IReadOnlyList<FstabEntry> AbsentMounts => _absent;

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

        List<(DiskVolume Volume, IFileSystem Files, IReadOnlyList<FstabEntry> Lines)> candidates = [];
        foreach (DiskVolume volume in volumes)
        {
            Attempt(
                () =>
                {
                    IFileSystem? files = volume.FileSystem is not { } found ? null : LinuxIdentityReader.IsRoot(found) ? found : OstreeDeployment.Find(found);
                    if (files is not null)
                    {
                        candidates.Add((volume, files, FstabEntry.Parse(LinuxIdentityReader.ReadText(files, FstabEntry.Path))));
                    }
                },
                problems);
        }

        if (candidates.Count == 0 && volumes.Any(static volume => PartitionTypes.IsLinuxUsr(volume.Partition?.TypeId)))
        {
            candidates.AddRange(volumes.Where(static volume => volume.FileSystem is not null && PartitionTypes.IsLinuxRoot(volume.Partition?.TypeId)).Select(static volume => (volume, volume.FileSystem!, FstabEntry.Parse(null))));
        }

        if (candidates.Count == 0)
        {
            return null;
        }

        MountSources sources = new(volumes);
        (DiskVolume root, IFileSystem rootFiles, IReadOnlyList<FstabEntry> lines) = candidates
            .OrderByDescending(candidate => candidate.Lines.Any(line => line.Place == "/" && sources.Find(line.Source) == candidate.Volume))
            .ThenByDescending(static candidate => PartitionTypes.IsLinuxRoot(candidate.Volume.Partition?.TypeId))
            .First();
        LinuxRoot linux = new(root, rootFiles, sources);
        Attempt(() => linux.Mount(lines, volumes), problems);
        return linux;
    }

    /// <summary>What /etc/fstab mounts where a path leads to and can't be read on this disk; null where the path's files are in <see cref="Files"/>.</summary>
    /// <param name="path">A path from the root.</param>
    public string? FindMissing(string path)
    {
        string[] names = VolumePath.Split(path ?? throw new ArgumentNullException(nameof(path)));
        return _missing.Find(mount => names.Take(mount.Place.Length).SequenceEqual(mount.Place, StringComparer.Ordinal)
            || (mount.Place is ["usr"] && names.Length > 0 && MountedFileSystem.UsrFolders.Contains(names[0], StringComparer.Ordinal))).Source;
    }

    /// <summary>Whether what this Linux names as a device, in /etc/fstab or on the kernel's command line, is on the disk.</summary>
    /// <param name="source">Such as UUID=…, PARTLABEL=…, /dev/sda1, /dev/mapper/system-root.</param>
    public VolumePresence Look(string source) => _sources.Look(source ?? throw new ArgumentNullException(nameof(source)));

    /// <summary>What a volume of the disk is called by its UUID, as UUID=…, whatever else this Linux names it by; null where it is not on the disk or has none.</summary>
    /// <param name="source">Such as /dev/sda1; null for the root.</param>
    public string? FindUuid(string? source) => (source is null ? Volume : _sources.Find(source)) is { } volume ? _sources.NameOf(volume) : null;

    /// <summary>What fstab mounts, and what partition types do where it is silent (systemd-gpt-auto-generator(8)).</summary>
    private void Mount(IReadOnlyList<FstabEntry> lines, IReadOnlyList<DiskVolume> volumes)
    {
        Dictionary<string, DiskVolume?> mounts = new(StringComparer.Ordinal);
        foreach (FstabEntry line in lines.Where(static line => line.Place.StartsWith("/", StringComparison.Ordinal)))
        {
            string[] place = VolumePath.SplitLinux(line.Place);
            DiskVolume? volume = _sources.Find(line.Source);
            mounts[string.Join("/", place)] = volume;
            if (place.Length > 0 && volume is null && line.IsVolume)
            {
                _absent.Add(line);
            }

            if (place.Length > 0 && volume?.FileSystem is null && line.IsVolume)
            {
                _missing.Add((place, line.Source));
            }
        }

        AddByType("usr", static partition => PartitionTypes.IsLinuxUsr(partition.TypeId));
        AddByType("var", static partition => partition.TypeId == PartitionTypes.LinuxVar);
        AddByType("boot", static partition => partition.TypeId == PartitionTypes.ExtendedBoot);
        if (volumes.Any(static volume => volume.Partition?.TypeId == PartitionTypes.ContainerUsr))
        {
            // Flatcar's layout: what else is mounted has no type of its own.
            AddByType("boot", static partition => partition.TypeId == PartitionTypes.EfiSystem);
            AddByType("oem", static partition => partition.Name == OemPartition);
            AddByType("usr/share/oem", static partition => partition.Name == OemPartition);
        }

        if (Files is MountedFileSystem && !mounts.ContainsKey(BootLabel) && volumes.FirstOrDefault(volume => volume != Volume && volume.FileSystem?.Label == BootLabel) is { } boot)
        {
            // Fedora CoreOS finds it by its label.
            mounts.Add(BootLabel, boot);
        }

        if (!mounts.ContainsKey(EfiFolder) && !mounts.Values.Any(IsEfiSystem) && volumes.FirstOrDefault(static volume => volume.FileSystem is not null && IsEfiSystem(volume)) is { } efi)
        {
            // Nothing mounts it; what firmware starts is in it all the same.
            mounts.Add(EfiFolder, efi);
        }

        Files = new MountedFileSystem(Files, mounts
            .Where(mount => mount.Key.Length > 0 && mount.Value is { FileSystem: not null } && mount.Value != Volume)
            .Select(static mount => (VolumePath.SplitLinux(mount.Key), mount.Value!.FileSystem!)));

        void AddByType(string place, Func<Partition, bool> hasType)
        {
            if (!mounts.ContainsKey(place) && volumes
                .Where(volume => volume.Partition is { } partition && hasType(partition))
                .OrderByDescending(static volume => volume.FileSystem is not null)
                .FirstOrDefault() is { } volume)
            {
                mounts.Add(place, volume);
                if (volume.FileSystem is null)
                {
                    _missing.Add((VolumePath.SplitLinux(place), $"{NameOf(volume.Partition!)} ({volume.Kind})"));
                }
            }
        }
    }

    private static bool IsEfiSystem(DiskVolume? volume) => volume?.Partition?.TypeId == PartitionTypes.EfiSystem;

    private static string NameOf(Partition partition)
        => partition.Name.Length > 0 ? partition.Name : string.Format(CultureInfo.InvariantCulture, "of partition {0}", partition.Number);

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
