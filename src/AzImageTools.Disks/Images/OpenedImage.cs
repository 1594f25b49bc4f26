using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion.FreeSpace;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Overlay;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Images;

/// <summary>
/// A disk image opened once for all that is asked of it: its partition table, volumes, guest and free space, each found when it
/// is first asked for, and kept. Thread-safe.
/// </summary>
public sealed class OpenedImage : IDisposable
{
    private readonly bool _ownsSource;
    private readonly Lazy<PartitionTable> _table;
    private readonly Lazy<IReadOnlyList<DiskVolume>> _volumes;
    private readonly Lazy<WindowsVolume?> _windows;
    private readonly Lazy<WindowsHives?> _hives;
    private readonly Lazy<LinuxRoot?> _linux;
    private readonly Lazy<GuestIdentity?> _guest;
    private readonly Lazy<DiskInfo> _info;
    private readonly Lazy<FreeSpaceFilter> _freeSpace;
    private readonly List<string> _windowsProblems = [];
    private readonly List<string> _linuxProblems = [];
    private readonly List<string> _identityProblems = [];

    /// <summary>Looks at a disk that is open already.</summary>
    /// <param name="source">The whole disk; it stays open, and must as long as the image is asked.</param>
    public OpenedImage(IByteSource source)
        : this(source, source as VirtualDisk, options: null, ownsSource: false)
    {
    }

    private OpenedImage(IByteSource source, VirtualDisk? disk, VirtualDiskOptions? options, bool ownsSource)
    {
        Source = source ?? throw new ArgumentNullException(nameof(source));
        Disk = disk;
        Options = options;
        _ownsSource = ownsSource;
        _table = new Lazy<PartitionTable>(() => ReadTable(Source));
        _volumes = new Lazy<IReadOnlyList<DiskVolume>>(() => new VolumeOpener(Source, Table).OpenAll());
        _windows = new Lazy<WindowsVolume?>(() => WindowsVolume.Find(Volumes, _windowsProblems));
        _hives = new Lazy<WindowsHives?>(() => Windows?.Volume.FileSystem is { } files ? WindowsHives.Open(files) : null);
        _linux = new Lazy<LinuxRoot?>(() => LinuxRoot.Find(Volumes, _linuxProblems));
        _guest = new Lazy<GuestIdentity?>(() => GuestIdentity.Detect(Volumes, Linux, Windows, Hives, _identityProblems));
        _info = new Lazy<DiskInfo>(() => DiskInspector.Inspect(this));
        _freeSpace = new Lazy<FreeSpaceFilter>(() => FreeSpaceSurvey.Run(Source, Table, Volumes));
    }

    /// <summary>The disk's bytes, as its guest sees them; with the changes that are read with it.</summary>
    public IByteSource Source { get; }

    /// <summary>The disk in its container, without changes; null where its bytes were given without one.</summary>
    public VirtualDisk? Disk { get; }

    /// <summary>
    /// What the changes that are read with the disk are known by (SHA-256, in hexadecimal digits); null where none are
    /// (<see cref="VirtualDiskOptions.UsesRepair"/>).
    /// </summary>
    public string? RepairSum { get; private init; }

    /// <summary>How many bytes of the disk may hold data: of a disk with changes, those too.</summary>
    /// <exception cref="DiskFormatException">The image's map of its blocks is damaged.</exception>
    public long AllocatedBytes => Disk is { } disk && Source == disk ? disk.AllocatedBytes : Source.GetExtents(0, Source.Length).Sum(static extent => extent.Length);

    /// <summary>The image's full path, or what else its source is called.</summary>
    public string Name => Source.Name;

    /// <summary>The partition table.</summary>
    /// <exception cref="DiskFormatException">The disk can't be read there.</exception>
    public PartitionTable Table => _table.Value;

    /// <summary>The places where a file system may be, and those that are there, opened.</summary>
    /// <exception cref="DiskFormatException">The disk can't be read where its partition table is.</exception>
    public IReadOnlyList<DiskVolume> Volumes => _volumes.Value;

    /// <summary>The volume with the guest's Windows; null where none holds one. What is damaged on the way is among <see cref="GuestProblems"/>.</summary>
    public WindowsVolume? Windows => _windows.Value;

