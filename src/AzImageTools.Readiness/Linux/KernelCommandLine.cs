using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Linux;

/// <summary>The parameters that a boot entry hands to the kernel. Entries for rescue are left out.</summary>
/// <param name="Place">The file and line that they stand in.</param>
/// <param name="Parameters">The parameters.</param>
internal sealed record KernelCommandLine(string Place, IReadOnlyList<string> Parameters)
{
    private const string EntryFolder = "boot/loader/entries";
    private const string DefaultSettings = "etc/default/grub";

    private static readonly string[] GrubFiles = ["boot/grub2/grub.cfg", "boot/grub/grub.cfg"];
    private static readonly string[] LoaderCommands = ["linux", "linux16", "linuxefi"];
    private static readonly string[] Rescue = ["single", "recovery", "rescue", "systemd.unit=rescue.target"];

    // What a Flatcar image's own settings append.
    private const string OemFile = "usr/share/oem/grub.cfg";
    private static readonly string[] OemVariables = ["set linux_append", "set linux_console"];

    /// <summary>
    /// The command lines that the machine starts with: those of the boot loader's entries; where there are none, those that
    /// its entries are made from.
    /// </summary>
    /// <exception cref="EvidenceUnavailableException">There are none, or they can't be read.</exception>
    public static IReadOnlyList<KernelCommandLine> FindAll(Guest guest)
    {
        string? variable = FindKernelOptions(guest);
        KernelCommandLine[] found = [.. ReadEntries(guest, variable), .. GrubFiles.SelectMany(path => ReadGrub(guest, path, variable)), .. ReadOem(guest)];
        if (found.Length == 0)
        {
            found = [.. ReadDefaults(guest)];
        }

        return found.Length > 0 ? found : throw new EvidenceUnavailableException("No boot loader entry with a kernel command line was found in /boot, and none in /etc.");
    }

    /// <summary>Whether there is a parameter: alone or with a value.</summary>
    /// <param name="parameter">Such as "quiet", "console=ttyS0" (also with options behind a comma), "rootdelay=300".</param>
    public bool Has(string parameter)
        => Parameters.Any(other => other.StartsWith(parameter, StringComparison.Ordinal) && (other.Length == parameter.Length || other[parameter.Length] == ','));

    /// <summary>What $kernelopts of the entries stands for: it is stored in GRUB's environment block or set by its configuration.</summary>
    private static string? FindKernelOptions(Guest guest)
        => GrubFiles.Prepend("boot/grub2/grubenv")
            .SelectMany(path => TextLine.Read(guest, path) ?? [])
            .Select(static line => line.ValueOf("kernelopts") ?? line.ValueOf("set kernelopts"))
            .FirstOrDefault(static options => options is not null);

    /// <summary>Entries of the Boot Loader Specification.</summary>
    private static IEnumerable<KernelCommandLine> ReadEntries(Guest guest, string? kernelOptions)
        => guest.FindIn(EntryFolder, static entry => entry.IsLike(string.Empty, ".conf") && entry.Name.IndexOf("rescue", StringComparison.Ordinal) < 0)
            .SelectMany(path => TextLine.Read(guest, path) ?? [])
            .Where(static line => line.Words()[0] == "options")
            .Select(line => new KernelCommandLine(line.Place, Split(line.Text.Substring("options".Length), kernelOptions)));

    private static IEnumerable<KernelCommandLine> ReadGrub(Guest guest, string path, string? kernelOptions)
        => (TextLine.Read(guest, path) ?? [])
            .Where(static line => line.Words() is { Length: > 1 } words && Array.IndexOf(LoaderCommands, words[0]) >= 0 && !IsAside(words))
            .Select(line => new KernelCommandLine(line.Place, [.. Split(line.Text, kernelOptions).Skip(2)]));

    /// <summary>Whether an entry is for rescue, or starts something else than Linux.</summary>
    private static bool IsAside(string[] words)
        => words[1].IndexOf("memtest", StringComparison.Ordinal) >= 0 || Array.Exists(words, static word => Array.IndexOf(Rescue, word) >= 0);

    private static IEnumerable<KernelCommandLine> ReadOem(Guest guest)
    {
        TextLine[] lines = [.. (TextLine.Read(guest, OemFile) ?? []).Where(static line => Array.Exists(OemVariables, name => line.ValueOf(name) is not null))];
        if (lines.Length > 0)
        {
            yield return new KernelCommandLine(lines[0].Place, [.. lines.SelectMany(static line => OemVariables.Select(line.ValueOf).OfType<string>()).SelectMany(static value => Split(value, null))]);
        }
    }

    private static IEnumerable<KernelCommandLine> ReadDefaults(Guest guest)
    {
        TextLine[] lines = [.. (TextLine.Read(guest, DefaultSettings) ?? []).Where(static line => line.ValueOf("GRUB_CMDLINE_LINUX") is not null || line.ValueOf("GRUB_CMDLINE_LINUX_DEFAULT") is not null)];
        if (lines.Length > 0)
        {
            yield return new KernelCommandLine(lines[0].Place, [.. lines.SelectMany(static line => Split(line.ValueOf("GRUB_CMDLINE_LINUX") ?? line.ValueOf("GRUB_CMDLINE_LINUX_DEFAULT")!, null))]);
        }

        foreach (TextLine line in TextLine.Read(guest, "etc/kernel/cmdline") ?? [])
        {
            yield return new KernelCommandLine(line.Place, Split(line.Text, null));
        }
    }

    private static string[] Split(string text, string? kernelOptions)
        => [.. text.Replace("$kernelopts", kernelOptions ?? string.Empty)
            .Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)
            .Where(static word => word[0] != '$')];
}
