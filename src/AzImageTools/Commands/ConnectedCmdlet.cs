using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Commands;

/// <summary>The base of cmdlets that ask or do something in Azure: in which subscription, and by which connection.</summary>
public abstract class ConnectedCmdlet : AsyncCmdlet
{
    private protected ConnectedCmdlet()
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
}
