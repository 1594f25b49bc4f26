using AzImageTools.Disks.Volumes;

namespace AzImageTools.Disks.Inspection;

/// <summary>Which operating system is installed on a disk. What is not known is null; texts are the guest's.</summary>
public sealed record GuestIdentity
{
    /// <summary>The family.</summary>
    public required GuestFamily Family { get; init; }

    /// <summary>The product's name, such as "Windows Server 2022 Datacenter" or "Ubuntu 24.04.1 LTS".</summary>
    public string? Product { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The edition of a Windows as its registry names it, such as "ServerDatacenter".</summary>
    public string? Edition { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The distribution of a Linux as its os-release names it, such as "debian".</summary>
    public string? Distribution { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The version as its maker counts, such as "10.0.20348.2488" or "24.04".</summary>
    public string? Version { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The build number of a Windows.</summary>
    public int? Build { get; init; }

    /// <summary>How many updates a Windows build has had (UBR): the last part of its version.</summary>
    public int? UpdateBuildRevision { get; init; }

    /// <summary>The kind of installation of a Windows: Client, Server, Server Core, Nano Server.</summary>
    public string? InstallationType { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The processor architecture: x64, arm64 or x86.</summary>
    public string? Architecture { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The host's name.</summary>
    public string? HostName { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The versions of the kernels installed in a Linux, the newest first, such as "6.1.0-28-amd64".</summary>
    public IReadOnlyList<string> KernelVersions { get; init => field = PrintableText.OfAll(value); } = [];

    /// <summary>The boot loaders on its disk; none where only a volume was looked at.</summary>
    public BootLoaders BootLoaders { get; init; }

    /// <inheritdoc/>
    public override string ToString()
    {
        string product = Product ?? Family.ToString();
        string? version = Version is { Length: > 0 } known && product.IndexOf(known, StringComparison.Ordinal) >= 0 ? null : Version;
        return string.Join(" ", new[] { product, version, Architecture }.Where(static part => !string.IsNullOrEmpty(part)));
    }

    /// <summary>Tells which operating system is on the volumes of a disk; null where none is recognised.</summary>
    /// <param name="volumes">The volumes, in the disk's order; the first one with an operating system counts.</param>
    /// <exception cref="DiskFormatException">A file system or a hive is damaged where the answer lies.</exception>
    public static GuestIdentity? Detect(IReadOnlyList<IFileSystem> volumes)
        => (volumes ?? throw new ArgumentNullException(nameof(volumes))).Select(Detect).FirstOrDefault(static identity => identity is not null);

    /// <summary>
    /// Tells which operating system is on the volumes of a disk; null where none is recognised. A Linux is looked at with
    /// what is mounted into its root, such as /boot and /usr.
    /// </summary>
    /// <param name="volumes">The volumes, in the disk's order; the first one with an operating system counts.</param>
    /// <param name="problems">Takes what is damaged on the way, a sentence each.</param>
    public static GuestIdentity? Detect(IReadOnlyList<DiskVolume> volumes, ICollection<string> problems)
    {
        LinuxRoot? linux = LinuxRoot.Find(volumes, problems);
        return Detect(volumes, linux, WindowsVolume.Find(volumes, []), hives: null, problems);
    }

    /// <summary>As the other, where the roots of the systems are found already, and the registry of the Windows may be open.</summary>
    internal static GuestIdentity? Detect(
        IReadOnlyList<DiskVolume> volumes, LinuxRoot? linux, WindowsVolume? windows, WindowsHives? hives, ICollection<string> problems)
    {
        foreach (DiskVolume volume in volumes)
        {
            try
            {
                GuestIdentity? identity = volume == linux?.Volume ? LinuxIdentityReader.Read(linux.Files) ?? new GuestIdentity { Family = GuestFamily.Linux }
                    : volume == windows?.Volume && hives is not null ? ReadWindows(hives)
                    : volume.FileSystem is { } files && (windows is null || volume == windows.Volume) ? DetectWindows(files)
                    : null;
                if (identity is not null)
                {
                    return identity;
                }
            }
            catch (DiskFormatException exception)
            {
                problems.Add(exception.Message);
            }
        }

        return null;
    }

    /// <summary>Tells which operating system is on a volume; null where none is recognised.</summary>
    /// <param name="volume">The volume.</param>
    /// <exception cref="DiskFormatException">The file system or a hive is damaged where the answer lies.</exception>
    public static GuestIdentity? Detect(IFileSystem volume) => DetectWindows(volume) ?? LinuxIdentityReader.Read(volume);

    /// <summary>Tells which Windows a registry belongs to, wherever it is read from.</summary>
    /// <param name="read">
    /// Reads a value by its key's path below HKLM and its name; gives the data by its type as <see cref="Registry.RegistryValue.Value"/>
    /// does, null where there is none.
    /// </param>
    public static GuestIdentity ReadWindows(Func<string, string, object?> read)
        => GuestIdentityReader.ReadWindows(read ?? throw new ArgumentNullException(nameof(read)));

    /// <summary>Tells which Linux a root belongs to, wherever its files are read from; null where it is none.</summary>
    /// <param name="root">The files.</param>
    public static GuestIdentity? ReadLinux(IFileSystem root) => LinuxIdentityReader.Read(root ?? throw new ArgumentNullException(nameof(root)));

    private static GuestIdentity? DetectWindows(IFileSystem volume)
    {
        using WindowsHives? hives = WindowsHives.Open(volume);
        return hives is null ? null : ReadWindows(hives);
    }

    private static GuestIdentity ReadWindows(WindowsHives hives) => GuestIdentityReader.ReadWindows((key, name) => hives.OpenKey(key)?.GetValue(name)?.Value);
}

/// <summary>A family of operating systems.</summary>
public enum GuestFamily : long
{
    /// <summary>One that is not recognised.</summary>
    Unknown,

    /// <summary>Windows, client or server.</summary>
    Windows,

    /// <summary>Linux, of any distribution.</summary>
    Linux,
}
