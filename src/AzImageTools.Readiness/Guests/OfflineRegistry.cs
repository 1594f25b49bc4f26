using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests;

/// <summary>
/// The registry of a Windows that is not running: paths below HKLM, found in the hives of its disk and in its boot
/// configuration, which the running Windows shows there too. A hive that is missing is told from a key that is.
/// </summary>
internal sealed class OfflineRegistry : IDisposable
{
    private const string System = "SYSTEM";
    private const string ControlSetPrefix = @"SYSTEM\CurrentControlSet";

    private readonly WindowsHives? _hives;
    private readonly IReadOnlyList<IFileSystem> _bootVolumes;
    private readonly Lazy<RegistryHive> _bootStore;

    /// <summary>Creates the view.</summary>
    /// <param name="hives">The hives of Windows, which stay open; null where there are none.</param>
    /// <param name="bootVolumes">The volumes that may hold the boot configuration, the likelier ones first.</param>
    public OfflineRegistry(WindowsHives? hives, IReadOnlyList<IFileSystem> bootVolumes)
    {
        _hives = hives;
        _bootVolumes = bootVolumes;
        _bootStore = new Lazy<RegistryHive>(OpenBootStore);
    }

    /// <summary>The hives whose last changes were not wholly written, and are in none of their logs either.</summary>
    public IEnumerable<RegistryHive> DirtyHives => new[] { System, "SOFTWARE", "SECURITY" }.Select(FindDirty).OfType<RegistryHive>();

    /// <summary>The key at a path below HKLM; null where there is none.</summary>
    /// <exception cref="EvidenceUnavailableException">The hive is missing, or does not say which control set is the current one.</exception>
    /// <exception cref="DiskFormatException">The hive, or the file system at it, is damaged.</exception>
    public RegistryKey? OpenKey(string path)
    {
        string[] parts = path.Split(['\\'], 2);
        if (string.Equals(parts[0], BootConfiguration.HiveName, StringComparison.OrdinalIgnoreCase))
        {
            return _bootStore.Value.OpenKey(parts.Length > 1 ? parts[1] : string.Empty);
        }

        if (_hives is null || FindHive(parts[0]) is null)
        {
            throw new EvidenceUnavailableException($"The hive {parts[0]} is missing.");
        }

        if (path.StartsWith(ControlSetPrefix, StringComparison.OrdinalIgnoreCase) && _hives.ControlSetName is null)
        {
            throw new EvidenceUnavailableException(@"HKLM\SYSTEM\Select\Current does not say which control set is the current one.");
        }

        return _hives.OpenKey(path);
    }

    public void Dispose()
    {
        if (_bootStore.IsValueCreated)
        {
            _bootStore.Value.Dispose();
        }
    }

    private RegistryHive? FindHive(string name) => name.ToUpperInvariant() switch
    {
        System => _hives?.System,
        "SOFTWARE" => _hives?.Software,
        "SECURITY" => _hives?.Security,
        "DRIVERS" => _hives?.Find("DRIVERS"),
        _ => null,
    };

    private RegistryHive? FindDirty(string name)
    {
        try
        {
            return FindHive(name) is { State: HiveState.Dirty } hive ? hive : null;
        }
        catch (DiskFormatException)
        {
            // Rules that ask this hive tell that it is damaged.
            return null;
        }
    }

    private RegistryHive OpenBootStore()
        => BootConfiguration.Open(_bootVolumes) ?? throw new EvidenceUnavailableException("No volume holds a boot configuration.");
}
