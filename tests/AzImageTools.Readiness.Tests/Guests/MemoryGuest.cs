using System.Text;
using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Guests;

/// <summary>A guest whose evidence a test can change and take away.</summary>
internal sealed class MemoryGuest : Guest
{
    private readonly Dictionary<string, Dictionary<string, object>> _registry = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, byte[]?> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _encrypted = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _lost = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _damaged = new(StringComparer.OrdinalIgnoreCase);

    private GuestIdentity? _identity;
    private DiskInfo? _disk;
    private LiveFacts? _live;
    private List<GuestVolume> _volumes = [];
    private string[] _problems = [];

    public override string Target => "memory";

    public override GuestIdentity? Identity => _identity;

    public override DiskInfo? Disk => _disk;

    public override LiveFacts? Live => _live;

    public override IReadOnlyList<GuestVolume> Volumes => _volumes;

    public override IReadOnlyList<string> Problems => _problems;

    /// <summary>A Windows Server that is ready: the registry of the test disk of that name.</summary>
    public static MemoryGuest Ready()
    {
        MemoryGuest guest = new()
        {
            _identity = Sample.Windows,
            _disk = Sample.Disk,
            _volumes = [new GuestVolume { Name = "Windows", PartitionNumber = 3, FileSystem = FileSystemKind.Ntfs, HoldsOperatingSystem = true, IsDirty = false }],
        };
        foreach (string hive in new[] { "SYSTEM", "SOFTWARE", "SECURITY", "BCD.gpt" })
        {
            guest.Merge(hive);
        }

        return guest
            .WithFile(@"Windows\Setup\State\State.ini", "[State]\r\nImageState=IMAGE_STATE_COMPLETE\r\n")
            .WithFile(@"Windows\System32\sppnp.dll", "MZ")
            .WithFile(@"WindowsAzure\GuestAgent_2.7.41491.1095\WaAppAgent.exe", "MZ")
            .WithFile(@"Windows\System32\inetsrv\config\applicationHost.config", "<configuration />");
    }

    public static MemoryGuest Generalized() => Ready()
        .Merge("SYSTEM.generalized")
        .Merge("SOFTWARE.generalized")
        .WithFile(@"Windows\Setup\State\State.ini", "[State]\r\nImageState=IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE\r\n")
        .WithFile(@"Windows\System32\Sysprep\Sysprep_succeeded.tag", string.Empty);

    public MemoryGuest Merge(string regFile)
    {
        foreach ((string key, string? name, object? data) in RegText.Read(Path.Combine(RepositoryPaths.TestData, "guest", regFile + ".reg")))
        {
            AddKey(key);
            if (name is not null && data is not null)
            {
                _registry[key][name] = data;
            }
        }

        return this;
    }

    public MemoryGuest With(string key, string name, object data)
    {
        AddKey(key);
        _registry[key][name] = data;
        return this;
    }

    public MemoryGuest WithKey(string key)
    {
        AddKey(key);
        return this;
    }

    public MemoryGuest Without(string key, string name)
    {
        Assert.True(_registry[key].Remove(name), $"{key} has no {name} to take away.");
        return this;
    }

