using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Repair;
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

    // The form of rules that Windows 7 and all later ones read ([MS-FASP] 2.2.37).
    private const string Allowed = "v2.10|Action=Allow|Active=TRUE|Dir=In|";

    private static readonly string[] Wanted = ["Action=Allow", "Active=TRUE", "Dir=In"];

    private static readonly string[] Profiles = ["DomainProfile", "StandardProfile", "PublicProfile"];

    /// <summary>Remote Desktop's own rule blocks, the others warn. Windows 7 and 2008 R2 have one rule for it, by another name.</summary>
    public static IEnumerable<RuleCheck> All =>
    [
        Rule(Blocker, "RemoteDesktop-UserMode-In-TCP", "RemoteDesktop-In-TCP", @"Protocol=6|LPort=3389|App=%SystemRoot%\system32\svchost.exe|Svc=termservice|Name=@FirewallAPI.dll,-28775|Desc=@FirewallAPI.dll,-28756|EmbedCtxt=@FirewallAPI.dll,-28752|"),
        Rule(Warning, "RemoteDesktop-UserMode-In-UDP", null, @"Protocol=17|LPort=3389|App=%SystemRoot%\system32\svchost.exe|Svc=termservice|Name=@FirewallAPI.dll,-28776|Desc=@FirewallAPI.dll,-28777|EmbedCtxt=@FirewallAPI.dll,-28752|"),
        Rule(Warning, "RemoteDesktop-Shadow-In-TCP", null, @"Protocol=6|App=%SystemRoot%\system32\RdpSa.exe|Name=@FirewallAPI.dll,-28778|Desc=@FirewallAPI.dll,-28779|EmbedCtxt=@FirewallAPI.dll,-28752|Edge=TRUE|Defer=App|"),
        Rule(Warning, "FPS-ICMP4-ERQ-In", "FPS-ICMP4-ERQ-In", "Protocol=1|Profile=Private|Profile=Public|ICMP4=8:*|RA4=LocalSubnet|Name=@FirewallAPI.dll,-28543|Desc=@FirewallAPI.dll,-28547|EmbedCtxt=@FirewallAPI.dll,-28502|"),
        Rule(Warning, "WINRM-HTTP-In-TCP", "WINRM-HTTP-In-TCP", "Protocol=6|Profile=Public|LPort=5985|RA4=LocalSubnet|RA6=LocalSubnet|App=System|Name=@FirewallAPI.dll,-30253|Desc=@FirewallAPI.dll,-30256|EmbedCtxt=@FirewallAPI.dll,-30267|"),
        new(Warning, JudgePlatform) { Repair = RepairPlatform },
    ];

    /// <summary>A rule lets in what it is for.</summary>
    /// <param name="severity">What it means where it does not; a firewall that is off keeps nothing out.</param>
    /// <param name="name">Its name.</param>
    /// <param name="formerName">Its name before Windows 8 and Server 2012; null where there was none.</param>
    /// <param name="definition">What Windows' own rule lets in, for where it is not there.</param>
    private static RuleCheck Rule(FindingSeverity severity, string name, string? formerName, string definition) => new(severity, context =>
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
    })
    {
        Repair = context => (WindowsVersion.GetBuild(context.Guest) < FirstBuildOf2012 ? formerName : name) is { } rule
            ? [Edit(rule, context.Guest.GetValue(Rules, rule) is string text ? LettingIn(text) : Allowed + definition)]
            : [],
    };

    /// <summary>Rules for the platform that block it or are off let it in; without one for what comes in, the pages' rule is made.</summary>
    private static IEnumerable<RegistryEdit> RepairPlatform(RuleContext context)
    {
        RegistryEdit[] turned = [.. context.Guest.GetValueNames(Rules)
            .Select(name => (Name: name, Text: context.Guest.GetValue(Rules, name) as string))
            .Where(static rule => rule.Text?.Split('|') is { } parts && parts.Contains("RA4=" + PlatformAddress, StringComparer.Ordinal) && parts.Contains("Dir=In", StringComparer.OrdinalIgnoreCase))
            .Select(static rule => Edit(rule.Name, LettingIn(rule.Text!)))];
        return turned.Length > 0 ? turned : [Edit("AzurePlatform", $"{Allowed}RA4={PlatformAddress}|Name=AzurePlatform|Edge=TRUE|")];
    }

    private static RegistryEdit Edit(string rule, string text) => RegistryCheck.Edit(Rules, rule, RegistryValueType.String, text);

    /// <summary>The rule with its action, state and direction changed, and all else kept. What it lacks is put behind the version.</summary>
    private static string LettingIn(string text)
    {
        List<string> parts = [.. text.Split('|')];
        foreach (string wanted in Wanted)
        {
            int index = parts.FindIndex(part => part.StartsWith(wanted.Substring(0, wanted.IndexOf('=') + 1), StringComparison.OrdinalIgnoreCase));
            if (index < 0)
            {
                parts.Insert(Math.Min(1, parts.Count), wanted);
            }
            else
            {
                parts[index] = wanted;
            }
        }

        return string.Join("|", parts);
    }

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
        => data is string text && text.Split('|') is var parts && Array.TrueForAll(Wanted, part => parts.Contains(part, StringComparer.OrdinalIgnoreCase));
}
