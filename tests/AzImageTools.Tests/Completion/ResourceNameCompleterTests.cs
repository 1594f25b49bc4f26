using System.Management.Automation;
using System.Management.Automation.Runspaces;
using AzImageTools.Commands.Capture;
using AzImageTools.Commands.Session;

namespace AzImageTools.Tests.Completion;

public sealed class ResourceNameCompleterTests : IDisposable
{
    private readonly Runspace _runspace;

    public ResourceNameCompleterTests()
    {
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.Commands.Add(new SessionStateCmdletEntry("Connect-AzImageService", typeof(ConnectAzImageServiceCommand), helpFileName: null));
        state.Commands.Add(new SessionStateCmdletEntry("New-AzCapturedImage", typeof(NewAzCapturedImageCommand), helpFileName: null));
        _runspace = RunspaceFactory.CreateRunspace(state);
        _runspace.Open();
    }

    [Theory]
    [InlineData("New-AzCapturedImage -ResourceGroupName sand", "sandbox-rg")]
    [InlineData("New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName Win", "win-vm")]
    [InlineData("New-AzCapturedImage -ResourceGroupName sandbox-rg -GalleryName sandb", "sandboxGallery")]
    [InlineData("New-AzCapturedImage -Location westeu", "westeurope")]
    public void A_name_is_completed_from_the_subscription(string typed, string expected)
    {
        Run("Connect-AzImageService -Sandbox");
        Assert.Contains(expected, CompleteAgain(typed));
    }

    [Fact]
    public void A_machine_of_another_resource_group_is_not_offered()
    {
        Run("Connect-AzImageService -Sandbox");
        Assert.NotEmpty(CompleteAgain("New-AzCapturedImage -ResourceGroupName sandbox-rg -VMName win"));
        Assert.DoesNotContain("win-vm", Complete("New-AzCapturedImage -ResourceGroupName elsewhere -VMName win"));
    }

    [Fact]
    public void Nothing_is_offered_where_nobody_is_connected()
        => Assert.DoesNotContain("sandbox-rg", Complete("New-AzCapturedImage -ResourceGroupName sand"));

    public void Dispose() => _runspace.Dispose();

    private void Run(string script)
    {
        using PowerShell shell = PowerShell.Create(_runspace);
        shell.AddScript(script).Invoke();
        Assert.Empty(shell.Streams.Error);
    }

    // What takes longer than a user waits is offered at a later attempt.
    private IEnumerable<string> CompleteAgain(string typed)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            if (Complete(typed) is var names && names.Any())
            {
                return names;
            }
        }

        return [];
    }

    private IEnumerable<string> Complete(string typed)
    {
        using PowerShell shell = PowerShell.Create(_runspace);
        return [.. CommandCompletion.CompleteInput(typed, typed.Length, options: null, shell).CompletionMatches.Select(match => match.CompletionText)];
    }
}
