using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Commands;

/// <summary>The base of cmdlets that do long work in Azure: where they do it, and whether in the background.</summary>
public abstract class AzureCmdlet : AsyncCmdlet
{
    private protected AzureCmdlet()
    {
    }

    /// <summary>The id or name of the subscription to work in; that of the connection by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? SubscriptionId { get; set; }

    /// <summary>The connection to work in, also of another runspace: what Connect-AzImageService or Get-AzImageContext emitted. This runspace's by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool RunsAsJob => AsJob;
}
