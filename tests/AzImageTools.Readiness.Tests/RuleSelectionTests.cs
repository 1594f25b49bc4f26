using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Reports;
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

    [Theory]
    [InlineData("BashHistory")]
    [InlineData("Ssh*")]
    public void A_name_that_fits_only_rules_of_another_family_is_told(string pattern)
    {
        ReadinessRuleException told = Assert.Throws<ReadinessRuleException>(
            () => Run(MemoryGuest.Ready(), new ReadinessOptions { Family = GuestFamily.Windows, Include = ["Rdp*", pattern] }));

        Assert.Contains($"'{pattern}' is no rule of Windows", told.Message, StringComparison.Ordinal);
        Assert.Equal("RuleNotFound", told.ErrorId);
        Assert.NotEmpty(Run(MemoryGuest.Ready(), new ReadinessOptions { Include = ["Rdp*", pattern] }).Findings);
    }

    [Fact]
    public void A_pattern_that_fits_rules_of_several_families_asks_those_of_the_guest()
        => Assert.NotEmpty(Run(MemoryGuest.Ready(), new ReadinessOptions { Family = GuestFamily.Windows, Include = ["*"] }).Findings);

    [Theory]
    [InlineData(ReadinessPurpose.All, "BashHistory", null)]
    [InlineData(ReadinessPurpose.All, "RdpPort", null)]
    [InlineData(ReadinessPurpose.All, null, "*")]
    [InlineData(ReadinessPurpose.None, null, null)]
    public void An_answer_without_a_blocker_that_was_looked_at_is_Undetermined_and_says_so(ReadinessPurpose purpose, string? include, string? exclude)
    {
        ReadinessReport report = Run(MemoryGuest.Ready(), new ReadinessOptions
        {
            Purpose = purpose,
            Include = include is null ? [] : [include],
            Exclude = exclude is null ? [] : [exclude],
        });

        Assert.Equal(ReadinessVerdict.Undetermined, report.Verdict);
        Assert.Contains("no blocker looked at", report.Summary, StringComparison.Ordinal);
        Assert.Contains("No blocker was looked at", ReadinessReportFile.Format([report], ReadinessReportFormat.Html), StringComparison.Ordinal);
    }

    [Fact]
    public void A_generalized_guest_has_done_what_Sysprep_alone_asks_of_it()
        => Assert.Equal(ReadinessVerdict.Ready, Run(MemoryGuest.Generalized(), Sample.Options with { Purpose = ReadinessPurpose.Sysprep }).Verdict);

    [Fact]
    public void A_disk_without_a_system_is_judged_by_the_rules_of_the_family_that_is_asked_about()
    {
        ReadinessReport report = Run(
            MemoryGuest.Ready().WithIdentity(null).WithoutVolumes(), new ReadinessOptions { Family = GuestFamily.Windows, Purpose = ReadinessPurpose.AzureUpload });

        Assert.NotEmpty(report.Findings);
        Assert.DoesNotContain(report.Findings, static finding => RuleCatalog.Linux.Any(rule => rule.Id == finding.Id));
    }

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
