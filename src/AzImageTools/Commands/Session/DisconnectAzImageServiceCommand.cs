using System.Management.Automation;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Session;

namespace AzImageTools.Commands.Session;

/// <summary>Ends the connection that Connect-AzImageService made; a sandbox and all in it is gone then.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "AzImageService")]
[OutputType(typeof(void))]
public sealed class DisconnectAzImageServiceCommand : AsyncCmdlet
{
    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        bool wasConnected = await sink.InvokeAsync(_ => SessionStore.Current.Disconnect()).ConfigureAwait(false);
        if (!wasConnected)
        {
            context.Log.Verbose("There was no connection of Connect-AzImageService.");
        }
    }
}
