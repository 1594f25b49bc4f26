
namespace AzImageTools.Readiness.Guests.Linux;

/// <summary>
/// Finds what a machine starts: the entries of GRUB's menu, of the Boot Loader Specification (GRUB, systemd-boot), of extlinux and
/// syslinux, and unified kernel images.
/// </summary>
internal static class BootEntries
{
    private const string EfiFolder = "boot/efi/EFI";
    private const string DefaultSettings = "etc/default/grub";
    private const int MaximumEntries = 256;

    private static readonly string[] EntryFolders = ["boot/loader/entries", "boot/efi/loader/entries", "efi/loader/entries"];
    private static readonly string[] GrubFiles = ["boot/grub2/grub.cfg", "boot/grub/grub.cfg"];
    private static readonly string[] VariableFiles = ["boot/grub2/grubenv", "boot/grub/grubenv", "boot/mariner.cfg", "boot/azurelinux.cfg", "boot/systemd.cfg"];
    private static readonly string[] LoaderCommands = ["linux", "linux16", "linuxefi"];
    private static readonly string[] ArchiveCommands = ["initrd", "initrd16", "initrdefi"];
    private static readonly string[] SyslinuxFiles =
    [
        "boot/extlinux/extlinux.conf", "boot/extlinux.conf", "extlinux.conf", "boot/syslinux/syslinux.cfg",
        "boot/efi/syslinux.cfg", "boot/efi/EFI/BOOT/syslinux.cfg", "boot/efi/EFI/syslinux/syslinux.cfg",
    ];

    // What a Flatcar image's own settings append.
    private const string OemFile = "usr/share/oem/grub.cfg";
    private static readonly string[] OemVariables = ["set linux_append", "set linux_console"];

    /// <summary>The entries that the machine can start; where there are none, what its entries are made from.</summary>
    /// <exception cref="EvidenceUnavailableException">There are none, or they can't be read.</exception>
    public static IReadOnlyList<KernelCommandLine> FindAll(Guest guest)
    {
        IReadOnlyList<string> efiFolders = guest.FindIn(EfiFolder, static entry => entry.IsDirectory);
        GrubVariables variables = GrubVariables.Read(guest, FindVariableFiles(guest));
        KernelCommandLine[] found =
        [
            .. EntryFolders.SelectMany(folder => ReadEntries(guest, folder, variables))
                .Concat(GrubFiles.SelectMany(path => ReadGrub(guest, path, variables)))
                .Concat(SyslinuxFiles.SelectMany(path => ReadSyslinux(guest, path, variables)))
                .Concat(UnifiedKernel.ReadAll(guest, variables.Expand))
                .Concat(ReadOem(guest, variables))
                .Take(MaximumEntries + 1),
        ];
        if (found.Length == 0)
        {
            // Red Hat 7 has it there on machines with EFI.
            found = [.. efiFolders.SelectMany(folder => ReadGrub(guest, folder + "/grub.cfg", variables)).Take(MaximumEntries + 1)];
        }

        if (found.Length == 0)
        {
            found = [.. ReadDefaults(guest, variables).Take(MaximumEntries + 1)];
        }

        return found.Length > MaximumEntries ? throw new EvidenceUnavailableException($"There are more than {MaximumEntries} boot loader entries.")
            : found.Length > 0 ? found
            : throw new EvidenceUnavailableException("No boot loader entry with a kernel command line was found in /boot, and none in /etc.");
    }

    /// <summary>The files that set variables of GRUB's, whether they are there or not; of those that set the same, the last counts.</summary>
    public static IEnumerable<string> FindVariableFiles(Guest guest)
        => [.. GrubFiles, .. VariableFiles, .. guest.FindIn(EfiFolder, static entry => entry.IsDirectory).Select(static folder => folder + "/grubenv")];

    /// <summary>Where GRUB's first file on the EFI system partition looks for the volume with the others: as /etc/fstab would name it, and the line.</summary>
    /// <exception cref="EvidenceUnavailableException">They can't be read.</exception>
    public static IEnumerable<(TextLine Line, string Source)> FindSearches(Guest guest)
        => guest.FindIn(EfiFolder, static entry => entry.IsDirectory)
            .SelectMany(folder => TextLine.Read(guest, folder + "/grub.cfg") ?? [])
            .Select(static line => (Line: line, Words: line.Words()))
            .Where(static line => line.Words[0].StartsWith("search", StringComparison.Ordinal))
            .Select(static line => (line.Line, Tag: TagOf(line.Words), Value: line.Words.Skip(1).FirstOrDefault(static word => word[0] != '-')))
            .Where(static search => search is { Tag: not null, Value: not null })
            .Select(static search => (search.Line, $"{search.Tag}={search.Value!.Trim('"', '\'')}"));

    // search.fs_uuid NAME VARIABLE; search --fs-uuid --set=VARIABLE NAME (grub, "search").
    private static string? TagOf(string[] words)
        => Array.Exists(words, static word => word is "search.fs_uuid" or "--fs-uuid" or "-u") ? "UUID"
            : Array.Exists(words, static word => word is "search.fs_label" or "--label" or "-l") ? "LABEL"
            : null;

