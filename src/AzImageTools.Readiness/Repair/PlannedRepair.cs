using AzImageTools.Disks.Images;
using AzImageTools.Disks.Repair;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Repair;

/// <summary>A rule that the guest on a disk image fails, and what would set it right.</summary>
/// <param name="Finding">What came of the rule.</param>
/// <param name="Edits">What is to be changed, in this order; empty where that can't set it right.</param>
public sealed record PlannedRepair(Finding Finding, IReadOnlyList<DiskEdit> Edits)
{
    /// <summary>Why the rule can't be set right within a disk image; null where it can.</summary>
    public string? Reason { get; init; }

    /// <summary>The rules that a disk's guest fails, with their repairs.</summary>
    /// <param name="image">The disk, with the changes that are kept for it; stays open.</param>
    /// <param name="options">Which rules are asked, and what for.</param>
    /// <param name="cancellation">Stops between two rules.</param>
    /// <exception cref="ReadinessRuleException">A rule to include or exclude does not exist.</exception>
    public static IReadOnlyList<PlannedRepair> FindAll(OpenedImage image, ReadinessOptions options, CancellationToken cancellation = default)
    {
        using OfflineGuest guest = OfflineGuest.Open(image);
        ReadinessReport report = ReadinessCheck.Run(guest, options, cancellation);
        RuleContext context = new(guest, options, report.Generalization);
        Dictionary<string, ReadinessRule> rules = RuleCatalog.Select(options).ToDictionary(static rule => rule.Id, StringComparer.OrdinalIgnoreCase);
        return [.. from finding in report.Findings
            where finding.Result == FindingResult.Fail
            let rule = rules[finding.Id]
            select new PlannedRepair(finding, rule.FindRepairs(context)) { Reason = RepairReasons.Of(rule) }];
    }
}