    public MemoryGuest WithoutKey(string key)
    {
        string[] gone = [.. _registry.Keys.Where(other => other.Equals(key, StringComparison.OrdinalIgnoreCase) || other.StartsWith(key + @"\", StringComparison.OrdinalIgnoreCase))];
        Assert.NotEmpty(gone);
        foreach (string other in gone)
        {
            _registry.Remove(other);
        }

        return this;
    }

    public MemoryGuest WithFile(string path, string text) => WithFile(path, Encoding.UTF8.GetBytes(text));

    public MemoryGuest WithFile(string path, byte[] content)
    {
        _files[path] = content;
        return this;
    }

    public MemoryGuest WithEncryptedFile(string path)
    {
        _encrypted.Add(path);
        return WithFile(path, "secret");
    }

    public MemoryGuest WithoutFile(string path)
    {
        Assert.True(_files.Remove(path));
        return this;
    }

    public MemoryGuest WithDisk(Func<DiskInfo, DiskInfo> change)
    {
        _disk = change(_disk ?? Sample.Disk);
        return this;
    }

    public MemoryGuest WithoutDisk()
    {
        _disk = null;
        return this;
    }

    public MemoryGuest WithVolume(Func<GuestVolume, GuestVolume> change)
    {
        _volumes = [change(_volumes[0])];
        return this;
    }

    public MemoryGuest WithoutVolumes()
    {
        _volumes = [];
        return this;
    }

    public MemoryGuest WithIdentity(GuestIdentity? identity)
    {
        _identity = identity;
        return this;
    }

    public MemoryGuest WithLive(LiveFacts facts)
    {
        _live = facts;
        return this;
    }

    public MemoryGuest WithProblem(string problem)
    {
        _problems = [problem];
        return this;
    }

    /// <summary>Makes a hive (by its name) or all files (by the name FILES) impossible to read.</summary>
    public MemoryGuest Lose(string what)
    {
        _lost.Add(what);
        return this;
    }

    /// <summary>Makes a hive or all files damaged.</summary>
    public MemoryGuest Damage(string what)
    {
        _damaged.Add(what);
        return this;
    }

    public override bool KeyExists(string key) => Hive(key).ContainsKey(key);

    public override object? GetValue(string key, string name)
        => Hive(key).TryGetValue(key, out Dictionary<string, object>? values) && values.TryGetValue(name, out object? data) ? data : null;

    public override IReadOnlyList<string> GetValueNames(string key)
        => Hive(key).TryGetValue(key, out Dictionary<string, object>? values) ? [.. values.Keys] : [];

    public override IReadOnlyList<string> GetSubkeyNames(string key)
        => [.. Hive(key).Keys
            .Where(other => other.StartsWith(key + @"\", StringComparison.OrdinalIgnoreCase))
            .Select(other => other[(key.Length + 1)..])
            .Where(rest => !rest.Contains('\\', StringComparison.Ordinal))];

    public override FileSystemEntry? GetFile(string path)
    {
        Require("FILES");
        return _files.TryGetValue(path, out byte[]? content)
            ? Describe(path, isDirectory: content is null, content?.Length ?? 0)
            : IsFolder(path) ? Describe(path, isDirectory: true, 0) : null;
    }

    public override IEnumerable<FileSystemEntry> Enumerate(string path)
    {
        Require("FILES");
        string prefix = path.Length == 0 ? string.Empty : path + @"\";
        return [.. _files.Keys
            .Where(file => file.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(file => prefix + file[prefix.Length..].Split('\\')[0])
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(child => Describe(child, !_files.TryGetValue(child, out byte[]? content) || content is null, content?.Length ?? 0))];
    }

    public override Stream OpenFile(string path)
    {
        Require("FILES");
        return new MemoryStream(_files[path] ?? throw new FileNotFoundException(path), writable: false);
    }

    private bool IsFolder(string path) => _files.Keys.Any(file => file.StartsWith(path + @"\", StringComparison.OrdinalIgnoreCase));

    private FileSystemEntry Describe(string path, bool isDirectory, long length)
        => new() { Name = path.Split('\\')[^1], Path = path, IsDirectory = isDirectory, Length = length, IsEncrypted = _encrypted.Contains(path) };

    private Dictionary<string, Dictionary<string, object>> Hive(string key)
    {
        Require(key.Split('\\')[0]);
        return _registry;
    }

    private void Require(string what)
    {
        if (_lost.Contains(what))
        {
            throw new EvidenceUnavailableException($"{what} is lost.");
        }

        if (_damaged.Contains(what))
        {
            throw new DiskFormatException(what, 4096, "A cell is damaged.");
        }
    }

    private void AddKey(string key)
    {
        string[] names = key.Split('\\');
        for (int count = 1; count <= names.Length; count++)
        {
            string parent = string.Join('\\', names[..count]);
            if (!_registry.ContainsKey(parent))
            {
                _registry[parent] = new(StringComparer.OrdinalIgnoreCase);
            }
        }
    }
}
