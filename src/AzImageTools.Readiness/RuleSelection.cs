using AzImageTools.Disks.Items;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness;

/// <summary>Which rules are asked, and which were left out by name.</summary>
/// <param name="Rules">The rules to ask.</param>
/// <param name="Excluded">The rules that serve the purpose and were left out.</param>
internal sealed record RuleSelection(IReadOnlyList<ReadinessRule> Rules, IReadOnlyList<ReadinessRule> Excluded)
{
    private const string RenameOne = "Rename one of them.";
    private const string ListThem = "Get-AzImageReadinessRule lists them.";

    /// <summary>Picks the rules that options ask for.</summary>
    /// <exception cref="ReadinessRuleException">A name or pattern fits no rule of the family that is asked about, or two rules have one id.</exception>
    public static RuleSelection Create(ReadinessOptions options)
    {
        ReadinessRule[] all = [.. RuleCatalog.All, .. options.OwnRules];
        if (all.GroupBy(rule => rule.Id, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ReadinessRuleException($"Two rules have the id '{twice.Key}'. {RenameOne}") { RuleId = twice.Key, Remedy = RenameOne };
        }

        GuestRules? family = GuestRules.Of(options.Family);
        foreach (string pattern in options.Include.Concat(options.Exclude))
        {
            ReadinessRule[] named = [.. all.Where(rule => IsMatch(pattern, rule))];
            if (named.Length == 0)
            {
                throw new ReadinessRuleException($"No rule is called '{pattern}'. {ListThem}") { RuleId = pattern, Remedy = ListThem };
            }

            if (family is not null && !Array.Exists(named, family.Include))
            {
                throw new ReadinessRuleException(
                    $"'{pattern}' is no rule of {family.Family}: {named[0].Id} is one of {named[0].Scope}. Get-AzImageReadinessRule lists the rules, each with its Scope.");
            }
        }

        ILookup<bool, ReadinessRule> rules = all
            .Where(rule => (rule.Purpose & options.Purpose) != ReadinessPurpose.None)
            .ToLookup(rule => (options.Include.Count == 0 || options.Include.Any(pattern => IsMatch(pattern, rule)))
                && !options.Exclude.Any(pattern => IsMatch(pattern, rule)));
        return new RuleSelection([.. rules[true]], [.. rules[false]]);
    }

    private static bool IsMatch(string pattern, ReadinessRule rule) => new Wildcard(pattern, ignoresCase: true).Matches(rule.Id);
}
