using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Windows;

/// <summary>The checks of Windows Firewall's rules: values whose text has an action, a direction and more between bars ([MS-FASP] 2.2.37).</summary>
internal static class FirewallChecks
{
    /// <summary>Where the Azure platform speaks from.</summary>
    public const string PlatformAddress = "168.63.129.16";

    private const string Rules = WindowsKeys.FirewallPolicy + @"\FirewallRules";
    private const int FirstBuildOf2012 = 9200;

    private static readonly string[] Profiles = ["DomainProfile", "StandardProfile", "PublicProfile"];

    /// <summary>Remote Desktop's own rule blocks, the others warn. Windows 7 and 2008 R2 have one rule for it, by another name.</summary>
    public static IEnumerable<RuleCheck> All =>
    [
        Rule(Blocker, "RemoteDesktop-UserMode-In-TCP", "RemoteDesktop-In-TCP"),
        Rule(Warning, "RemoteDesktop-UserMode-In-UDP", null),
        Rule(Warning, "RemoteDesktop-Shadow-In-TCP", null),
        Rule(Warning, "FPS-ICMP4-ERQ-In", "FPS-ICMP4-ERQ-In"),
        Rule(Warning, "WINRM-HTTP-In-TCP", "WINRM-HTTP-In-TCP"),
        new(Warning, JudgePlatform),
    ];

    /// <summary>A rule lets in what it is for.</summary>
    /// <param name="severity">What it means where it does not; a firewall that is off keeps nothing out.</param>
    /// <param name="name">Its name.</param>
    /// <param name="formerName">Its name before Windows 8 and Server 2012; null where there was none.</param>
    private static RuleCheck Rule(FindingSeverity severity, string name, string? formerName) => new(severity, context =>
    {
        string? rule = WindowsVersion.GetBuild(context.Guest) < FirstBuildOf2012 ? formerName : name;
        if (rule is null)
        {
            return RuleOutcome.NotApplicable($"Windows of this version has no rule {name}.");
        }

        object? text = context.Guest.GetValue(Rules, rule);
        return LetsIn(text)
            ? RuleOutcome.Pass(RegistryCheck.See(Rules, rule, text))
            : RuleOutcome.Fail(RegistryCheck.See(Rules, rule, text, "a rule with Action=Allow, Active=TRUE and Dir=In")) with { Severity = IsOff(context) ? Warning : severity };
    });

    private static RuleOutcome JudgePlatform(RuleContext context)
    {
        string? rule = context.Guest.GetValueNames(Rules).FirstOrDefault(name =>
            context.Guest.GetValue(Rules, name) is string text && LetsIn(text) && text.Split('|').Any(part => part.EndsWith("=" + PlatformAddress, StringComparison.Ordinal)));
        return rule is null
            ? RuleOutcome.Fail(new Observation(@"HKLM\" + Rules, $"no active rule lets {PlatformAddress} in"))
            : RuleOutcome.Pass(new Observation($@"HKLM\{Rules}\{rule}", $"lets {PlatformAddress} in"));
    }

    private static bool IsOff(RuleContext context)
        => Array.TrueForAll(Profiles, profile => context.Guest.GetValue($@"{WindowsKeys.FirewallPolicy}\{profile}", "EnableFirewall") is 0u);

    private static bool LetsIn(object? data)
        => data is string text && text.Split('|') is var parts && Array.TrueForAll(["Action=Allow", "Active=TRUE", "Dir=In"], part => parts.Contains(part, StringComparer.OrdinalIgnoreCase));
}
