using AzImageTools.Readiness.Linux;
using AzImageTools.Readiness.Windows;

namespace AzImageTools.Readiness;

/// <summary>All rules.</summary>
public static class RuleCatalog
{
    /// <summary>The rules of disk images, whatever is installed on them.</summary>
    public static IReadOnlyList<ReadinessRule> Disk => DiskRules.All;

    /// <summary>The rules of Windows.</summary>
    public static IReadOnlyList<ReadinessRule> Windows { get; } = [.. SysprepRules.All, .. AzureRules.All];

    /// <summary>The rules of Linux.</summary>
    public static IReadOnlyList<ReadinessRule> Linux { get; } = [.. LinuxAzureRules.All, .. DeprovisionRules.All];

    /// <summary>Every rule, in the order in which reports list them.</summary>
    public static IReadOnlyList<ReadinessRule> All { get; } = [.. Disk, .. Windows, .. Linux];
}
