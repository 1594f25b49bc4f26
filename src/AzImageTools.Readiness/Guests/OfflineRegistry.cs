using System.Globalization;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Readiness.Guests;

/// <summary>
/// The registry of a Windows that is not running: paths below HKLM, found in the hive files of its disk. Hives are opened
/// when they are first asked for, and what came of that is remembered.
/// </summary>
internal sealed class OfflineRegistry : IDisposable
{
    private const string BootStore = "BCD00000000";
    private const string CurrentControlSet = "CurrentControlSet";

    private readonly IFileSystem? _system;
    private readonly IReadOnlyList<IFileSystem> _bootVolumes;
    private readonly Dictionary<string, Lazy<RegistryHive>> _hives;
    private readonly Lazy<string> _controlSet;

    /// <summary>Creates the view.</summary>
    /// <param name="system">The volume that holds Windows; null where none does.</param>
    /// <param name="bootVolumes">The volumes that may hold the boot configuration, the likelier ones first.</param>
    public OfflineRegistry(IFileSystem? system, IReadOnlyList<IFileSystem> bootVolumes)
    {
        _system = system;
        _bootVolumes = bootVolumes;
        _hives = new(StringComparer.OrdinalIgnoreCase)
        {
            ["SYSTEM"] = new(() => OpenConfigured("SYSTEM")),
            ["SOFTWARE"] = new(() => OpenConfigured("SOFTWARE")),
            ["SECURITY"] = new(() => OpenConfigured("SECURITY")),
            [BootStore] = new(OpenBootStore),
        };
        _controlSet = new(FindControlSet);
    }

    /// <summary>The names of the hives opened so far whose last changes are still in their logs.</summary>
    public IEnumerable<string> DirtyHives
        => _hives.Where(hive => IsOpen(hive.Value) && hive.Value.Value.IsDirty).Select(hive => hive.Key);

    /// <summary>The key at a path below HKLM; null where there is none.</summary>
    public RegistryKey? OpenKey(string path)
    {
        string[] parts = path.Split(['\\'], 2);
        string rest = parts.Length > 1 ? parts[1] : string.Empty;
        if (!_hives.TryGetValue(parts[0], out Lazy<RegistryHive>? hive))
        {
            throw new EvidenceUnavailableException($@"HKLM\{parts[0]} is in no hive that is looked at.");
        }

        string[] keys = rest.Split(['\\'], 2);
        if (string.Equals(parts[0], "SYSTEM", StringComparison.OrdinalIgnoreCase) && string.Equals(keys[0], CurrentControlSet, StringComparison.OrdinalIgnoreCase))
        {
            rest = keys.Length > 1 ? _controlSet.Value + @"\" + keys[1] : _controlSet.Value;
        }

        return hive.Value.OpenKey(rest);
    }

    public void Dispose()
    {
        foreach (Lazy<RegistryHive> hive in _hives.Values.Where(IsOpen))
        {
            hive.Value.Dispose();
        }
    }

    private static bool IsOpen(Lazy<RegistryHive> hive) => hive.IsValueCreated;

    private RegistryHive OpenConfigured(string name)
        => Open(_system is null ? [] : [_system], $@"Windows\System32\config\{name}", name);

    private RegistryHive OpenBootStore()
    {
        foreach (string path in new[] { @"EFI\Microsoft\Boot\BCD", @"Boot\BCD" })
        {
            IFileSystem[] holders = [.. _bootVolumes.Where(volume => volume.GetEntry(path) is { IsDirectory: false })];
            if (holders.Length > 0)
            {
                return Open(holders, path, "BCD");
            }
        }

        throw new EvidenceUnavailableException("No volume holds a boot configuration.");
    }

    private static RegistryHive Open(IFileSystem[] volumes, string path, string name)
        => volumes.Length > 0 && volumes[0].GetEntry(path) is { IsDirectory: false }
            ? RegistryHive.Open(volumes[0].OpenFile(path), name)
            : throw new EvidenceUnavailableException($"The hive {path} is missing.");

    /// <summary>Which control set is the current one tells <c>Select\Current</c>; it is rarely the first for long.</summary>
    private string FindControlSet()
        => _hives["SYSTEM"].Value.OpenKey("Select")?.GetValue("Current")?.AsDWord() is { } current
            ? string.Format(CultureInfo.InvariantCulture, "ControlSet{0:D3}", current)
            : throw new EvidenceUnavailableException(@"HKLM\SYSTEM\Select\Current does not tell which control set is the current one.");
}
