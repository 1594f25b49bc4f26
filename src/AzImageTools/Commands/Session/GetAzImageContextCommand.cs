using System.Management.Automation;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Commands.Session;

/// <summary>Tells who this session works as, and where: the connection of Connect-AzImageService, else the Az context.</summary>
[Cmdlet(VerbsCommon.Get, "AzImageContext", HelpUri = HelpPages.Root + "Get-AzImageContext.md")]
[OutputType(typeof(ImageContext))]
public sealed class GetAzImageContextCommand : AsyncCmdlet
{
    /// <summary>The connection to work in, also of another runspace: what Connect-AzImageService or Get-AzImageContext emitted. This runspace's by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, handed: ImageContext).ConfigureAwait(false);
        await sink.WriteObjectAsync(lease.Session.Context).ConfigureAwait(false);
    }
}
