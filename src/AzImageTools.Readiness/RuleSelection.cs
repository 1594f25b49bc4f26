namespace AzImageTools.Readiness;

/// <summary>Which rules are asked, and which were left out by name.</summary>
internal sealed class RuleSelection
{
    private RuleSelection(IReadOnlyList<ReadinessRule> rules, IReadOnlyList<ReadinessRule> excluded)
    {
        Rules = rules;
        Excluded = excluded;
    }

    /// <summary>The rules to ask.</summary>
    public IReadOnlyList<ReadinessRule> Rules { get; }

    /// <summary>The rules that serve the purpose and were left out.</summary>
    public IReadOnlyList<ReadinessRule> Excluded { get; }

    /// <summary>Picks the rules that options ask for.</summary>
    /// <exception cref="ReadinessRuleException">A name or pattern fits no rule, or two rules have one id.</exception>
    public static RuleSelection Create(ReadinessOptions options)
    {
        ReadinessRule[] all = [.. RuleCatalog.All, .. options.OwnRules];
        if (all.GroupBy(rule => rule.Id, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new ReadinessRuleException($"Two rules are called '{twice.Key}'. Call one of them otherwise.");
        }

        foreach (string pattern in options.Include.Concat(options.Exclude))
        {
            if (!Array.Exists(all, rule => IsMatch(pattern, rule.Id)))
            {
                throw new ReadinessRuleException($"No rule is called '{pattern}'. Get-AzImageReadinessRule lists them.");
            }
        }

        ILookup<bool, ReadinessRule> rules = all
            .Where(rule => (rule.Purpose & options.Purpose) != ReadinessPurpose.None)
            .ToLookup(rule => (options.Include.Count == 0 || options.Include.Any(pattern => IsMatch(pattern, rule.Id)))
                && !options.Exclude.Any(pattern => IsMatch(pattern, rule.Id)));
        return new RuleSelection([.. rules[true]], [.. rules[false]]);
    }

    /// <summary>Whether a name fits a pattern, in which * stands for anything and ? for one character; without regard to case.</summary>
    public static bool IsMatch(string pattern, string name)
    {
        int at = 0;
        int star = -1;
        int retry = 0;
        int index = 0;
        while (index < name.Length)
        {
            if (at < pattern.Length && pattern[at] == '*')
            {
                star = at++;
                retry = index;
            }
            else if (at < pattern.Length && (pattern[at] == '?' || char.ToUpperInvariant(pattern[at]) == char.ToUpperInvariant(name[index])))
            {
                at++;
                index++;
            }
            else if (star >= 0)
            {
                at = star + 1;
                index = ++retry;
            }
            else
            {
                return false;
            }
        }

        return pattern.Substring(at).All(character => character == '*');
    }
}
