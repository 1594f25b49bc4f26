using AzImageTools.Disks;
using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Rules;

/// <summary>What came of a rule or of one of its checks.</summary>
/// <param name="Result">The result.</param>
/// <param name="Evidence">What was seen.</param>
/// <param name="Severity">How grave it is here; null for what the rule or check declares.</param>
internal sealed record RuleOutcome(FindingResult Result, IReadOnlyList<Observation> Evidence, FindingSeverity? Severity = null)
{
    /// <summary>Whether nobody looked: the evidence is missing, or only a running machine has it.</summary>
    public bool IsUnchecked { get; private init; }

    /// <summary>What to run here; null for what the rule says.</summary>
    public string? Remedy { get; init; }

    /// <summary>The page that says so; null for the rule's.</summary>
    public Uri? Source { get; init; }

    public static RuleOutcome Pass(params Observation[] evidence) => new(FindingResult.Pass, evidence);

    public static RuleOutcome Fail(params Observation[] evidence) => new(FindingResult.Fail, evidence);

    public static RuleOutcome NotApplicable(string reason) => new(FindingResult.NotApplicable, [new Observation(string.Empty, reason)]);

    public static RuleOutcome Undetermined(string reason) => new(FindingResult.Undetermined, [new Observation(string.Empty, reason)]) { IsUnchecked = true };

    public static RuleOutcome NotChecked(string reason) => NotApplicable(reason) with { IsUnchecked = true };

    public static RuleOutcome PassIf(bool passes, params Observation[] evidence) => passes ? Pass(evidence) : Fail(evidence);

    /// <summary>Runs a check; evidence that is missing or damaged makes it undetermined.</summary>
    public static RuleOutcome From(RuleCheck check, RuleContext context)
    {
        try
        {
            RuleOutcome outcome = check.Look(context);
            return outcome with { Severity = outcome.Severity ?? check.Severity };
        }
        catch (EvidenceUnavailableException missing)
        {
            return Undetermined(missing.Message) with { Severity = check.Severity };
        }
        catch (DiskFormatException damaged)
        {
            return Undetermined(damaged.Message) with { Severity = check.Severity };
        }
        catch (FileNotFoundException missing)
        {
            // It was there when it was looked for: a link that leads nowhere, or on a running machine a file that was deleted meanwhile.
            return Undetermined(missing.Message) with { Severity = check.Severity };
        }
    }

    /// <summary>
    /// Runs all checks and makes them one: the gravest that did not pass decides, and a failure counts before missing
    /// evidence of the same severity. So a warning never hides that a blocker could not be looked at.
    /// </summary>
    public static RuleOutcome FromAll(IReadOnlyList<RuleCheck> checks, RuleContext context)
    {
        RuleOutcome[] outcomes = [.. checks.Select(check => From(check, context))];
        RuleOutcome[] open = [.. outcomes
            .Where(outcome => outcome.Result is FindingResult.Fail or FindingResult.Undetermined)
            .OrderByDescending(outcome => outcome.Severity)
            .ThenBy(outcome => outcome.Result)];
        if (open.Length > 0)
        {
            return open[0] with { Evidence = Merge(open) };
        }

        RuleOutcome[] passed = [.. outcomes.Where(outcome => outcome.Result == FindingResult.Pass)];
        return passed.Length > 0
            ? new RuleOutcome(FindingResult.Pass, Merge(passed), passed.Max(outcome => outcome.Severity))
            : new RuleOutcome(FindingResult.NotApplicable, Merge(outcomes)) { IsUnchecked = outcomes.Any(outcome => outcome.IsUnchecked) };
    }

    /// <summary>The evidence of several checks; one reason that stopped many of them is told once.</summary>
    private static Observation[] Merge(IEnumerable<RuleOutcome> outcomes) => [.. outcomes.SelectMany(outcome => outcome.Evidence).Distinct()];
}
