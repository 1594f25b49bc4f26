using System.Management.Automation;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Commands.Session;

/// <summary>Ends the connections that Connect-AzImageService made in this runspace; a sandbox and all in it is gone then.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "AzImageService", HelpUri = HelpPages.Root + "Disconnect-AzImageService.md")]
[OutputType(typeof(void))]
public sealed class DisconnectAzImageServiceCommand : AsyncCmdlet
{
    /// <summary>The one connection to end, by what Connect-AzImageService emitted; all of this runspace by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        bool wasConnected = await sink.InvokeAsync(_ => SessionStore.Current.Disconnect(ImageContext)).ConfigureAwait(false);
        if (!wasConnected)
        {
            context.Log.Verbose("There was no such connection of Connect-AzImageService.");
        }
    }
}
