using AzImageTools.Disks;

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>Where the newest kernel that is there finds the drivers that it starts with: built in, or in its initramfs.</summary>
internal sealed class KernelModules
{
    private static readonly string[] ModuleFolders = ["lib/modules", "usr/lib/modules"];
    private static readonly string[] KernelFiles = ["vmlinuz", "vmlinux", "Image"];
    private static readonly string[] Suffixes = [".ko", ".ko.xz", ".ko.zst", ".ko.gz"];

    private readonly HashSet<string> _builtIn = new(StringComparer.Ordinal);
    private readonly HashSet<string> _packed = new(StringComparer.Ordinal);

    private KernelModules(Guest guest, string version, IReadOnlyList<KernelCommandLine> entries, IReadOnlyCollection<string> wanted)
    {
        Version = version;
        IReadOnlyList<TextLine>? builtIn = ModuleFolders.Select(folder => TextLine.Read(guest, $"{folder}/{version.Replace('/', '_')}/modules.builtin")).FirstOrDefault(static lines => lines is not null);
        foreach (TextLine line in builtIn ?? [])
        {
            AddTo(_builtIn, line.Text, wanted);
        }

        if (!wanted.All(_builtIn.Contains))
        {
            string[] archives = FindArchives(guest, version, entries);
            Archive = archives.LastOrDefault();
            Problem = Archive is null
                ? DescribeMissing(guest, version, entries)
                : archives.Select(archive => Unpack(guest, archive, wanted)).LastOrDefault(static problem => problem is not null);
            if (Problem is null && builtIn is null && guest.Identity?.KernelVersions is not [_, ..])
            {
                // NixOS has its modules where only the running system leads to.
                Problem = wanted.All(_packed.Contains) ? null : $"What is built into {version} is not known: there is no /lib/modules.";
            }
        }
    }

    /// <summary>The kernel's version.</summary>
    public string Version { get; }

    /// <summary>The initramfs' path; null where there is none, or none was needed.</summary>
    public string? Archive { get; }

    /// <summary>Why what is in the initramfs is not, or not wholly, known; null where it is.</summary>
    public string? Problem { get; }

    /// <summary>Looks for drivers.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="entries">The boot entries, which name the initramfs where its file's name does not tell the kernel's version.</param>
    /// <param name="wanted">Their names, with '_'.</param>
    /// <exception cref="EvidenceUnavailableException">No kernel was found, or what tells of its drivers can't be read.</exception>
    public static KernelModules Find(Guest guest, IReadOnlyList<KernelCommandLine> entries, IReadOnlyCollection<string> wanted)
        => guest.Identity?.KernelVersions is [string newest, ..] versions
            ? new KernelModules(guest, versions.FirstOrDefault(version => guest.FindFirst([.. KernelFiles.Select(file => $"boot/{file}-{version}")]) is not null) ?? newest, entries, wanted)
            : entries.FirstOrDefault(static entry => entry is { IsRescue: false, Kernel: not null, Archives.Count: > 0 }) is { Kernel: { } kernel } ? new KernelModules(guest, kernel, entries, wanted)
            : throw new EvidenceUnavailableException("No kernel was found in /lib/modules and /boot.");

    /// <summary>Where a driver is; null where it was not found.</summary>
    public Observation? See(string module)
        => _builtIn.Contains(module) ? new Observation(module, $"built into the kernel {Version}")
            : _packed.Contains(module) ? new Observation(module, $"in /{Archive}")
            : null;

    /// <summary>Whether a driver is built into the kernel.</summary>
    public bool IsBuiltIn(string module) => _builtIn.Contains(module);

    /// <summary>Whether a driver lies on the root volume, for the running system to load (modprobe(8), modules.dep).</summary>
    public static bool IsOnRoot(Guest guest, string version, string module)
        => ModuleFolders
            .SelectMany(folder => TextLine.Read(guest, $"{folder}/{version}/modules.dep") ?? [])
            .Any(line => AddTo([], line.Text.Split(':')[0], [module]));

    /// <summary>Whether a driver is built into a kernel (modules.builtin).</summary>
    public static bool IsBuiltIn(Guest guest, string version, string module)
        => ModuleFolders
            .SelectMany(folder => TextLine.Read(guest, $"{folder}/{version}/modules.builtin") ?? [])
            .Any(line => AddTo([], line.Text, [module]));

