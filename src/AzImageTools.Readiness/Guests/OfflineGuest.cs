using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests;

/// <summary>A machine that is not running, seen through its disk image. Nothing is changed, and little is read.</summary>
public sealed class OfflineGuest : Guest, IDisposable
{
    // Partitions without files: what a boot sector starts, and Microsoft's reserve.
    private static readonly Guid[] Fileless = [new("21686148-6449-6E6F-744E-656564454649"), new("E3C9E316-0B5C-4DB8-817D-F92DF00215AE")];

    private readonly List<string> _problems = [];
    private readonly OpenedImage _image;
    private readonly IFileSystem? _system;
    private readonly LinuxRoot? _linux;
    private readonly OfflineRegistry _registry;
    private readonly Lazy<IReadOnlyList<EfiProgram>> _efiPrograms;

    private OfflineGuest(OpenedImage image)
    {
        _image = image;
        WindowsHives? hives = image.Hives;
        _linux = hives is null ? image.Linux : null;
        DiskVolume? system = image.Windows?.Volume ?? _linux?.Volume;
        _system = _linux?.Files ?? system?.FileSystem;
        _registry = new OfflineRegistry(hives, BootConfiguration.OrderVolumes(image.Volumes));
        _efiPrograms = new Lazy<IReadOnlyList<EfiProgram>>(() => EfiProgram.FindAll(image.Volumes));
        Disk = image.Info;
        Volumes = [.. image.Volumes.Select(volume => Describe(volume, volume == system))];
        Identity = _system is not null ? Identify(_system, hives) : null;
        if (system is null)
        {
            // What may have kept a system from being found; beside one that was found, it is not part of it.
            _problems.AddRange(image.GuestProblems);
        }

        if (image.Windows?.Doubt is { } doubt)
        {
            _problems.Add(doubt);
        }
    }

    /// <inheritdoc/>
    public override string Target => _image.Name;

    /// <inheritdoc/>
    public override GuestIdentity? Identity { get; }

    /// <inheritdoc/>
    public override DiskInfo? Disk { get; }

    /// <inheritdoc/>
    public override LiveFacts? Live => null;

    /// <inheritdoc/>
    public override IReadOnlyList<GuestVolume> Volumes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<FstabEntry>? AbsentMounts => _linux?.AbsentMounts;

    /// <inheritdoc/>
    public override VolumePresence? FindVolume(string source) => _linux?.Look(source);

    /// <inheritdoc/>
    internal override string? FindUuid(string? source) => _linux?.FindUuid(source);

    /// <inheritdoc/>
    internal override bool? IsOnAnyVolume(string path)
        => _image.Volumes.Any(volume => volume.FileSystem?.GetEntry(path) is not null) ? true
            : _image.Table.Problems.Count == 0 && _image.Volumes.All(HasNoUnreadFiles) ? false
            : null;

    /// <inheritdoc/>
    public override long BytesRead => _image.BytesRead;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Problems =>
    [
        .. _problems,
        .. Disk?.NewerCheckpoint is { } checkpoint ? new[] { $"The checkpoint {checkpoint} holds a newer state than this disk." } : [],
        .. _registry.DirtyHives.Select(static hive
            => string.Join(" ", hive.LogProblems.Prepend($"Windows had not finished writing the last changes to the hive {hive.Name}, and no log beside it holds them."))),
    ];

    /// <inheritdoc/>
    internal override IReadOnlyList<EfiProgram>? EfiPrograms => _efiPrograms.Value;

    /// <summary>Opens the guest on a disk.</summary>
    /// <param name="image">The disk; stays open, and must as long as the guest is asked.</param>
    /// <exception cref="DiskFormatException">The disk's container is damaged.</exception>
    public static OfflineGuest Open(OpenedImage image) => new(image ?? throw new ArgumentNullException(nameof(image)));

    /// <inheritdoc/>
    public override bool KeyExists(string key) => _registry.OpenKey(key) is not null;

