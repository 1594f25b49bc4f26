using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Guests.Linux;

namespace AzImageTools.Readiness.Rules;

/// <summary>One look at one piece of evidence. A rule is made of one or several.</summary>
/// <param name="Severity">What it means if this look fails, or finds no evidence.</param>
/// <param name="Look">The look itself. Throws where the evidence can't be had.</param>
internal sealed record RuleCheck(FindingSeverity Severity, Func<RuleContext, RuleOutcome> Look);

/// <summary>What a rule may look at.</summary>
/// <param name="Guest">The machine.</param>
/// <param name="Options">What it is judged for.</param>
/// <param name="Generalization">Whether it is generalized.</param>
internal sealed record RuleContext(Guest Guest, ReadinessOptions Options, GeneralizationState Generalization)
{
    /// <summary>What several rules of Linux ask.</summary>
    public LinuxSystem Linux { get; } = new(Guest);
}
