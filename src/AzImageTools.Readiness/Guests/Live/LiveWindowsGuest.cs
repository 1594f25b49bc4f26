using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests.Live;

/// <summary>
/// The Windows that runs here. Nothing is changed. What may not be read is unavailable: an elevated administrator may read all
/// that rules ask for.
/// </summary>
public sealed class LiveWindowsGuest : Guest
{
    private readonly List<string> _problems = [];

    private LiveWindowsGuest()
    {
        Live = WindowsFacts.Gather();
        Volumes = WindowsFacts.GetVolumes();
        Identity = Identify();
    }

    /// <inheritdoc/>
    public override string Target => Environment.MachineName;

    /// <inheritdoc/>
    public override GuestIdentity? Identity { get; }

    /// <inheritdoc/>
    public override DiskInfo? Disk => null;

    /// <inheritdoc/>
    public override LiveFacts? Live { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<GuestVolume> Volumes { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Problems => _problems;

    /// <summary>Opens the Windows that runs here.</summary>
    /// <exception cref="DiskException">This machine does not run Windows (NotWindows).</exception>
    public static LiveWindowsGuest Open()
        => RunningSystem.IsWindows
            ? new LiveWindowsGuest()
            : throw new DiskException(
                "NotWindows", ErrorKind.InvalidState, "This machine does not run Windows.", RunningSystem.OtherwiseRemedy, Environment.MachineName);

    /// <inheritdoc/>
    public override bool KeyExists(string key) => LiveRegistry.KeyExists(key);

    /// <inheritdoc/>
    public override object? GetValue(string key, string name) => LiveRegistry.GetValue(key, name)?.Value;

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetValueNames(string key) => LiveRegistry.GetValueNames(key);

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetSubkeyNames(string key) => LiveRegistry.GetSubkeyNames(key);

    /// <inheritdoc/>
    public override FileSystemEntry? GetFile(string path) => WindowsFiles.GetEntry(path);

    /// <inheritdoc/>
    public override IEnumerable<FileSystemEntry> Enumerate(string path) => WindowsFiles.Enumerate(path);

    /// <inheritdoc/>
    public override Stream OpenFile(string path) => WindowsFiles.OpenFile(path);

    private GuestIdentity Identify()
    {
        try
        {
            return GuestIdentity.ReadWindows(GetValue);
        }
        catch (EvidenceUnavailableException exception)
        {
            _problems.Add(exception.Message);
            return new GuestIdentity { Family = GuestFamily.Windows };
        }
    }
}
