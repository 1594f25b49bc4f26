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
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.Commands.Add(new SessionStateCmdletEntry("Get-AzImageReadinessRule", typeof(GetAzImageReadinessRuleCommand), helpFileName: null));
        state.Commands.Add(new SessionStateCmdletEntry("Test-SysprepReadiness", typeof(TestSysprepReadinessCommand), helpFileName: null));
        using Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Open();
        using PowerShell shell = PowerShell.Create(runspace);

        CompletionResult match = Assert.Single(CommandCompletion.CompleteInput(typed, typed.Length, options: null, shell).CompletionMatches);

        Assert.Equal("CdromEnabled", match.CompletionText);
        Assert.StartsWith("The CD-ROM driver starts", match.ToolTip, StringComparison.Ordinal);
    }
}
