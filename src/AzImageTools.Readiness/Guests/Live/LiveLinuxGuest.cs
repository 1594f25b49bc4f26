using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>
/// The Linux that runs here, or the one below a folder: a chroot, a disk that is mounted. Nothing is run or changed. What may
/// not be read is unavailable: as root everything may.
/// </summary>
public sealed class LiveLinuxGuest : Guest
{
    private const string SystemRoot = "/";
    private const string SwapTable = "/proc/swaps";

    private readonly string _root;
    private readonly FolderFileSystem _files;
    private readonly List<string> _problems = [];

    private LiveLinuxGuest(string root)
    {
        _root = root;
        _files = new FolderFileSystem(root);
        Live = new LiveFacts { SwapDevices = root == SystemRoot ? ReadSwaps() : null };
        Identity = Identify();
    }

    /// <inheritdoc/>
    public override string Target => _root == SystemRoot ? Environment.MachineName : _root;

    /// <inheritdoc/>
    public override GuestIdentity? Identity { get; }

    /// <inheritdoc/>
    public override DiskInfo? Disk => null;

    /// <inheritdoc/>
    public override LiveFacts? Live { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<GuestVolume> Volumes => [];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Problems => _problems;

    /// <summary>Opens the Linux that runs here, or the one below a folder.</summary>
    /// <param name="root">The folder that is its root; "/" for the running one.</param>
    /// <exception cref="DiskException">This machine does not run Linux (NotLinux).</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static LiveLinuxGuest Open(string root = SystemRoot)
    {
        if (root is null)
        {
            throw new ArgumentNullException(nameof(root));
        }

        if (Environment.OSVersion.Platform != PlatformID.Unix || !Directory.Exists("/proc/self"))
        {
            throw new DiskException("NotLinux", ErrorKind.InvalidState, "This machine does not run Linux.", RunningSystem.OtherwiseRemedy, Environment.MachineName);
        }

        string full = Path.GetFullPath(root);
        return Directory.Exists(full)
            ? new LiveLinuxGuest(full.Length > 1 ? full.TrimEnd('/') : full)
            : throw new DirectoryNotFoundException($"There is no folder {full}.");
    }

    /// <inheritdoc/>
    public override bool KeyExists(string key) => throw NoRegistry();

    /// <inheritdoc/>
    public override object? GetValue(string key, string name) => throw NoRegistry();

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetValueNames(string key) => throw NoRegistry();

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetSubkeyNames(string key) => throw NoRegistry();

    /// <inheritdoc/>
    public override FileSystemEntry? GetFile(string path) => _files.GetEntry(path);

    /// <inheritdoc/>
    public override IEnumerable<FileSystemEntry> Enumerate(string path) => _files.Enumerate(path);

    /// <inheritdoc/>
    public override Stream OpenFile(string path) => _files.OpenFile(path);

    private static EvidenceUnavailableException NoRegistry() => new("Linux has no registry.");

    /// <summary>The swap space in use (proc(5)): a line each below a heading, beginning with the device or file.</summary>
    private static IReadOnlyList<string>? ReadSwaps()
    {
        try
        {
            return [.. File.ReadAllLines(SwapTable).Skip(1).Select(static line => line.Split(' ', '\t')[0]).Where(static device => device.Length > 0)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private GuestIdentity? Identify()
    {
        try
        {
            return GuestIdentity.Detect(_files);
        }
        catch (Exception exception) when (exception is EvidenceUnavailableException or DiskFormatException)
        {
            _problems.Add(exception.Message);
            return new GuestIdentity { Family = GuestFamily.Linux };
        }
    }
}
