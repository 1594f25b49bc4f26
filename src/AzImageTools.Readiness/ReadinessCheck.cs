using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness;

/// <summary>Judges a guest by the rules of the catalogue.</summary>
public static class ReadinessCheck
{
    private const string NoSystem = "No operating system was recognised.";

    /// <summary>
    /// Judges a guest. Whatever the guest holds, it is judged: what is missing or damaged makes findings Undetermined and
    /// throws nothing.
    /// </summary>
    /// <param name="guest">The guest.</param>
    /// <param name="options">What to judge it for; null for both purposes.</param>
    /// <param name="cancellationToken">Stops between two rules.</param>
    /// <exception cref="ReadinessRuleException">A rule to include or exclude does not exist.</exception>
    public static ReadinessReport Run(Guest guest, ReadinessOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (guest is null)
        {
            throw new ArgumentNullException(nameof(guest));
        }

        options ??= new ReadinessOptions();
        RuleSelection selection = RuleSelection.Create(options);
        DateTimeOffset start = options.TimeProvider.GetUtcNow();
        long began = options.TimeProvider.GetTimestamp();
        GuestRules? rules = GuestRules.Of(guest);
        RuleContext context = new(guest, options, GeneralizationState.Undetermined);
        Generalization generalization = rules?.Judge(context)
            ?? new Generalization(GeneralizationState.Undetermined, [new Observation(string.Empty, guest.Identity is null ? NoSystem : "No rule knows this operating system.")]);
        context = context with { Generalization = generalization.State };
        ReadinessPurpose purpose = rules?.Narrow(options.Purpose) ?? options.Purpose;
        List<string> problems = [.. guest.Problems];
        if (rules?.IsMissed(options.Purpose) == true)
        {
            problems.Add($"The guest runs {rules.Family}, which is generalized by {ReadinessSummary.DescribePurpose(rules.Generalizing)}, not by what was asked for.");
        }

        // Where no system is recognised, the rules of the family that is asked about answer; BitLocker may be why it is not.
        GuestRules? asked = rules ?? GuestRules.Of(options.Family) ?? GuestRules.Of(options.Purpose);
        bool IsAsked(ReadinessRule rule) => (rule.Purpose & purpose) != ReadinessPurpose.None && asked?.Include(rule) != false;

        List<Finding> findings = [];
        List<Finding> notChecked = [];
        bool isAnswered = false;
        foreach (ReadinessRule rule in selection.Rules.Where(IsAsked))
        {
            cancellationToken.ThrowIfCancellationRequested();
            RuleOutcome outcome = Skip(rule, context) ?? rule.Evaluate(context);
            Finding finding = ToFinding(rule, outcome);
            findings.Add(finding);
            isAnswered |= finding.Severity == FindingSeverity.Blocker && (finding.Result == FindingResult.Pass || IsSettled(rule, context));
            if (outcome.IsUnchecked)
            {
                notChecked.Add(finding);
            }
        }

        return new ReadinessReport
        {
            Target = guest.Target,
            Guest = guest.Identity,
            Purpose = purpose,
            Verdict = ToVerdict(isAnswered && rules is not null && problems.Count == 0, findings),
            Generalization = generalization.State,
            GeneralizationEvidence = generalization.Evidence,
            Findings = [.. findings.Where(finding => finding.Severity >= options.MinimumSeverity)],
            NotChecked = [.. notChecked.Where(finding => finding.Severity >= options.MinimumSeverity)],
            ExcludedRules = [.. selection.Excluded.Where(IsAsked).Select(rule => rule.Id)],
            Disk = guest.Disk,
            StartTime = start,
            Duration = options.TimeProvider.GetElapsedTime(began),
            Problems = problems,
            BytesRead = guest.BytesRead,
        };
    }

    /// <summary>Why a rule is not asked about a guest; null where it is.</summary>
    private static RuleOutcome? Skip(ReadinessRule rule, RuleContext context)
    {
        Guest guest = context.Guest;
        if (rule.Scope == RuleScope.Disk)
        {
            return guest.IsLive && guest.Disk is null ? RuleOutcome.NotApplicable("A running machine is not judged as a disk image.") : null;
        }

        if (GuestRules.Of(guest) is null)
        {
            return rule.JudgesUnknownSystems ? null : RuleOutcome.Undetermined(NoSystem);
        }

        if (IsSettled(rule, context))
        {
            return RuleOutcome.NotApplicable("The guest is generalized already.");
        }

        return rule.IsLiveOnly && !guest.IsLive ? RuleOutcome.NotChecked("Only the running machine shows this.") : null;
    }

    /// <summary>Whether what a rule asks for has happened: its guest is generalized.</summary>
    private static bool IsSettled(ReadinessRule rule, RuleContext context)
        => rule.Purpose == ReadinessPurpose.Sysprep && context.Generalization == GeneralizationState.Generalized;

    private static Finding ToFinding(ReadinessRule rule, RuleOutcome outcome) => new()
    {
        Id = rule.Id,
        Title = rule.Title,
        Severity = outcome.Severity ?? rule.Severity,
        Result = outcome.Result,
        Evidence = outcome.Evidence,
        Remedy = outcome.Remedy ?? rule.Remedy,
        Source = outcome.Source ?? rule.Source,
    };

    /// <summary>
    /// A guest of a kind that no rule knows is never ready, however good its disk is; nor is one whose evidence may be
    /// stale, or that something else was asked of; nor one of which no blocker was looked at: an answer never rests on nothing.
    /// </summary>
    private static ReadinessVerdict ToVerdict(bool isAnswered, List<Finding> findings)
    {
        bool HasBlocker(FindingResult result) => findings.Exists(finding => finding.Severity == FindingSeverity.Blocker && finding.Result == result);

        if (HasBlocker(FindingResult.Fail))
        {
            return ReadinessVerdict.NotReady;
        }

        return isAnswered && !HasBlocker(FindingResult.Undetermined) ? ReadinessVerdict.Ready : ReadinessVerdict.Undetermined;
    }
}