    /// <summary>Whether the drivers of a kernel are listed (modules.dep).</summary>
    public static bool AreListed(Guest guest, string version)
        => guest.FindFirst([.. ModuleFolders.Select(folder => $"{folder}/{version}/modules.dep")]) is not null;

    /// <summary>
    /// The files of a kernel's initramfs: by the name that most distributions give it; else those of the boot entry that starts the
    /// kernel, which its file's path names by its version, or by its flavour alone, such as Alpine's vmlinuz-virt.
    /// </summary>
    private static string[] FindArchives(Guest guest, string version, IReadOnlyList<KernelCommandLine> entries)
    {
        if (guest.FindFirst($"boot/initrd.img-{version}", $"boot/initramfs-{version}.img", $"boot/initrd-{version}", $"boot/initramfs-{version}", $"usr/lib/modules/{version}/initramfs.img") is { } named)
        {
            return [named];
        }

        return entries
            .Where(entry => !entry.IsRescue && entry.Kernel is { } kernel && (kernel.IndexOf(version, StringComparison.Ordinal) >= 0 || !kernel.Any(char.IsDigit)))
            .Select(entry => entry.Archives.Count > 0
                ? entry.Archives.Select(archive => BootFiles.Locate(guest, archive)).OfType<string>().ToArray()
                : FlavourOf(entry.Kernel!) is { Length: > 0 } flavour && guest.FindFirst($"boot/initramfs-{flavour}", $"boot/initramfs-{flavour}.img", $"boot/initrd.img-{flavour}") is { } archive ? [archive] : [])
            .FirstOrDefault(static archives => archives.Length > 0) ?? [];
    }

    /// <summary>Why there is no initramfs to look into: where boot entries name one, that it is not there.</summary>
    private static string DescribeMissing(Guest guest, string version, IReadOnlyList<KernelCommandLine> entries)
    {
        string problem = $"No initramfs of the kernel {version} was found in /boot, by its name or by a boot entry";
        try
        {
            return entries.FirstOrDefault(static entry => entry is { IsRescue: false, Archives.Count: > 0 }) is { } entry && entry.Archives.FirstOrDefault(archive => BootFiles.Locate(guest, archive) is null) is { } missing
                    ? $"{problem}: {entry.Place} names {missing}, which is not there."
                : UnifiedKernel.FindEmpty(guest) is { } empty ? $"{problem}; /{empty} is no unified kernel image: there is no kernel (.linux) in it."
                : $"{problem}.";
        }
        catch (EvidenceUnavailableException)
        {
            return $"{problem}.";
        }
    }

    private static string FlavourOf(string kernel) => kernel.Substring(kernel.LastIndexOf('/') + 1) is var file && file.IndexOf('-') is > 0 and var dash ? file.Substring(dash + 1) : string.Empty;

    /// <summary>Goes through the archive until everything wanted was seen. What is wrong with it is told.</summary>
    private string? Unpack(Guest guest, string archive, IReadOnlyCollection<string> wanted)
    {
        try
        {
            foreach (string name in UnifiedKernel.IsOne(archive) ? UnifiedKernel.EnumerateArchive(guest, archive) : guest.EnumerateArchive(archive))
            {
                if (AddTo(_packed, name, wanted) && wanted.All(module => _packed.Contains(module) || _builtIn.Contains(module)))
                {
                    break;
                }
            }

            return null;
        }
        catch (DiskFormatException unreadable)
        {
            return unreadable.Message;
        }
        catch (EvidenceUnavailableException missing)
        {
            return missing.Message;
        }
        catch (FileNotFoundException)
        {
            return $"/{archive} is a link that leads nowhere.";
        }
    }

    /// <summary>Notes a file that is a wanted driver; file names may have '-' where drivers have '_'.</summary>
    private static bool AddTo(HashSet<string> modules, string path, IReadOnlyCollection<string> wanted)
        => Array.Find(Suffixes, suffix => path.EndsWith(suffix, StringComparison.Ordinal)) is { } suffix
            && path.Substring(path.LastIndexOf('/') + 1) is var name
            && name.Substring(0, name.Length - suffix.Length).Replace('-', '_') is var module
            && wanted.Contains(module, StringComparer.Ordinal)
            && modules.Add(module);
}
