using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Retire;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Commands.Sources;

/// <summary>Finds the machines, scale sets and image versions that were made of one's own images, in all subscriptions that the sign-in sees, and tells which image has a newer version.</summary>
[Cmdlet(VerbsCommon.Get, "AzImageConsumer", HelpUri = HelpPages.Root + "Get-AzImageConsumer.md")]
[OutputType(typeof(ImageConsumer))]
public sealed class GetAzImageConsumerCommand : AsyncCmdlet
{
    /// <summary>The id of a managed image, an image definition or a version; of all images by default. What Get-AzImageSource emits can be piped.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id", "ImageId")]
    [AllowNull]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>Only what has a newer version of its image.</summary>
    [Parameter]
    public SwitchParameter Outdated { get; set; }

    /// <summary>The id or name of the subscription to work in; that of the connection by default. Consumers are found in all that its tenant shows.</summary>
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

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        context.Log.Verbose(ImageConsumerService.Unseen);
        foreach (ImageConsumer consumer in await new ImageConsumerService(lease.Session).FindAsync(ResourceId, context).ConfigureAwait(false))
        {
            if (!Outdated || consumer.IsOutdated == true)
            {
                await sink.WriteObjectAsync(consumer).ConfigureAwait(false);
            }
        }
    }
}
