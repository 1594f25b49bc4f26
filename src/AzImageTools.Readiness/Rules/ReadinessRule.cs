using AzImageTools.Disks;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;

namespace AzImageTools.Readiness.Rules;

/// <summary>A rule of the catalogue: what should be the case, for whom, why, and how to put it right.</summary>
public sealed class ReadinessRule
{
    private readonly RuleCheck[] _checks;

    internal ReadinessRule(
        string id,
        FindingSeverity severity,
        ReadinessPurpose purpose,
        RuleScope scope,
        string title,
        string remedy,
        string source,
        params RuleCheck[] checks)
    {
        Id = id;
        Severity = severity;
        Purpose = purpose;
        Scope = scope;
        Title = title;
        Remedy = remedy;
        Source = new Uri(source);
        _checks = scope == RuleScope.WindowsServer ? [.. checks.Select(OnServersOnly)] : checks;
    }

    /// <summary>A short name that never changes.</summary>
    public string Id { get; }

    /// <summary>What should be the case.</summary>
    public string Title { get; }

    /// <summary>The gravest that a failure can be; findings tell how grave it is on their guest.</summary>
    public FindingSeverity Severity { get; }

    /// <summary>What it is needed for.</summary>
    public ReadinessPurpose Purpose { get; }

    /// <summary>Which guests it concerns.</summary>
    public RuleScope Scope { get; }

    /// <summary>Whether only a running machine can answer it.</summary>
    public bool IsLiveOnly { get; internal init; }

    /// <summary>Whether it can judge a disk on which no operating system was recognised.</summary>
    internal bool JudgesUnknownSystems { get; init; }

    /// <summary>What to run in the guest to put it right.</summary>
    public string Remedy { get; }

    /// <summary>The public page that says so.</summary>
    public Uri Source { get; }

    /// <summary>Whether what it asks for can be set right within a disk image, in a guest that is not running.</summary>
    public bool IsRepairable => Array.Exists(_checks, static check => check.Repair is not null);

    /// <summary>What sets right the checks that fail; empty where none can be.</summary>
    internal IReadOnlyList<DiskEdit> FindRepairs(RuleContext context)
        => [.. _checks.Where(check => check.Repair is not null && RuleOutcome.From(check, context).Result == FindingResult.Fail).SelectMany(check => FindRepairs(check, context)).Distinct()];

    /// <summary>What can't be looked at is not changed.</summary>
    private static DiskEdit[] FindRepairs(RuleCheck check, RuleContext context)
    {
        try
        {
            return [.. check.Repair!(context)];
        }
        catch (EvidenceUnavailableException)
        {
            return [];
        }
        catch (DiskFormatException)
        {
            return [];
        }
    }

    internal RuleOutcome Evaluate(RuleContext context) => RuleOutcome.FromAll(_checks, context);

    /// <summary>The rule's id.</summary>
    public override string ToString() => Id;

    private static RuleCheck OnServersOnly(RuleCheck check) => check with
    {
        Look = context => WindowsVersion.IsServer(context.Guest) ? check.Look(context) : RuleOutcome.NotApplicable("The guest is not a Windows Server."),
    };
}

/// <summary>Which guests a rule concerns.</summary>
public enum RuleScope : long
{
    /// <summary>Every disk image, whatever is installed on it.</summary>
    Disk,

    /// <summary>Windows, client and server.</summary>
    Windows,

    /// <summary>Windows Server.</summary>
    WindowsServer,

    /// <summary>Linux, of any distribution.</summary>
    Linux,
}

/// <summary>One look at one piece of evidence. A rule is made of one or several.</summary>
/// <param name="Severity">What it means if this look fails, or finds no evidence.</param>
/// <param name="Look">The look itself. Throws where the evidence can't be had.</param>
internal sealed record RuleCheck(FindingSeverity Severity, Func<RuleContext, RuleOutcome> Look)
{
    /// <summary>
    /// What sets it right on the disk of a guest that is not running: registry values and files, in this order; null where that can't be done so.
    /// Asked only when the look failed; what is so already is left as it is.
    /// </summary>
    public Func<RuleContext, IEnumerable<DiskEdit>>? Repair { get; init; }
}

/// <summary>What a rule may look at.</summary>
/// <param name="Guest">The machine.</param>
/// <param name="Options">What it is judged for.</param>
/// <param name="Generalization">Whether it is generalized.</param>
internal sealed record RuleContext(Guest Guest, ReadinessOptions Options, GeneralizationState Generalization)
{
    /// <summary>What several rules of Linux ask.</summary>
    public LinuxSystem Linux { get; } = new(Guest);
}
