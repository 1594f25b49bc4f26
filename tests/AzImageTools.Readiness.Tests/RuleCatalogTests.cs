using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Tests;

public sealed class RuleCatalogTests
{
    private static readonly RuleState[] States = [.. DiskStates.All, .. SysprepStates.All, .. IdentityStates.All, .. AzureStates.All, .. LinuxAzureStates.All, .. MarketplaceStates.All, .. DeprovisionStates.All, .. LinuxIdentityStates.All];

    public static TheoryData<string> StateNames => [.. States.Select(state => state.ToString())];

    public static TheoryData<string> RuleIds => [.. RuleCatalog.All.Select(rule => rule.Id)];

    [Theory]
    [MemberData(nameof(StateNames))]
    public void A_rule_judges_a_state_as_the_table_says(string name)
    {
        RuleState state = Assert.Single(States, state => state.ToString() == name);

        ReadinessReport report = ReadinessCheck.Run(state.Guest, state.Options, TestContext.Current.CancellationToken);
        Finding finding = Assert.Single(report.Findings, finding => finding.Id == state.Id);

        Assert.True(state.Expected == finding.Result, finding.ToString());
        Assert.NotEmpty(finding.Evidence);
        Assert.Distinct(finding.Evidence);
        Assert.All(finding.Evidence, evidence => Assert.NotEmpty(evidence.ToString()));
        if (state.Severity is { } severity)
        {
            Assert.Equal(severity, finding.Severity);
        }
    }

    [Theory]
    [MemberData(nameof(RuleIds))]
    public void Every_rule_has_a_state_that_passes_one_that_fails_and_one_without_the_evidence(string id)
    {
        FindingResult[] results = [.. States.Where(state => state.Id == id).Select(state => state.Expected)];

        Assert.Contains(FindingResult.Pass, results);
        Assert.Contains(FindingResult.Fail, results);
        Assert.Contains(FindingResult.Undetermined, results);
    }

    [Theory]
    [MemberData(nameof(RuleIds))]
    public void Every_rule_has_a_title_a_remedy_a_purpose_and_a_public_source(string id)
    {
        ReadinessRule rule = Assert.Single(RuleCatalog.All, rule => rule.Id == id);

        Assert.NotEmpty(rule.Title);
        Assert.NotEmpty(rule.Remedy);
        Assert.NotEqual(ReadinessPurpose.None, rule.Purpose);
        Assert.Equal("https", rule.Source.Scheme);
        Assert.Contains(rule.Source.Host, new[] { "learn.microsoft.com", "github.com", "help.splunk.com", "web.mit.edu", "support.microsoft.com" });
    }

    [Fact]
    public void No_failure_is_graver_than_its_rule_declares()
    {
        foreach (RuleState state in States)
        {
            ReadinessRule rule = Assert.Single(RuleCatalog.All, rule => rule.Id == state.Id);
            Assert.True(state.Severity is null || state.Severity <= rule.Severity, state.ToString());
        }
    }
}