    /// <inheritdoc/>
    public override object? GetValue(string key, string name) => _registry.OpenKey(key)?.GetValue(name)?.Value;

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetValueNames(string key)
        => _registry.OpenKey(key) is { } found ? [.. found.ValueNames] : [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetSubkeyNames(string key)
        => _registry.OpenKey(key) is { } found ? [.. found.SubKeyNames] : [];

    /// <inheritdoc/>
    public override IEnumerable<(string Subkey, IReadOnlyList<object?> Data)> GetSubkeyValues(string key, params string[] names)
        => _registry.OpenKey(key)?.GetSubKeyValues(names).Select(static found => (found.SubKey, (IReadOnlyList<object?>)[.. found.Values.Select(static value => value?.Value)])) ?? [];

    /// <inheritdoc/>
    public override FileSystemEntry? GetFile(string path) => VolumeOf(path).GetEntry(path);

    /// <inheritdoc/>
    internal override IFileTable? FileTable => _system as IFileTable;

    /// <inheritdoc/>
    public override IEnumerable<FileSystemEntry> Enumerate(string path)
        => VolumeOf(path) is var files && files is IFolderNames folders ? folders.EnumerateNames(path) : files.Enumerate(path);

    /// <inheritdoc/>
    public override bool? HasAttribute(string path, string name) => (VolumeOf(path) as IExtendedAttributes)?.HasAttribute(path, name);

    /// <inheritdoc/>
    public override Stream OpenFile(string path) => VolumeOf(path).OpenFile(path);

    /// <summary>Closes what was opened of the guest; the disk stays open.</summary>
    public void Dispose() => _registry.Dispose();

    /// <summary>What lies on a volume that this disk does not show is unavailable, never absent.</summary>
    private IFileSystem VolumeOf(string path)
        => _linux?.FindMissing(path) is { } missing ? throw new EvidenceUnavailableException($"{path} is on the volume {missing}, which can't be read on this disk.")
            : _system ?? throw new EvidenceUnavailableException("No volume holds an operating system.");

    /// <summary>Hives make a Windows, also where they are too damaged to tell which one.</summary>
    private GuestIdentity Identify(IFileSystem system, WindowsHives? hives)
    {
        GuestIdentity unnamed = new() { Family = hives is null ? GuestFamily.Linux : GuestFamily.Windows };
        try
        {
            return (hives is null ? GuestIdentity.ReadLinux(system) : GuestIdentity.ReadWindows((key, name) => hives.OpenKey(key)?.GetValue(name)?.Value)) ?? unnamed;
        }
        catch (DiskFormatException damaged)
        {
            _problems.Add(damaged.Message);
            return unnamed;
        }
    }

    private static GuestVolume Describe(DiskVolume volume, bool holdsWindows) => new()
    {
        Name = volume.LogicalVolumeName ?? (volume.Partition is { } partition
            ? string.Format(CultureInfo.InvariantCulture, "Partition {0}", partition.Number)
            : "The whole disk"),
        PartitionNumber = volume.Partition?.Number,
        FileSystem = volume.Kind,
        HoldsOperatingSystem = holdsWindows,
        IsDirty = Ask(volume, static volume => volume.FileSystem?.IsDirty),
        DirtyReason = Ask(volume, static volume => volume.DirtyReason),
    };

    private static bool HasNoUnreadFiles(DiskVolume volume)
        => volume.Problem is null
            && (volume.FileSystem is not null
                || volume.Kind is FileSystemKind.Swap or FileSystemKind.LvmPhysicalVolume
                || (volume.Kind == FileSystemKind.Unknown && volume.Partition is { } partition && Array.IndexOf(Fileless, partition.TypeId ?? Guid.Empty) >= 0));

    /// <summary>What a volume tells of itself; nothing where it is damaged.</summary>
    private static T? Ask<T>(DiskVolume volume, Func<DiskVolume, T?> question)
    {
        try
        {
            return question(volume);
        }
        catch (DiskFormatException)
        {
            return default;
        }
    }
}
