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
    private readonly HashSet<string> _unlabelled = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _lost = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _links = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, VolumePresence> _devices = new(StringComparer.Ordinal);
    private readonly HashSet<string> _damaged = new(StringComparer.OrdinalIgnoreCase);

    private GuestIdentity? _identity;
    private DiskInfo? _disk;
    private LiveFacts? _live;
    private List<GuestVolume> _volumes = [];
    private List<EfiProgram>? _efiPrograms = [];
    private string[] _problems = [];
    private IReadOnlyList<FstabEntry>? _absentMounts = [];

    public override string Target => "memory";

    public override GuestIdentity? Identity => _identity;

    public override DiskInfo? Disk => _disk;

    public override LiveFacts? Live => _live;

    public override IReadOnlyList<GuestVolume> Volumes => _volumes;

    public override IReadOnlyList<string> Problems => _problems;

    public override IReadOnlyList<FstabEntry>? AbsentMounts => _absentMounts;

    public override VolumePresence? FindVolume(string source)
        => _disk is null ? null : _devices.TryGetValue(source, out VolumePresence presence) ? presence : VolumePresence.Present;

    /// <summary>The root is a volume of its own, and every device that is there the volume 2.</summary>
    internal override string? FindUuid(string? source) => source is null ? "UUID=root" : FindVolume(source) == VolumePresence.Present ? "UUID=2" : null;

    /// <summary>All volumes lie in one tree here; "VOLUMES" may be lost.</summary>
    internal override bool? IsOnAnyVolume(string path)
        => _files.ContainsKey(path) || IsFolder(path) ? true : _disk is null || _lost.Contains("VOLUMES") ? null : false;

    /// <summary>The files by path; null for links that lead to nothing.</summary>
    public IReadOnlyDictionary<string, byte[]?> Files => _files;

    /// <summary>Whether nothing of the evidence was lost or damaged.</summary>
    public bool IsWhole => _lost.Count == 0 && _damaged.Count == 0;

    internal override IReadOnlyList<EfiProgram>? EfiPrograms => _efiPrograms;

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

    /// <summary>A Debian that is ready and generalized: as waagent -deprovision+user and cloud-init clean leave it, but for what Azure asks beyond that.</summary>
    public static MemoryGuest Linux()
    {
        MemoryGuest guest = new()
        {
            _identity = Sample.Linux,
            _disk = Sample.Disk,
            _volumes = [new GuestVolume { Name = "Partition 3", PartitionNumber = 3, FileSystem = FileSystemKind.Ext4, HoldsOperatingSystem = true, IsDirty = false }],
        };
        return guest
            .WithFile("usr/sbin/waagent", "#!")
            .WithFile("usr/bin/cloud-init", "#!")
            .WithFile("usr/sbin/sshd", "ELF")
            .WithFile("etc/waagent.conf", "# Agent\nProvisioning.Agent=cloud-init\nProvisioning.DeleteRootPassword=y\nProvisioning.RegenerateSshHostKeyPair=y\nResourceDisk.Format=n\nResourceDisk.EnableSwap=n\n")
            .WithLink("etc/systemd/system/multi-user.target.wants/walinuxagent.service")
            .WithLink("etc/systemd/system/multi-user.target.wants/ssh.service")
            .WithLink("etc/systemd/system/cloud-init.target.wants/cloud-init-local.service")
            .WithFile("usr/lib/python3/dist-packages/WALinuxAgent-2.7.3.0.egg-info", [])
            .WithFile("usr/lib/python3/dist-packages/cloud_init-22.4.2.egg-info", [])
            .WithFile("etc/cloud/cloud.cfg.d/91-azure_datasource.cfg", "datasource_list: [ Azure ]\n")
            .WithFile("boot/grub/grub.cfg", "menuentry 'Debian' {\n\tlinux /boot/vmlinuz-6.1.0-28-amd64 root=UUID=1 ro console=tty0 console=ttyS0,115200 earlyprintk=ttyS0,115200 rootdelay=300 nvme_core.io_timeout=240\n}\nsubmenu 'Advanced' {\n\tlinux /boot/vmlinuz-6.1.0-28-amd64 root=UUID=1 ro single\n}\n")
            .WithFile("lib/modules/6.1.0-28-amd64/modules.builtin", "kernel/drivers/hv/hv_vmbus.ko\nkernel/drivers/nvme/host/nvme.ko\n")
            .WithFile("boot/initrd.img-6.1.0-28-amd64", Initramfs.Of("usr/lib/modules/6.1.0-28-amd64/kernel/drivers/scsi/hv_storvsc.ko", "usr/lib/modules/6.1.0-28-amd64/kernel/drivers/net/hyperv/hv_netvsc.ko.xz"))
            .WithFile("etc/fstab", "# <file system> <mount point>\nUUID=1 / ext4 defaults 0 1\nUUID=ABCD-1234 /boot/efi vfat umask=0077 0 1\n")
            .WithFile("etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\nClientAliveInterval 180\n")
            .WithFile("etc/machine-id", [])
            .WithFile("etc/shadow", "root:*LOCK*:14600::::::\ndaemon:*:20782:0:99999:7:::\n")
            .WithFile("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n")
            .WithFile("etc/hostname", "localhost.localdomain\n");
    }

    /// <summary>The same before: a machine that somebody works on.</summary>
    public static MemoryGuest LinuxInUse() => Linux()
        .WithFile("etc/hostname", "web01\n")
        .WithFile("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        .WithFile("etc/shadow", "root:$y$j9T$secret:20000:0:99999:7:::\n")
        .WithFile("etc/passwd", "root:x:0:0:root:/root:/bin/bash\nanna:x:1000:1000::/home/anna:/bin/bash\n")
        .WithFile("etc/ssh/ssh_host_rsa_key", "secret")
        .WithFile("var/lib/waagent/ovf-env.xml", "<Environment/>")
        .WithLink("var/lib/cloud/instance");

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

    /// <summary>A link that leads to nothing.</summary>
    public MemoryGuest WithLink(string path)
    {
        _links.Add(path);
        _files[path] = null;
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

    public MemoryGuest WithoutFileOrFolder(string path)
    {
        foreach (string file in _files.Keys.Where(file => file.Equals(path, StringComparison.OrdinalIgnoreCase) || file.StartsWith(path + '\\', StringComparison.OrdinalIgnoreCase) || file.StartsWith(path + '/', StringComparison.OrdinalIgnoreCase)).ToList())
        {
            _files.Remove(file);
        }

        return this;
    }

    public MemoryGuest WithDisk(Func<DiskInfo, DiskInfo> change)
    {
        _disk = change(_disk ?? Sample.Disk);
        return this;
    }

    public MemoryGuest WithAbsentMounts(string lines)
    {
        _absentMounts = FstabEntry.Parse(lines);
        return this;
    }

    /// <summary>Takes a volume from the disk, or from what is known of it: it has all others that are asked for.</summary>
    public MemoryGuest WithDevice(string source, VolumePresence presence)
    {
        _devices[source] = presence;
        return this;
    }

    /// <summary>Takes SELinux' label from a file; "*" for a volume whose attributes are not read.</summary>
    public MemoryGuest WithoutLabel(string path)
    {
        _unlabelled.Add(path);
        return this;
    }

    public MemoryGuest WithoutDisk()
    {
        _disk = null;
        _absentMounts = null;
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

    /// <summary>A program on the EFI system partition; null for a file that is none.</summary>
    public MemoryGuest WithEfiProgram(string path, params string[][]? chains)
    {
        (_efiPrograms ??= []).Add(new EfiProgram(path, chains is null ? null : [.. chains.Select(static chain => new ProgramSignature(chain))]));
        return this;
    }

    public MemoryGuest WithoutEfiPrograms()
    {
        _efiPrograms = null;
        return this;
    }

    public MemoryGuest WithIdentity(GuestIdentity? identity)
    {
        _identity = identity;
        return this;
    }

    public MemoryGuest WithDistribution(string distribution, string version)
        => WithIdentity(_identity! with { Distribution = distribution, Version = version });

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
        RequireFile(path);
        return _files.TryGetValue(path, out byte[]? content)
            ? Describe(path, content)
            : IsFolder(path) ? Describe(path, null) : null;
    }

    /// <summary>What stands for the table of all files; null for none.</summary>
    public IFileTable? Table { get; set; }

    internal override IFileTable? FileTable => Table;

    public override IEnumerable<FileSystemEntry> Enumerate(string path)
    {
        Require("FILES");
        RequireFile(path);
        char separator = path.Contains('/', StringComparison.Ordinal) || _identity?.Family == GuestFamily.Linux ? '/' : '\\';
        string prefix = path.Length == 0 ? string.Empty : path + separator;
        return [.. _files.Keys
            .Where(file => file.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            .Select(file => prefix + file[prefix.Length..].Split('/', '\\')[0])
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(child => GetFile(child)!)];
    }

    public override bool? HasAttribute(string path, string name) => _unlabelled.Contains("*") ? null : !_unlabelled.Contains(path);

    public override Stream OpenFile(string path)
    {
        Require("FILES");
        return new MemoryStream(_files[path] ?? throw new FileNotFoundException(path), writable: false);
    }

    private bool IsFolder(string path)
        => path.Length == 0 || _files.Keys.Any(file => file.StartsWith(path, StringComparison.OrdinalIgnoreCase) && file.Length > path.Length && file[path.Length] is '/' or '\\');

    private FileSystemEntry Describe(string path, byte[]? content) => new()
    {
        Name = path.Split('/', '\\')[^1],
        Path = path,
        IsDirectory = content is null && !_links.Contains(path),
        IsLink = _links.Contains(path),
        Length = content?.Length ?? 0,
        IsEncrypted = _encrypted.Contains(path),
    };

    private Dictionary<string, Dictionary<string, object>> Hive(string key)
    {
        Require(key.Split('\\')[0]);
        return _registry;
    }

    /// <summary>A file, or a folder and what it holds, may be lost alone.</summary>
    private void RequireFile(string path)
    {
        if (_lost.Any(lost => path.Equals(lost, StringComparison.OrdinalIgnoreCase) || path.StartsWith(lost + "/", StringComparison.OrdinalIgnoreCase)))
        {
            throw new EvidenceUnavailableException($"{path} is lost.");
        }
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
