
namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>The parameters that a boot entry hands to the kernel. Entries for rescue are left out.</summary>
/// <param name="Place">The file and line that they stand in.</param>
/// <param name="Parameters">The parameters.</param>
internal sealed record KernelCommandLine(string Place, IReadOnlyList<string> Parameters)
{
    private const string EntryFolder = "boot/loader/entries";
    private const string EfiFolder = "boot/efi/EFI";
    private const string DefaultSettings = "etc/default/grub";
    private const string Set = "set ";
    private const int MaximumEntries = 64;

    // The kernel takes 2,048 characters (COMMAND_LINE_SIZE).
    private const int MaximumParameters = 1024;

    private static readonly string[] GrubFiles = ["boot/grub2/grub.cfg", "boot/grub/grub.cfg"];
    private static readonly string[] VariableFiles = ["boot/grub2/grubenv", "boot/mariner.cfg", "boot/azurelinux.cfg", "boot/systemd.cfg"];
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
        Dictionary<string, string[]> variables = FindVariables(guest);
        KernelCommandLine[] found = [.. ReadEntries(guest, variables).Concat(GrubFiles.SelectMany(path => ReadGrub(guest, path, variables))).Concat(ReadOem(guest)).Take(MaximumEntries + 1)];
        if (found.Length == 0)
        {
            // Red Hat 7 has it there on machines with EFI.
            found = [.. guest.FindIn(EfiFolder, static entry => entry.IsDirectory).SelectMany(folder => ReadGrub(guest, folder + "/grub.cfg", variables)).Take(MaximumEntries + 1)];
        }

        if (found.Length == 0)
        {
            found = [.. ReadDefaults(guest).Take(MaximumEntries + 1)];
        }

        return found.Length > MaximumEntries ? throw new EvidenceUnavailableException($"There are more than {MaximumEntries} boot loader entries.")
            : found.Length > 0 ? found
            : throw new EvidenceUnavailableException("No boot loader entry with a kernel command line was found in /boot, and none in /etc.");
    }

    /// <summary>Whether there is a parameter: alone or with a value.</summary>
    /// <param name="parameter">Such as "quiet", "console=ttyS0" (also with options behind a comma), "rootdelay=300".</param>
    public bool Has(string parameter)
        => Parameters.Any(other => other.StartsWith(parameter, StringComparison.Ordinal) && (other.Length == parameter.Length || other[parameter.Length] == ','));

    /// <summary>What the variables in entries stand for: they are stored in GRUB's environment blocks, or set by its configuration.</summary>
    private static Dictionary<string, string[]> FindVariables(Guest guest)
    {
        Dictionary<string, string[]> variables = new(StringComparer.Ordinal);
        foreach (TextLine line in VariableFiles.Concat(GrubFiles).SelectMany(path => TextLine.Read(guest, path) ?? []))
        {
            string assignment = line.Text.StartsWith(Set, StringComparison.Ordinal) ? line.Text.Substring(Set.Length) : line.Text;
            string name = assignment.Split('=')[0];
            if (name.Length < assignment.Length && name.All(static letter => letter is '_' or (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9')))
            {
                variables[name] = SplitWords(assignment.Substring(name.Length + 1).Trim().Trim('"', '\''));
            }
        }

        return variables;
    }

    /// <summary>Entries of the Boot Loader Specification.</summary>
    private static IEnumerable<KernelCommandLine> ReadEntries(Guest guest, Dictionary<string, string[]> variables)
        => guest.ReadIn(EntryFolder, static entry => entry.IsLike(string.Empty, ".conf") && entry.Name.IndexOf("rescue", StringComparison.Ordinal) < 0)
            .Where(static line => line.Words()[0] == "options")
            .Select(line => new KernelCommandLine(line.Place, Split(line.Text.Substring("options".Length), variables)));

    private static IEnumerable<KernelCommandLine> ReadGrub(Guest guest, string path, Dictionary<string, string[]> variables)
        => (TextLine.Read(guest, path) ?? [])
            .Where(static line => line.Words() is { Length: > 1 } words && Array.IndexOf(LoaderCommands, words[0]) >= 0 && !IsAside(words))
            .Select(line => new KernelCommandLine(line.Place, Split(string.Join(" ", line.Words().Skip(2)), variables)));

    /// <summary>Whether an entry is for rescue, or starts something else than Linux.</summary>
    private static bool IsAside(string[] words)
        => words[1].IndexOf("memtest", StringComparison.Ordinal) >= 0 || Array.Exists(words, static word => Array.IndexOf(Rescue, word) >= 0);

    private static IEnumerable<KernelCommandLine> ReadOem(Guest guest)
    {
        TextLine[] lines = [.. (TextLine.Read(guest, OemFile) ?? []).Where(static line => Array.Exists(OemVariables, name => line.ValueOf(name) is not null))];
        if (lines.Length > 0)
        {
            yield return new KernelCommandLine(lines[0].Place, [.. lines.SelectMany(static line => OemVariables.Select(line.ValueOf).OfType<string>()).SelectMany(static value => Split(value))]);
        }
    }

    private static IEnumerable<KernelCommandLine> ReadDefaults(Guest guest)
    {
        TextLine[] lines = [.. (TextLine.Read(guest, DefaultSettings) ?? []).Where(static line => line.ValueOf("GRUB_CMDLINE_LINUX") is not null || line.ValueOf("GRUB_CMDLINE_LINUX_DEFAULT") is not null)];
        if (lines.Length > 0)
        {
            yield return new KernelCommandLine(lines[0].Place, [.. lines.SelectMany(static line => Split(line.ValueOf("GRUB_CMDLINE_LINUX") ?? line.ValueOf("GRUB_CMDLINE_LINUX_DEFAULT")!))]);
        }

        foreach (TextLine line in TextLine.Read(guest, "etc/kernel/cmdline") ?? [])
        {
            yield return new KernelCommandLine(line.Place, Split(line.Text));
        }
    }

    private static string[] Split(string text, Dictionary<string, string[]>? variables = null)
        => [.. SplitWords(text)
            .Take(MaximumParameters)
            .SelectMany(word => word[0] != '$' ? [word]
                : variables is not null && variables.TryGetValue(word.Trim('$', '{', '}'), out string[]? value) ? value
                : [])
            .Take(MaximumParameters)];

    private static string[] SplitWords(string text) => text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
}