    /// <summary>Entries of the Boot Loader Specification: a file each.</summary>
    private static IEnumerable<KernelCommandLine> ReadEntries(Guest guest, string folder, GrubVariables variables)
        => guest.ReadIn(folder, static entry => entry.IsLike(string.Empty, ".conf"))
            .GroupBy(static line => line.Path, StringComparer.Ordinal)
            .Select(static file => file.Select(static line => (Line: line, Words: line.Words())).ToArray())
            .Where(static file => Array.Exists(file, static line => line.Words[0] == "options"))
            .Select(file => new KernelCommandLine(
                file.First(static line => line.Words[0] == "options").Line.Place,
                [.. file.Where(static line => line.Words[0] == "options").SelectMany(line => variables.Expand(line.Line.Text.Substring("options".Length)))])
            {
                Line = file.First(static line => line.Words[0] == "options").Line,
                Kernel = file.Where(static line => line.Words[0] == "linux").Select(static line => line.Words.ElementAtOrDefault(1)).FirstOrDefault(),
                Archives = [.. file.Where(static line => line.Words[0] == "initrd").SelectMany(line => variables.Expand(line.Line.Text.Substring("initrd".Length)))],
                IsNamedRescue = file[0].Line.Path.IndexOf("rescue", folder.Length, StringComparison.Ordinal) >= 0,
            });

    private static IEnumerable<KernelCommandLine> ReadGrub(Guest guest, string path, GrubVariables variables)
    {
        KernelCommandLine? entry = null;
        foreach ((TextLine line, string[] words) in (TextLine.Read(guest, path) ?? []).Select(static line => (line, line.Words())).Where(static line => line.Item2.Length > 1))
        {
            if (Array.IndexOf(LoaderCommands, words[0]) >= 0)
            {
                if (entry is not null)
                {
                    yield return entry;
                }

                entry = IsSomethingElse(words[1]) ? null : new KernelCommandLine(line.Place, variables.Expand(string.Join(" ", words.Skip(2)))) { Line = line, Kernel = variables.Expand(words[1]).FirstOrDefault() };
            }
            else if (entry is { Archives.Count: 0 } && Array.IndexOf(ArchiveCommands, words[0]) >= 0)
            {
                entry = entry with { Archives = variables.Expand(string.Join(" ", words.Skip(1))) };
            }
        }

        if (entry is not null)
        {
            yield return entry;
        }
    }

    /// <summary>Entries of extlinux and syslinux: from one label to the next, in any letters (syslinux, "SYSLINUX:config").</summary>
    private static IEnumerable<KernelCommandLine> ReadSyslinux(Guest guest, string path, GrubVariables variables)
    {
        KernelCommandLine entry = new($"/{path}", []);
        foreach ((TextLine line, string[] words) in (TextLine.Read(guest, path) ?? []).Select(static line => (line, line.Words())).Append((new TextLine(path, 0, "LABEL"), ["LABEL"])))
        {
            string rest = string.Join(" ", words.Skip(1));
            switch (words[0].ToUpperInvariant())
            {
                case "LABEL":
                    if (entry.Kernel is { } kernel && !IsSomethingElse(kernel))
                    {
                        yield return entry;
                    }

                    entry = new KernelCommandLine(line.Place, []);
                    break;
                case "KERNEL" or "LINUX" when words.Length > 1:
                    entry = entry with { Kernel = words[1] };
                    break;
                case "INITRD" when words.Length > 1:
                    entry = entry with { Archives = words[1].Split(',') };
                    break;
                case "APPEND":
                    string[] parameters = variables.Expand(rest);
                    string? archive = Array.Find(parameters, static word => word.StartsWith("initrd=", StringComparison.Ordinal));
                    entry = entry with { Place = line.Place, Line = line, Parameters = parameters, Archives = archive is null ? entry.Archives : archive.Substring("initrd=".Length).Split(',') };
                    break;
            }
        }
    }

    private static bool IsSomethingElse(string kernel) => kernel.IndexOf("memtest", StringComparison.Ordinal) >= 0 || kernel.EndsWith(".c32", StringComparison.Ordinal);

    private static IEnumerable<KernelCommandLine> ReadOem(Guest guest, GrubVariables variables)
    {
        TextLine[] lines = [.. (TextLine.Read(guest, OemFile) ?? []).Where(static line => Array.Exists(OemVariables, name => line.ValueOf(name) is not null))];
        if (lines.Length > 0)
        {
            yield return new KernelCommandLine(lines[0].Place, [.. lines.SelectMany(static line => OemVariables.Select(line.ValueOf).OfType<string>()).SelectMany(variables.Expand)]);
        }
    }

    private static IEnumerable<KernelCommandLine> ReadDefaults(Guest guest, GrubVariables variables)
    {
        TextLine[] lines = [.. (TextLine.Read(guest, DefaultSettings) ?? []).Where(static line => line.ValueOf("GRUB_CMDLINE_LINUX") is not null || line.ValueOf("GRUB_CMDLINE_LINUX_DEFAULT") is not null)];
        if (lines.Length > 0)
        {
            yield return new KernelCommandLine(lines[0].Place, [.. lines.SelectMany(line => variables.Expand(line.ValueOf("GRUB_CMDLINE_LINUX") ?? line.ValueOf("GRUB_CMDLINE_LINUX_DEFAULT")!))]) { Line = lines[0] };
        }

        foreach (TextLine line in TextLine.Read(guest, "etc/kernel/cmdline") ?? [])
        {
            yield return new KernelCommandLine(line.Place, variables.Expand(line.Text)) { Line = line };
        }
    }
}
