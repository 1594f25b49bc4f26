using System.Text;
using System.Text.RegularExpressions;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests.Linux;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Linux;

/// <summary>
/// Changes what boot entries hand to the kernel: in the entries themselves (GRUB's menu, the Boot Loader Specification's files, extlinux'), in
/// GRUB's variables that they name, and in what new entries are made of (/etc/default/grub, /etc/kernel/cmdline), so that the next update of a
/// kernel keeps it. A unified kernel image is signed as a whole and stays as it is.
/// </summary>
internal sealed record KernelParameterRepair
{
    private const string DefaultSettings = "etc/default/grub";
    private const string KernelSettings = "etc/kernel/cmdline";
    private const int EnvironmentBlock = 1024;

    // An entry's parameters stand behind its command and, for GRUB, the kernel.
    private static readonly Regex EntryLine = new(@"^(?<start>\s*(?:(?:linux|linux16|linuxefi)\s+\S+|options|append)(?=\s|$))(?<parameters>.*)$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
    private static readonly Regex DefaultLine = new(@"^(?<start>\s*(?<name>GRUB_CMDLINE_LINUX(?:_DEFAULT)?)=(?<quote>[""']?))(?<parameters>.*?)(?<end>\k<quote>\s*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
    private static readonly Regex VariableLine = new(@"^(?<start>\s*(?:set\s+)?\w*(?:kernelopts|cmdline|linux_append|linux_console)=(?<quote>[""']?))(?<parameters>.*?)(?<end>\k<quote>\s*)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    /// <summary>What a parameter becomes; null takes it out.</summary>
    public Func<string, string?> Replace { get; init; } = static parameter => parameter;

    /// <summary>What is added where it is missing, but for entries that are for repair.</summary>
    public IReadOnlyList<string> Add { get; init; } = [];

    /// <summary>Whether cloud-init's settings (cc: … end_cc) are taken out.</summary>
    public bool RemovesCloudSettings { get; init; }

    /// <summary>Takes out the parameters that the function takes.</summary>
    public static KernelParameterRepair Without(Func<string, bool> isWrong) => new() { Replace = parameter => isWrong(parameter) ? null : parameter };

    /// <summary>The edits that do it. Their lines are told, unless an address or cloud-init's settings are in them: those may hold a password.</summary>
    public IEnumerable<DiskEdit> Find(RuleContext context)
    {
        bool hides = context.Linux.BootEntries.SelectMany(static entry => entry.Parameters).Any(static parameter => parameter.IndexOf("://", StringComparison.Ordinal) >= 0 || parameter.StartsWith("cc:", StringComparison.Ordinal));
        return FindAll(context).Select(edit => edit with { HidesContent = hides });
    }

    private IEnumerable<FileEdit> FindAll(RuleContext context)
    {
        KernelCommandLine[] entries = [.. context.Linux.BootEntries.Where(static entry => entry.Line is not null && entry.Line.Path is not (DefaultSettings or KernelSettings))];
        string[] variables = [.. BootEntries.FindVariableFiles(context.Guest).Where(path => context.Guest.GetFile(path) is not null)];
        foreach (string path in entries.Select(static entry => entry.Line!.Path).Concat(variables).Distinct(StringComparer.Ordinal))
        {
            Dictionary<int, KernelCommandLine> lines = entries.Where(entry => entry.Line!.Path == path).ToDictionary(static entry => entry.Line!.Number);
            yield return FileEdit.Rewrite(path, text => Pad(path, text, TextEdits.ChangeLines(text, (line, number) => ChangeEntry(line, lines.TryGetValue(number, out KernelCommandLine? entry) ? entry : null))));
        }

        foreach (string path in context.Guest.FindIn("etc/default/grub.d", static entry => entry.IsLike(string.Empty, ".cfg")))
        {
            yield return TextEdits.Lines(path, (line, _) => Change(DefaultLine, line, adds: []));
        }

        yield return FileEdit.Rewrite(DefaultSettings, ChangeDefaults);
        yield return TextEdits.Lines(KernelSettings, (line, _) => TextEdits.IsSaid(line) ? Change(line, Add) : line);
    }

    /// <summary>The parameters of a text, changed; the text itself where nothing is different.</summary>
    private string Change(string text, IEnumerable<string> adds)
    {
        string[] words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        KernelCommandLine known = new(string.Empty, words);
        List<string> changed = [];
        bool isWithin = false;
        foreach (string word in words)
        {
            isWithin |= RemovesCloudSettings && word.StartsWith("cc:", StringComparison.Ordinal);
            if (!isWithin && Replace(word) is { } kept)
            {
                changed.Add(kept);
            }

            isWithin &= word != "end_cc";
        }

        changed.AddRange(adds.Where(parameter => !known.Has(parameter)));
        return words.SequenceEqual(changed, StringComparer.Ordinal) ? text : string.Join(" ", changed);
    }

    private string ChangeEntry(string line, KernelCommandLine? entry)
        => entry is null ? Change(VariableLine, line, adds: [])
            : EntryLine.Match(line) is { Success: true } match
                ? Change(match.Groups["parameters"].Value, entry.IsRescue ? [] : Add.Where(parameter => !entry.Has(parameter))) is var parameters && parameters == match.Groups["parameters"].Value
                    ? line
                    : $"{match.Groups["start"].Value} {parameters.Trim()}".TrimEnd()
                : Change(VariableLine, line, adds: []);

    private string Change(Regex form, string line, IEnumerable<string> adds)
        => form.Match(line) is { Success: true } match
            ? match.Groups["start"].Value + Change(match.Groups["parameters"].Value, adds) + match.Groups["end"].Value
            : line;

    private string ChangeDefaults(string text)
    {
        Match[] set = [.. text.Split('\n').Select(static line => DefaultLine.Match(line.TrimEnd('\r'))).Where(static match => match.Success)];
        KernelCommandLine known = new(string.Empty, [.. set.SelectMany(static match => match.Groups["parameters"].Value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries))]);
        string[] missing = [.. Add.Where(parameter => !known.Has(parameter))];
        bool isAdded = missing.Length == 0;
        string changed = TextEdits.ChangeLines(text, (line, _) =>
        {
            bool isForAll = !isAdded && DefaultLine.Match(line) is { Success: true } match && match.Groups["name"].Value == "GRUB_CMDLINE_LINUX" && match.Groups["quote"].Length > 0;
            isAdded |= isForAll;
            return Change(DefaultLine, line, isForAll ? missing : []);
        });
        return isAdded ? changed : TextEdits.Append(changed, $"GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX {string.Join(" ", missing)}\"");
    }

    /// <summary>GRUB's environment block always has 1,024 bytes, filled up with '#' (grub, "The GRUB environment block").</summary>
    private static string Pad(string path, string before, string after)
    {
        if (!path.EndsWith("/grubenv", StringComparison.Ordinal) || before == after)
        {
            return after;
        }

        string kept = after.TrimEnd('#');
        int length = Encoding.UTF8.GetByteCount(kept);
        return length <= EnvironmentBlock ? kept + new string('#', EnvironmentBlock - length) : before;
    }
}
