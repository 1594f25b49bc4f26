using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;

namespace AzImageTools.Readiness.Tests;

public sealed class RuleSelectionTests
{
    /// <summary>Rules that no pattern meant for them shares with the catalogue, whatever joins it.</summary>
    private static readonly ReadinessRule[] OwnRules = [.. new[] { "Own.Boot", "Own.BootEms", "Own.Port" }.Select(static id => new ReadinessRule(
        id, FindingSeverity.Warning, ReadinessPurpose.AzureUpload, RuleScope.Windows, id, "none", "https://example.com/", new RuleCheck(FindingSeverity.Warning, static _ => RuleOutcome.Pass())))];

    [Theory]
    [InlineData("rdpport", "RdpPort")]
    [InlineData("own.port", "Own.Port")]
    [InlineData("*wn.port", "Own.Port")]
    [InlineData("Own.[A-D]oot", "Own.Boot")]
    [InlineData("Own.[bp]o*", "Own.Boot Own.BootEms Own.Port")]
    [InlineData("own.????*s", "Own.BootEms")]
    public void Rules_are_named_with_the_wildcards_of_PowerShell(string pattern, string ids)
        => Assert.Equal(ids.Split(' '), RuleCatalog.Select(new ReadinessOptions { Include = [pattern], OwnRules = OwnRules }).Select(static rule => rule.Id));

    [Fact]
    public void A_rule_that_is_excluded_is_not_asked_and_the_report_says_so()
    {
        MemoryGuest guest = MemoryGuest.Ready().With(WindowsKeys.Services + @"\cdrom", "Start", 4u);
        ReadinessReport report = Run(guest, new ReadinessOptions { Exclude = ["CdromEnabled"] });

        Assert.Equal(ReadinessVerdict.NotReady, Run(guest, Sample.Options).Verdict);
        Assert.Equal(ReadinessVerdict.Ready, Run(guest, Sample.Options with { Exclude = ["CdromE*"] }).Verdict);
        Assert.Equal(["CdromEnabled"], report.ExcludedRules);
        Assert.DoesNotContain(report.Findings, finding => finding.Id == "CdromEnabled");
        Assert.Contains("1 rule excluded", report.Summary, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_rules_that_are_included_are_asked_and_the_others_are_named()
    {
        ReadinessReport report = Run(MemoryGuest.Ready(), new ReadinessOptions { Include = ["Rdp*", "CdromEnabled"], Exclude = ["RdpNla"] });

        Assert.All(report.Findings, finding => Assert.True(finding.Id.StartsWith("Rdp", StringComparison.Ordinal) || finding.Id == "CdromEnabled"));
        Assert.DoesNotContain(report.Findings, finding => finding.Id == "RdpNla");
        Assert.Equal(RuleCatalog.Disk.Count + RuleCatalog.Windows.Count, report.Findings.Count + report.ExcludedRules.Count);
    }

    [Fact]
    public void A_report_without_exclusions_names_none() => Assert.Empty(Run(MemoryGuest.Ready(), new ReadinessOptions()).ExcludedRules);

    [Fact]
    public void A_name_that_fits_no_rule_is_told()
        => Assert.Contains("CdromEnabeld", Assert.Throws<ReadinessRuleException>(() => Run(MemoryGuest.Ready(), new ReadinessOptions { Exclude = ["CdromEnabeld"] })).Message, StringComparison.Ordinal);

    [Fact]
    public void A_minimum_severity_leaves_out_what_is_less_grave_and_changes_no_verdict()
    {
        MemoryGuest guest = MemoryGuest.Ready().With(WindowsKeys.Services + @"\cdrom", "Start", 4u).With(WindowsKeys.RdpListener, "PortNumber", 3390u);
        ReadinessReport blockers = Run(guest, Sample.Options with { MinimumSeverity = FindingSeverity.Blocker });
        ReadinessReport warnings = Run(guest, Sample.Options with { MinimumSeverity = FindingSeverity.Warning });

        Assert.All(blockers.Findings.Concat(blockers.NotChecked), finding => Assert.Equal(FindingSeverity.Blocker, finding.Severity));
        Assert.Equal(ReadinessVerdict.NotReady, blockers.Verdict);
        Assert.Empty(blockers.Warnings);
        Assert.Equal("RdpPort", Assert.Single(warnings.Warnings).Id);
        Assert.DoesNotContain(warnings.Findings, finding => finding.Severity == FindingSeverity.Information);
    }

    private static ReadinessReport Run(MemoryGuest guest, ReadinessOptions options) => ReadinessCheck.Run(guest, options, TestContext.Current.CancellationToken);
}
