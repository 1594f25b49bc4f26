using System.Collections.Concurrent;
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
    private const string ProfileList = @"Microsoft\Windows NT\CurrentVersion\ProfileList";
    private const string UserHive = "NTUSER.DAT";
    private const string UsersFolder = "Users";

    private readonly IFileSystem _volume;
    private readonly ConcurrentDictionary<string, Lazy<RegistryHive?>> _hives = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lazy<string?> _controlSet;

    private WindowsHives(IFileSystem volume)
    {
        _volume = volume;
        _controlSet = new Lazy<string?>(FindControlSet);
    }

    /// <summary>The hives in files of their own names, which a running Windows shows below HKLM; DEFAULT is its HKU\.DEFAULT.</summary>
    public static IReadOnlyList<string> MachineHives { get; } = ["SYSTEM", "SOFTWARE", "SECURITY", "SAM", "DEFAULT", "COMPONENTS", "DRIVERS"];

    /// <summary>HKLM\SYSTEM; null where the file is missing.</summary>
    /// <exception cref="DiskFormatException">The hive, or the file system at it, is damaged.</exception>
    public RegistryHive? System => Find("SYSTEM");

    /// <summary>HKLM\SOFTWARE; null where the file is missing.</summary>
    /// <exception cref="DiskFormatException">The hive, or the file system at it, is damaged.</exception>
    public RegistryHive? Software => Find("SOFTWARE");

    /// <summary>HKLM\SECURITY; null where the file is missing.</summary>
    /// <exception cref="DiskFormatException">The hive, or the file system at it, is damaged.</exception>
    public RegistryHive? Security => Find("SECURITY");

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

        return IsOn(volume) ? new WindowsHives(volume) : null;
    }

    /// <summary>The key at a path below HKLM, such as <c>SYSTEM\CurrentControlSet\Services\cdrom</c>; null where there is none.</summary>
    /// <param name="path">One of <see cref="MachineHives"/>, and names with '\' between them. Case does not matter.</param>
    /// <exception cref="DiskFormatException">A hive, or the file system at it, is damaged.</exception>
    public RegistryKey? OpenKey(string path)
    {
        if (path is null)
        {
            throw new ArgumentNullException(nameof(path));
        }

        (string hive, string rest) = SplitFirst(path);
        return !string.Equals(hive, "SYSTEM", StringComparison.OrdinalIgnoreCase) ? Find(hive)?.OpenKey(rest)
            : ResolveControlSet(rest) is { } resolved ? System?.OpenKey(resolved)
            : null;
    }

    /// <summary>A hive of the machine; null where the file is missing.</summary>
    /// <param name="name">One of <see cref="MachineHives"/>; anything else is missing.</param>
    /// <exception cref="DiskFormatException">The hive, or the file system at it, is damaged.</exception>
    public RegistryHive? Find(string name)
        => FindFile(name) is { } path ? Open(path) : null;

    /// <summary>The hive of a user, which a running Windows shows below HKU while the user is signed in; null where there is none.</summary>
    /// <param name="user">The name of the profile's folder, or a security identifier that Windows keeps a profile for.</param>
    /// <exception cref="DiskFormatException">A hive, or the file system at it, is damaged.</exception>
    public RegistryHive? FindUser(string user) => Open(FindUserFile(user));

    /// <summary>The folders of profiles that hold a user's hive.</summary>
    /// <exception cref="DiskFormatException">The file system is damaged there.</exception>
    public IEnumerable<string> EnumerateUsers()
        => _volume.Enumerate(UsersFolder)
            .Where(folder => folder is { IsDirectory: true, IsLink: false } && _volume.GetEntry($@"{UsersFolder}\{folder.Name}\{UserHive}") is { IsDirectory: false })
            .Select(static folder => folder.Name);

    /// <summary>Closes the hives that were opened.</summary>
    public void Dispose()
    {
        foreach (Lazy<RegistryHive?> hive in _hives.Values.Where(static hive => hive.IsValueCreated))
        {
            hive.Value?.Dispose();
        }
    }

    /// <summary>The volume that they lie on.</summary>
    internal IFileSystem Volume => _volume;

    /// <summary>Where a hive of the machine lies; null where it is none.</summary>
    internal static string? FindFile(string name)
        => MachineHives.Contains(name, StringComparer.OrdinalIgnoreCase) ? $@"{ConfigurationFolder}\{name}" : null;

    /// <summary>Where the hive of a user lies, whether or not it is there.</summary>
    internal string FindUserFile(string user) => $@"{FindProfile(user) ?? $@"{UsersFolder}\{user}"}\{UserHive}";

    /// <summary>Whether a volume holds a Windows.</summary>
    internal static bool IsOn(IFileSystem volume) => IsFile(volume, "SYSTEM") || IsFile(volume, "SOFTWARE");

    private static (string First, string Remainder) SplitFirst(string path)
    {
        string[] parts = path.Split(['\\'], 2);
        return (parts[0], parts.Length > 1 ? parts[1] : string.Empty);
    }

    private static bool IsFile(IFileSystem volume, string hive) => volume.GetEntry($@"{ConfigurationFolder}\{hive}") is { IsDirectory: false };

    private RegistryHive? Open(string path)
        => _hives.GetOrAdd(path, key => new Lazy<RegistryHive?>(() => RegistryHive.TryOpen(_volume, key))).Value;

    /// <summary>The folder of a profile as its path on the volume; null where Windows keeps none for the identifier.</summary>
    private string? FindProfile(string identifier)
    {
        if (!identifier.StartsWith("S-1-", StringComparison.OrdinalIgnoreCase)
            || Software?.OpenKey($@"{ProfileList}\{identifier}")?.GetValue("ProfileImagePath")?.AsString() is not { } path)
        {
            return null;
        }

        const string systemRoot = "%SystemRoot%";
        const string systemDrive = "%SystemDrive%";
        return path.StartsWith(systemRoot, StringComparison.OrdinalIgnoreCase) ? "Windows" + path.Substring(systemRoot.Length)
            : path.StartsWith(systemDrive, StringComparison.OrdinalIgnoreCase) ? path.Substring(systemDrive.Length)
            : path.Length > 2 && path[1] == ':' ? path.Substring(2)
            : path;
    }

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
