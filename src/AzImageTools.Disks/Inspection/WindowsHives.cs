using System.Globalization;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>
/// The registry of a Windows that is not running, in the hive files on its volume. A hive is opened when it is first
/// asked for, with its logs. Thread-safe.
/// </summary>
public sealed class WindowsHives : IDisposable
{
    private const string ConfigurationFolder = @"Windows\System32\config";
    private const string CurrentControlSet = "CurrentControlSet";

    private readonly Lazy<RegistryHive?> _system;
    private readonly Lazy<RegistryHive?> _software;
    private readonly Lazy<RegistryHive?> _security;
    private readonly Lazy<string?> _controlSet;

    private WindowsHives(IFileSystem volume)
    {
        _system = new Lazy<RegistryHive?>(() => OpenHive(volume, "SYSTEM"));
        _software = new Lazy<RegistryHive?>(() => OpenHive(volume, "SOFTWARE"));
        _security = new Lazy<RegistryHive?>(() => OpenHive(volume, "SECURITY"));
        _controlSet = new Lazy<string?>(FindControlSet);
    }

    /// <summary>HKLM\SYSTEM; null where the file is missing.</summary>
    /// <exception cref="DiskFormatException">The hive, or the file system at it, is damaged.</exception>
    public RegistryHive? System => _system.Value;

    /// <summary>HKLM\SOFTWARE; null where the file is missing.</summary>
    /// <exception cref="DiskFormatException">The hive, or the file system at it, is damaged.</exception>
    public RegistryHive? Software => _software.Value;

    /// <summary>HKLM\SECURITY; null where the file is missing.</summary>
    /// <exception cref="DiskFormatException">The hive, or the file system at it, is damaged.</exception>
    public RegistryHive? Security => _security.Value;

    /// <summary>The control set that the running Windows calls CurrentControlSet, such as "ControlSet003"; null where SYSTEM does not tell.</summary>
    /// <exception cref="DiskFormatException">The hive, or the file system at it, is damaged.</exception>
    public string? ControlSetName => _controlSet.Value;

    /// <summary>The hives on a volume; null where it holds no Windows.</summary>
    /// <param name="volume">The volume; must stay readable as long as the hives are.</param>
    /// <exception cref="DiskFormatException">The file system is damaged on the way to them.</exception>
    public static WindowsHives? Open(IFileSystem volume)
    {
        if (volume is null)
        {
            throw new ArgumentNullException(nameof(volume));
        }

        return IsFile(volume, "SYSTEM") || IsFile(volume, "SOFTWARE") ? new WindowsHives(volume) : null;
    }

    /// <summary>The key at a path below HKLM, such as <c>SYSTEM\CurrentControlSet\Services\cdrom</c>; null where there is none.</summary>
    /// <param name="path">SYSTEM, SOFTWARE or SECURITY, and names with '\' between them. Case does not matter.</param>
    /// <exception cref="DiskFormatException">A hive, or the file system at it, is damaged.</exception>
    public RegistryKey? OpenKey(string path)
    {
        if (path is null)
        {
            throw new ArgumentNullException(nameof(path));
        }

        (string hive, string rest) = SplitFirst(path);
        return hive.ToUpperInvariant() switch
        {
            "SYSTEM" => ResolveControlSet(rest) is { } resolved ? System?.OpenKey(resolved) : null,
            "SOFTWARE" => Software?.OpenKey(rest),
            "SECURITY" => Security?.OpenKey(rest),
            _ => null,
        };
    }

    /// <summary>Closes the hives that were opened.</summary>
    public void Dispose()
    {
        foreach (Lazy<RegistryHive?> hive in new[] { _system, _software, _security }.Where(static hive => hive.IsValueCreated))
        {
            hive.Value?.Dispose();
        }
    }

    private static (string First, string Remainder) SplitFirst(string path)
    {
        string[] parts = path.Split(['\\'], 2);
        return (parts[0], parts.Length > 1 ? parts[1] : string.Empty);
    }

    private static bool IsFile(IFileSystem volume, string hive) => volume.GetEntry($@"{ConfigurationFolder}\{hive}") is { IsDirectory: false };

    private static RegistryHive? OpenHive(IFileSystem volume, string hive)
        => IsFile(volume, hive) ? RegistryHive.Open(volume, $@"{ConfigurationFolder}\{hive}") : null;

    private string? ResolveControlSet(string path)
    {
        (string first, string rest) = SplitFirst(path);
        return !string.Equals(first, CurrentControlSet, StringComparison.OrdinalIgnoreCase) ? path
            : ControlSetName is { } name ? $@"{name}\{rest}"
            : null;
    }

    private string? FindControlSet()
        => System?.OpenKey("Select")?.GetValue("Current")?.AsDWord() is uint number
            ? string.Format(CultureInfo.InvariantCulture, "ControlSet{0:D3}", number)
            : null;
}
