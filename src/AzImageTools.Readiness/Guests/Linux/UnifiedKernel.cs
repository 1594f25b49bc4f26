using System.Text;
using AzImageTools.Disks.Inspection.Initramfs;

namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>A kernel, its initramfs and its command line in one program for UEFI (UAPI Group, "Unified Kernel Image").</summary>
internal static class UnifiedKernel
{
    private const int LongestCommandLine = 1 << 16;

    /// <summary>Where they lie: what systemd-boot starts without an entry.</summary>
    public static readonly string[] Folders = ["boot/efi/EFI/Linux", "boot/EFI/Linux", "efi/EFI/Linux"];

    /// <summary>The boot entries that they are.</summary>
    /// <exception cref="EvidenceUnavailableException">They can't be read.</exception>
    public static IEnumerable<KernelCommandLine> ReadAll(Guest guest, Func<string, string[]> split)
        => Folders
            .SelectMany(folder => guest.FindIn(folder, static entry => !entry.IsDirectory && entry.Name.EndsWith(".efi", StringComparison.OrdinalIgnoreCase)))
            .Select(path => ReadCommandLine(guest, path) is { } line ? new KernelCommandLine($"/{path}", split(line)) { Kernel = path, Archives = [path] } : null)
            .OfType<KernelCommandLine>();

    /// <summary>Whether a boot entry's file is one, by its place.</summary>
    public static bool IsOne(string path) => Array.Exists(Folders, folder => path.StartsWith(folder + "/", StringComparison.Ordinal));

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

    /// <summary>Its command line; empty where it has none, null where the file is no such image.</summary>
    private static string? ReadCommandLine(Guest guest, string path)
    {
        using Stream file = guest.OpenFile(path);
        if (PortableExecutable.FindSection(file, ".linux") is null)
        {
            return null;
        }

        if (PortableExecutable.FindSection(file, ".cmdline") is not var (offset, length))
        {
            return string.Empty;
        }

        using SectionStream section = new(file, offset, Math.Min(length, LongestCommandLine));
        using StreamReader reader = new(section, Encoding.UTF8);
        return reader.ReadToEnd().TrimEnd('\0', '\n', ' ');
    }
}
