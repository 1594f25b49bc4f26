using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Linux;

namespace AzImageTools.Readiness.Guests;

/// <summary>
/// The volumes of a Linux, put together as its /etc/fstab says: one tree of folders. What lies on a volume that this disk
/// does not show is unavailable, never absent. A link that leads from one volume to another leads nowhere here.
/// </summary>
internal sealed class MountedVolumes : IFileSystem
{
    private const int MaximumMounts = 1024;

    // What is a link to the folder of its name in /usr today (file-hierarchy(7)).
    private static readonly string[] MergedFolders = ["bin", "sbin", "lib", "lib64"];

    private readonly IFileSystem _root;
    private readonly IReadOnlyList<(string[] Point, IFileSystem? Volume, string Device)> _mounts;

    /// <summary>Mounts the volumes.</summary>
    /// <param name="root">The root volume.</param>
    /// <param name="volumes">All volumes of the disk.</param>
    public MountedVolumes(IFileSystem root, IReadOnlyList<DiskVolume> volumes)
    {
        _root = root;
        _mounts = [.. ReadFstab(root)
            .Where(static entry => entry.IsVolume)
            .Take(MaximumMounts)
            .Select(entry => (Point: Split(entry.MountPoint), Volume: Find(entry.Device, volumes), entry.Device))
            .Where(mount => mount.Point.Length > 0)
            .OrderByDescending(mount => mount.Point.Length)];
    }

    /// <inheritdoc/>
    public FileSystemKind Kind => _root.Kind;

    /// <inheritdoc/>
    public string Label => _root.Label;

    /// <inheritdoc/>
    public long Capacity => _root.Capacity;

    /// <inheritdoc/>
    public long? FreeBytes => _root.FreeBytes;

    /// <inheritdoc/>
    public bool? IsDirty => _root.IsDirty;

    /// <inheritdoc/>
    public FileSystemEntry? GetEntry(string path)
    {
        (IFileSystem volume, string inner) = Resolve(path);
        return volume.GetEntry(inner);
    }

    /// <inheritdoc/>
    public IEnumerable<FileSystemEntry> Enumerate(string path)
    {
        (IFileSystem volume, string inner) = Resolve(path);
        return volume.Enumerate(inner);
    }

    /// <inheritdoc/>
    public Stream OpenFile(string path)
    {
        (IFileSystem volume, string inner) = Resolve(path);
        return volume.OpenFile(inner);
    }

    /// <inheritdoc/>
    public IEnumerable<DiskExtent> GetFreeExtents() => _root.GetFreeExtents();

    private (IFileSystem Volume, string Path) Resolve(string path)
    {
        string[] names = Split(path);
        if (names.Length > 0 && Array.IndexOf(MergedFolders, names[0]) >= 0 && _mounts.Any(static mount => mount.Point is ["usr"]) && _root.GetEntry(names[0]) is { IsLink: true })
        {
            names = ["usr", .. names];
        }

        foreach ((string[] point, IFileSystem? volume, string device) in _mounts)
        {
            if (point.Length <= names.Length && point.SequenceEqual(names.Take(point.Length), StringComparer.Ordinal))
            {
                return volume is null
                    ? throw new EvidenceUnavailableException($"/{string.Join("/", point)} is on the volume {device}, which was not found on this disk.")
                    : (volume, string.Join("/", names.Skip(point.Length)));
            }
        }

        return (_root, path);
    }

    private static string[] Split(string path) => path.Split(['/'], StringSplitOptions.RemoveEmptyEntries);

    private static IReadOnlyList<FstabEntry> ReadFstab(IFileSystem root)
    {
        const int LargestFstab = 1 << 20;
        try
        {
            if (root.GetEntry(FstabEntry.Path) is not { IsDirectory: false, Length: > 0 and < LargestFstab })
            {
                return [];
            }

            using StreamReader reader = new(root.OpenFile(FstabEntry.Path));
            return FstabEntry.Parse(reader.ReadToEnd());
        }
        catch (DiskFormatException)
        {
            // Rules that ask this file tell that it is damaged.
            return [];
        }
    }

    private static IFileSystem? Find(string device, IReadOnlyList<DiskVolume> volumes)
    {
        string[] parts = device.Split(['='], 2);
        return parts.Length == 2 ? volumes.FirstOrDefault(volume => volume.FileSystem is not null && Is(volume, parts[0], parts[1]))?.FileSystem : null;
    }

    private static bool Is(DiskVolume volume, string kind, string wanted)
    {
        try
        {
            string? identifier = kind switch
            {
                "UUID" => VolumeUuid.Read(volume.Content, volume.Kind),
                "LABEL" => volume.FileSystem?.Label,
                "PARTUUID" => volume.Partition?.UniqueId?.ToString(),
                _ => null,
            };
            return string.Equals(identifier, wanted, StringComparison.OrdinalIgnoreCase);
        }
        catch (DiskFormatException)
        {
            // A volume that is damaged there can't be told to be the one.
            return false;
        }
    }
}
