using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests;

/// <summary>A machine that is not running, seen through its disk image. Nothing is changed, and little is read.</summary>
public sealed class OfflineGuest : Guest, IDisposable
{
    /// <summary>The type of an EFI system partition (UEFI specification, "Defined GPT Partition Entry - Partition Type GUIDs").</summary>
    private static readonly Guid EfiSystem = new("C12A7328-F81F-11D2-BA4B-00A0C93EC93B");

    private readonly List<string> _problems = [];
    private readonly VirtualDisk _disk;
    private readonly IFileSystem? _system;
    private readonly OfflineRegistry _registry;

    private OfflineGuest(VirtualDisk disk)
    {
        _disk = disk;
        Disk = DiskInspector.Inspect(disk);
        IReadOnlyList<DiskVolume> volumes = DiskVolume.OpenAll(disk, PartitionTable.Read(disk));
        (DiskVolume? system, WindowsHives? hives) = FindWindows(volumes);
        _system = system?.FileSystem;
        _registry = new OfflineRegistry(hives, [.. volumes
            .OrderByDescending(IsBootVolume)
            .Select(volume => volume.FileSystem)
            .OfType<IFileSystem>()]);
        Volumes = [.. volumes.Select(volume => Describe(volume, volume == system))];
        Identity = _system is null ? null : Identify(_system);
    }

    /// <inheritdoc/>
    public override string Target => _disk.Path;

    /// <inheritdoc/>
    public override GuestIdentity? Identity { get; }

    /// <inheritdoc/>
    public override DiskInfo? Disk { get; }

    /// <inheritdoc/>
    public override LiveFacts? Live => null;

    /// <inheritdoc/>
    public override IReadOnlyList<GuestVolume> Volumes { get; }

    /// <inheritdoc/>
    public override long BytesRead => _disk.BytesRead;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Problems =>
    [
        .. _problems,
        .. Disk?.NewerCheckpoint is { } checkpoint ? new[] { $"The checkpoint {checkpoint} holds a newer state than this disk." } : [],
        .. _registry.DirtyHives.Select(static hive
            => string.Join(" ", hive.LogProblems.Prepend($"Windows had not wholly written the last changes to the hive {hive.Name}, and no log beside it holds them."))),
    ];

    /// <summary>Opens the guest on a disk.</summary>
    /// <param name="disk">The disk; stays open, and must as long as the guest is asked.</param>
    /// <exception cref="DiskFormatException">The disk's container is damaged.</exception>
    public static OfflineGuest Open(VirtualDisk disk) => new(disk ?? throw new ArgumentNullException(nameof(disk)));

    /// <inheritdoc/>
    public override bool KeyExists(string key) => _registry.OpenKey(key) is not null;

    /// <inheritdoc/>
    public override object? GetValue(string key, string name) => _registry.OpenKey(key)?.GetValue(name)?.Value;

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetValueNames(string key)
        => _registry.OpenKey(key) is { } found ? [.. found.GetValues().Select(value => value.Name)] : [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetSubkeyNames(string key)
        => _registry.OpenKey(key) is { } found ? [.. found.SubKeyNames] : [];

    /// <inheritdoc/>
    public override FileSystemEntry? GetFile(string path) => SystemVolume.GetEntry(path);

    /// <inheritdoc/>
    public override IEnumerable<FileSystemEntry> Enumerate(string path) => SystemVolume.Enumerate(path);

    /// <inheritdoc/>
    public override Stream OpenFile(string path) => SystemVolume.OpenFile(path);

    /// <summary>Closes what was opened of the guest; the disk stays open.</summary>
    public void Dispose() => _registry.Dispose();

    private IFileSystem SystemVolume => _system ?? throw new EvidenceUnavailableException("No volume holds an operating system.");

    private (DiskVolume? Volume, WindowsHives? Hives) FindWindows(IReadOnlyList<DiskVolume> volumes)
    {
        List<string> damage = [.. volumes.Select(volume => volume.Problem).OfType<string>()];
        foreach (DiskVolume volume in volumes)
        {
            try
            {
                if (volume.FileSystem is { } fileSystem && WindowsHives.Open(fileSystem) is { } hives)
                {
                    return (volume, hives);
                }
            }
            catch (DiskFormatException damaged)
            {
                damage.Add(damaged.Message);
            }
        }

        // What may have kept Windows from being found; beside a Windows that was found, it is not part of it.
        _problems.AddRange(damage);
        return (null, null);
    }

    /// <summary>Hives make a Windows, also where they are too damaged to tell which one.</summary>
    private GuestIdentity Identify(IFileSystem system)
    {
        GuestIdentity unnamed = new() { Family = GuestFamily.Windows };
        try
        {
            return GuestIdentity.Detect(system) ?? unnamed;
        }
        catch (DiskFormatException damaged)
        {
            _problems.Add(damaged.Message);
            return unnamed;
        }
    }

    private static bool IsBootVolume(DiskVolume volume)
        => volume.Partition is { } partition && (partition.IsActive || partition.TypeId == EfiSystem);

    private static GuestVolume Describe(DiskVolume volume, bool holdsWindows) => new()
    {
        Name = volume.Partition is { } partition
            ? string.Format(CultureInfo.InvariantCulture, "Partition {0}", partition.Number)
            : "The whole disk",
        PartitionNumber = volume.Partition?.Number,
        FileSystem = volume.Kind,
        HoldsOperatingSystem = holdsWindows,
        IsDirty = IsDirty(volume),
    };

    private static bool? IsDirty(DiskVolume volume)
    {
        try
        {
            return volume.FileSystem?.IsDirty;
        }
        catch (DiskFormatException)
        {
            return null;
        }
    }
}
