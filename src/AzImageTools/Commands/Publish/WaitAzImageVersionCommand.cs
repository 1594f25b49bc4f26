using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Images;
using AzImageTools.Services.Publish;
using AzImageTools.Services.Retire;
using AzImageTools.Session;

namespace AzImageTools.Commands.Publish;

/// <summary>
/// Waits until a gallery image version is in all its regions, whoever began it, and shows how far it is in each. A managed image that
/// Publish-AzImageVersion -NoWait made on the way is deleted then.
/// </summary>
[Cmdlet(VerbsLifecycle.Wait, "AzImageVersion", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Wait-AzImageVersion.md")]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class WaitAzImageVersionCommand : GalleryVersionCmdlet
{
    /// <summary>How many seconds to wait at most; without end by default. Azure goes on with the version.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int? TimeoutSec { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        VersionChangeRequest version = ReadVersion();
        VersionWaitRequest request = new()
        {
            VersionId = version.VersionId,
            ResourceGroupName = version.ResourceGroupName,
            GalleryName = version.GalleryName,
            GalleryImageDefinitionName = version.GalleryImageDefinitionName,
            ImageVersion = version.ImageVersion,
            Timeout = TimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        await sink.RunPlanAsync(await new PublishService(lease.Session).PlanWaitAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
    }
}
