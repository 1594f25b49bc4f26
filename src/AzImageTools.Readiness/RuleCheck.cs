namespace AzImageTools.Readiness;

/// <summary>One look at one piece of evidence. A rule is made of one or several.</summary>
/// <param name="Severity">What it means if this look fails, or finds no evidence.</param>
/// <param name="Look">The look itself. Throws where the evidence can't be had.</param>
internal sealed record RuleCheck(FindingSeverity Severity, Func<RuleContext, RuleOutcome> Look);
