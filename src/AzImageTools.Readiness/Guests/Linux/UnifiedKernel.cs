using System.Text;
using AzImageTools.Disks.Inspection.Initramfs;

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>A kernel, its initramfs and its command line in one program for UEFI (UAPI Group, "Unified Kernel Image").</summary>
internal static class UnifiedKernel
{
    private const int LongestText = 1 << 16;

    /// <summary>Where they lie: what systemd-boot starts without an entry.</summary>
    public static readonly string[] Folders = ["boot/efi/EFI/Linux", "boot/EFI/Linux", "efi/EFI/Linux"];

    // What firmware starts by default (UEFI specification, 3.5.1.1).
    private static readonly string[] DefaultPrograms =
    [
        "boot/efi/EFI/BOOT/BOOTX64.EFI", "boot/EFI/BOOT/BOOTX64.EFI", "efi/EFI/BOOT/BOOTX64.EFI",
        "boot/efi/EFI/BOOT/BOOTAA64.EFI", "boot/EFI/BOOT/BOOTAA64.EFI", "efi/EFI/BOOT/BOOTAA64.EFI",
    ];

    /// <summary>The boot entries that they are.</summary>
    /// <exception cref="EvidenceUnavailableException">They can't be read.</exception>
    public static IEnumerable<KernelCommandLine> ReadAll(Guest guest, Func<string, string[]> split)
        => Folders
            .SelectMany(folder => FindPrograms(guest, folder))
            .Select(path => Read(guest, path, split))
            .OfType<KernelCommandLine>();

    /// <summary>A program in their place that is none: no kernel is in it; null where there is none.</summary>
    /// <exception cref="EvidenceUnavailableException">They can't be read.</exception>
    public static string? FindEmpty(Guest guest)
        => Folders.SelectMany(folder => FindPrograms(guest, folder)).FirstOrDefault(path => Read(guest, path, static text => [text]) is null);

    /// <summary>Whether a boot entry's file is one, by its place.</summary>
    public static bool IsOne(string path) => Array.Exists(Folders, folder => path.StartsWith(folder + "/", StringComparison.Ordinal));

    /// <summary>Whether firmware starts one without a loader and its entries.</summary>
    /// <exception cref="EvidenceUnavailableException">What firmware starts can't be read.</exception>
    public static bool IsDefault(Guest guest)
        => Array.Exists(DefaultPrograms, path => guest.GetFile(path) is { IsDirectory: false } && HasKernel(guest, path));

    /// <summary>The names of the files in its initramfs, lazily; null where it has none.</summary>
    /// <exception cref="Disks.DiskFormatException">The archive is damaged, or packed in a way that is not read.</exception>
    public static IEnumerable<string> EnumerateArchive(Guest guest, string path)
    {
        using Stream file = guest.OpenFile(path);
        if (PortableExecutable.FindSection(file, ".initrd") is not var (offset, length))
        {
            yield break;
        }

        using SectionStream section = new(file, offset, length);
        foreach (string name in InitramfsArchive.EnumerateNames(section, "/" + path))
        {
            yield return name;
        }
    }

    private static IReadOnlyList<string> FindPrograms(Guest guest, string folder)
        => guest.FindIn(folder, static entry => !entry.IsDirectory && entry.Name.EndsWith(".efi", StringComparison.OrdinalIgnoreCase));

    private static bool HasKernel(Guest guest, string path)
    {
        using Stream file = guest.OpenFile(path);
        return PortableExecutable.FindSection(file, ".linux") is not null;
    }

    /// <summary>The boot entry that a file is; null where it is no such image. Its kernel is named by its version, where it tells that.</summary>
    private static KernelCommandLine? Read(Guest guest, string path, Func<string, string[]> split)
    {
        using Stream file = guest.OpenFile(path);
        return PortableExecutable.FindSection(file, ".linux") is null ? null : new KernelCommandLine($"/{path}", split(ReadText(file, ".cmdline")))
        {
            Kernel = ReadText(file, ".uname") is { Length: > 0 } version ? version : path,
            Archives = [path],
        };
    }

    /// <summary>The text of a section; empty where there is none.</summary>
    private static string ReadText(Stream file, string name)
    {
        if (PortableExecutable.FindSection(file, name) is not var (offset, length))
        {
            return string.Empty;
        }

        using SectionStream section = new(file, offset, Math.Min(length, LongestText));
        using StreamReader reader = new(section, Encoding.UTF8);
        return reader.ReadToEnd().TrimEnd('\0', '\n', ' ');
    }
}