    /// <summary>The registry of that Windows; null where there is none. It is closed with the image.</summary>
    /// <exception cref="DiskFormatException">The file system is damaged on the way to it.</exception>
    public WindowsHives? Hives => _hives.Value;

    /// <summary>The root of the guest's Linux; null where no volume holds one. What is damaged on the way is among <see cref="GuestProblems"/>.</summary>
    public LinuxRoot? Linux => _linux.Value;

    /// <summary>Which operating system is on the disk; null where none is recognised.</summary>
    public GuestIdentity? Guest => _guest.Value;

    /// <summary>What kept volumes from being opened, or an operating system from being found, a sentence each.</summary>
    public IReadOnlyList<string> GuestProblems
    {
        get
        {
            _ = (Windows, Linux);
            return [.. Volumes.Select(static volume => volume.Problem).OfType<string>(), .. _windowsProblems, .. _linuxProblems];
        }
    }

    /// <summary>What can be told of the disk without starting it.</summary>
    /// <exception cref="DiskFormatException">The disk's container is damaged.</exception>
    public DiskInfo Info => _info.Value;

    /// <summary>The disk without what its guest's file systems have as free, where that is certain.</summary>
    /// <exception cref="DiskFormatException">The disk's container is damaged.</exception>
    public FreeSpaceFilter FreeSpace => _freeSpace.Value;

    /// <summary>How many bytes have been read from the image since it was opened.</summary>
    public long BytesRead => Disk?.BytesRead ?? Source.Budget.BytesRead;

    /// <summary>How the image was opened, to open it again; null for the defaults.</summary>
    internal VirtualDiskOptions? Options { get; }

    /// <summary>What looking for the guest's identity met, beside what keeps volumes from being opened.</summary>
    internal IReadOnlyList<string> IdentityProblems
    {
        get
        {
            _ = Guest;
            return [.. _linuxProblems, .. _identityProblems];
        }
    }

    /// <summary>Opens a disk image, as <see cref="DiskOpener.Open"/> does.</summary>
    /// <param name="path">The image file.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="cancellation">Stops all that reads from the image, as long as it is open.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DiskFormatException">The file is no disk image that can be read; the message says what it is and what to do.</exception>
    /// <exception cref="IOException">The file is in use by another program, or can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="DiskRepairException">The changes to be read with it are missing, damaged, or were made for another disk.</exception>
    public static OpenedImage Open(string path, VirtualDiskOptions? options = null, CancellationToken cancellation = default)
    {
        VirtualDisk disk = DiskOpener.Open(path, options, cancellation);
        if (options?.UsesRepair != true)
        {
            return new OpenedImage(disk, disk, options, ownsSource: true);
        }

        try
        {
            RepairFile kept = RepairFile.Read(RepairFile.PathFor(disk.Path), cancellation);
            return new OpenedImage(kept.LayOver(disk), disk, options, ownsSource: true) { RepairSum = kept.Sum };
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    /// <summary>Opens a disk image that is not a file of this machine, such as a page blob.</summary>
    /// <param name="file">The image's bytes, its container's among them; they stay open, and must as long as the image is asked.</param>
    /// <param name="format">The container, which the content must agree with.</param>
    /// <exception cref="DiskFormatException">It is no such image, or needs other files.</exception>
    public static OpenedImage Open(IByteSource file, DiskFormat format)
    {
        VirtualDisk disk = DiskOpener.OpenForeign(file ?? throw new ArgumentNullException(nameof(file)), format);
        return new OpenedImage(disk, disk, options: null, ownsSource: true);
    }

    /// <summary>Closes the guest's registry, and the disk where this opened it.</summary>
    public void Dispose()
    {
        if (_hives.IsValueCreated)
        {
            _hives.Value?.Dispose();
        }

        if (_ownsSource)
        {
            (Source as IDisposable)?.Dispose();
            if (Source != Disk)
            {
                Disk?.Dispose();
            }
        }
    }

    /// <summary>The partition table; none where a boot record without partitions lies over a file system, as mkfs leaves it.</summary>
    internal static PartitionTable ReadTable(IByteSource disk)
    {
        PartitionTable table = PartitionTable.Read(disk);
        return table.MayBeVolume && FileSystem.Probe(disk) != FileSystemKind.Unknown ? PartitionTable.OfVolume(disk) : table;
    }
}
