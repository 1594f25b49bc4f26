using System.Text.RegularExpressions;
using AzImageTools.Disks;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Tables;

/// <summary>
/// Rules of an organisation's own: a table of registry, file and service checks. Nothing in it is run. docs/readiness.md tells
/// what may stand in it.
/// </summary>
public static class RuleTable
{
    private const int MaxFileBytes = 1 << 20;
    private const int MaxRules = 500;
    private const int MaxChecks = 100;
    private const string DefaultRemedy = "# No remedy is given for this rule.";

    private static readonly Regex IdPattern = new(@"^[A-Za-z][A-Za-z0-9._-]{0,63}\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <summary>Reads a table in JSON.</summary>
    /// <param name="file">The file's full path.</param>
    /// <exception cref="ReadinessRuleException">It is no table of rules; the message names the line and what is wrong there.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static IReadOnlyList<ReadinessRule> ReadJson(string file) => Parse(file, JsonTable.Parse(file, ReadBytes(file)));

    /// <summary>Reads a table's bytes, of which there may be 1 MiB.</summary>
    /// <param name="file">The file's full path.</param>
    /// <exception cref="ReadinessRuleException">It is too long for a table.</exception>
    /// <exception cref="IOException">It can't be read.</exception>
    public static byte[] ReadBytes(string file)
    {
        if (OrdinaryFile.FindHindrance(file, followsLinks: true) is { } hindrance)
        {
            throw ReadinessRuleException.InTable(file, 1, $"the file {hindrance}: give the path of a file.");
        }

        if (new FileInfo(file) is { Exists: true, Length: > MaxFileBytes })
        {
            throw ReadinessRuleException.InTable(file, 1, FormattableString.Invariant($"a table of rules has {MaxFileBytes} bytes at most."));
        }

        return File.ReadAllBytes(file);
    }

    /// <summary>Makes rules of a table that was read from any notation.</summary>
    /// <param name="file">The file's full path, for messages and as the source of rules that name none.</param>
    /// <param name="root">The table.</param>
    /// <exception cref="ReadinessRuleException">It is no table of rules; the message names the line and what is wrong there.</exception>
    public static IReadOnlyList<ReadinessRule> Parse(string file, RuleTableNode root)
    {
        TableRow table = new(file, root, "The table", "Rules");
        HashSet<string> ids = new(RuleCatalog.All.Select(rule => rule.Id), StringComparer.OrdinalIgnoreCase);
        List<ReadinessRule> rules = [];
        foreach (RuleTableNode node in table.GetList("Rules", MaxRules))
        {
            ReadinessRule rule = ParseRule(file, node);
            if (!ids.Add(rule.Id))
            {
                throw ReadinessRuleException.InTable(file, node.Line, $"there is a rule '{rule.Id}' already; rename this one.");
            }

            rules.Add(rule);
        }

        return rules;
    }

    private static ReadinessRule ParseRule(string file, RuleTableNode node)
    {
        TableRow row = new(file, node, "A rule", "Id", "Title", "Severity", "Purpose", "AppliesTo", "Remedy", "Source", "Checks");
        string id = row.GetText("Id") ?? throw row.Missing("Id");
        if (!IdPattern.IsMatch(id))
        {
            throw row.Wrong("Id", "begins with a letter and has letters, digits, '.', '_' and '-', 64 at most");
        }

        FindingSeverity severity = row.GetEnum("Severity", FindingSeverity.Warning);
        ReadinessPurpose purpose = row.GetEnum("Purpose", ReadinessPurpose.AzureUpload);
        if (purpose == ReadinessPurpose.None)
        {
            throw row.Wrong("Purpose", "is Sysprep, AzureUpload or All");
        }

        string? source = row.GetText("Source");
        if (source is not null && !(Uri.TryCreate(source, UriKind.Absolute, out Uri? address) && (address.Scheme == "https" || address.Scheme == "http")))
        {
            throw row.Wrong("Source", "is the address of a page, beginning with https:// or http://");
        }

        RuleCheck[] checks = [.. row.GetList("Checks", MaxChecks).Select(check => TableCheck.Parse(file, check, severity))];
        return new ReadinessRule(
            id,
            severity,
            purpose,
            row.GetEnum("AppliesTo", RuleScope.Windows),
            row.GetText("Title") ?? throw row.Missing("Title"),
            row.GetText("Remedy") ?? DefaultRemedy,
            source ?? new Uri(Path.GetFullPath(file)).AbsoluteUri,
            checks);
    }
}

/// <summary>A value of a table of rules, and where it stands: the same for every notation that a table may have.</summary>
/// <param name="Value">
/// A string, a long, a double, a bool, null, an <see cref="IReadOnlyList{T}"/> of nodes, or an
/// <see cref="IReadOnlyDictionary{TKey, TValue}"/> of strings to nodes.
/// </param>
/// <param name="Line">The line that it begins on, from 1.</param>
public sealed record RuleTableNode(object? Value, int Line);
