using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests;

/// <summary>A state of a guest, and what a rule makes of it.</summary>
internal sealed record RuleState(
    string Id,
    string Name,
    FindingResult Expected,
    Func<MemoryGuest, MemoryGuest> Change,
    FindingSeverity? Severity = null,
    ReadinessOptions? Options = null)
{
    /// <summary>What is changed: a ready guest of the kind that the rule is about.</summary>
    public MemoryGuest Guest => Change(RuleCatalog.Linux.Any(rule => rule.Id == Id) ? MemoryGuest.Linux() : MemoryGuest.Ready());

    public override string ToString() => $"{Id}, {Name}: {Expected}";
}
