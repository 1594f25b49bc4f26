

using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Linux;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Windows;

namespace AzImageTools.Readiness;

/// <summary>All rules.</summary>
public static class RuleCatalog
{
    /// <summary>The rules of disk images, whatever is installed on them.</summary>
    public static IReadOnlyList<ReadinessRule> Disk => DiskRules.All;

    /// <summary>The rules of Windows.</summary>
    public static IReadOnlyList<ReadinessRule> Windows { get; } = [.. SysprepRules.All, .. IdentityRules.All, .. WindowsAzureRules.All];

    /// <summary>The rules of Linux.</summary>
    public static IReadOnlyList<ReadinessRule> Linux { get; } = [.. LinuxAzureRules.All, .. MarketplaceRules.All, .. DeprovisionRules.All, .. LinuxIdentityRules.All];

    /// <summary>Every rule, in the order in which reports list them.</summary>
    public static IReadOnlyList<ReadinessRule> All { get; } = [.. Disk, .. Windows, .. Linux];

    /// <summary>The rules that concern guests of a family: its own and those of disks; every rule for Unknown.</summary>
    /// <param name="family">The family.</param>
    public static IReadOnlyList<ReadinessRule> Of(GuestFamily family)
        => GuestRules.Of(family) is { } rules ? [.. All.Where(rules.Include)] : All;

    /// <summary>The rules, the catalogue's and an organisation's own, that options ask for.</summary>
    /// <param name="options">Which to take.</param>
    /// <exception cref="ReadinessRuleException">A name or pattern fits no rule.</exception>
    public static IReadOnlyList<ReadinessRule> Select(ReadinessOptions options)
        => RuleSelection.Create(options ?? throw new ArgumentNullException(nameof(options))).Rules;
}
