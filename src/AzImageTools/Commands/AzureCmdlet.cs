using System.Management.Automation;

namespace AzImageTools.Commands;

/// <summary>The base of cmdlets that do long work in Azure: in the background, where that is asked.</summary>
public abstract class AzureCmdlet : ConnectedCmdlet
{
    private protected AzureCmdlet()
    {
    }

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool RunsAsJob => AsJob;
}
