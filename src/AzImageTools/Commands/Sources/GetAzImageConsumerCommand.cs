using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Retire;
using AzImageTools.Session;

namespace AzImageTools.Commands.Sources;

/// <summary>
/// Finds the machines and scale sets that were made of one's own images, and the image versions and definitions with what they came from, in all subscriptions that the sign-in sees, and tells which
/// image has a newer version.
/// </summary>
[Cmdlet(VerbsCommon.Get, "AzImageConsumer", HelpUri = HelpPages.Root + "Get-AzImageConsumer.md")]
[OutputType(typeof(ImageConsumer))]
public sealed class GetAzImageConsumerCommand : ConnectedCmdlet
{
    /// <summary>The id of a managed image, an image definition or a version, or a URN of the Marketplace; of all images by default. What Get-AzImageSource emits can be piped.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Id", "ImageId")]
    [AllowNull]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>Only what has a newer version of its image, or of the image that this came from at first.</summary>
    [Parameter]
    public SwitchParameter Outdated { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        context.Log.Verbose(ImageConsumerService.Unseen);
        foreach (ImageConsumer consumer in await new ImageConsumerService(lease.Session).FindAsync(ResourceId, context).ConfigureAwait(false))
        {
            if (!Outdated || consumer.IsOutdated == true || consumer.IsBaseOutdated == true)
            {
                await sink.WriteObjectAsync(consumer).ConfigureAwait(false);
            }
        }
    }
}
