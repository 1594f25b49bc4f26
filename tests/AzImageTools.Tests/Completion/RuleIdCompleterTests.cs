using System.Management.Automation;
using System.Management.Automation.Runspaces;
using AzImageTools.Commands.Readiness;

namespace AzImageTools.Tests.Completion;

public sealed class RuleIdCompleterTests
{
    [Theory]
    [InlineData("Get-AzImageReadinessRule CdromE")]
    [InlineData("Get-AzImageReadinessRule -Id cdrome")]
    [InlineData("Test-SysprepReadiness ./web01.vhdx -Include VhdFixed, CdromE")]
    [InlineData("Test-SysprepReadiness ./web01.vhdx -Exclude 'CdromE")]
    public void A_rule_is_completed_by_its_id_and_explained(string typed)
    {
        CompletionResult match = Assert.Single(Complete(typed));

        Assert.Equal("CdromEnabled", match.CompletionText);
        Assert.StartsWith("The CD-ROM driver starts", match.ToolTip, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Test-SysprepReadiness ./web01.vhdx -Include BashHist", 0)]
    [InlineData("Test-DeprovisionReadiness ./web01.vhdx -Include BashHist", 1)]
    [InlineData("Test-DeprovisionReadiness ./web01.vhdx -Exclude CdromE", 0)]
    [InlineData("Get-AzImageReadinessRule BashHist", 1)]
    public void A_cmdlet_completes_only_the_rules_of_its_family(string typed, int count)
        => Assert.Equal(count, Complete(typed).Count);

    private static IReadOnlyList<CompletionResult> Complete(string typed)
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.Commands.Add(new SessionStateCmdletEntry("Get-AzImageReadinessRule", typeof(GetAzImageReadinessRuleCommand), helpFileName: null));
        state.Commands.Add(new SessionStateCmdletEntry("Test-SysprepReadiness", typeof(TestSysprepReadinessCommand), helpFileName: null));
        state.Commands.Add(new SessionStateCmdletEntry("Test-DeprovisionReadiness", typeof(TestDeprovisionReadinessCommand), helpFileName: null));
        using Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        using PowerShell shell = PowerShell.Create(runspace);

        return CommandCompletion.CompleteInput(typed, typed.Length, options: null, shell).CompletionMatches;
    }
}
