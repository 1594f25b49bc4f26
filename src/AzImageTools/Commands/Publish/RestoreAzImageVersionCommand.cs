using System.Management.Automation;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Images;
using AzImageTools.Services.Retire;
using AzImageTools.Session;

namespace AzImageTools.Commands.Publish;

/// <summary>Brings back an image version that was deleted in a gallery with soft delete, within seven days.</summary>
[Cmdlet(VerbsData.Restore, "AzImageVersion", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Restore-AzImageVersion.md")]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class RestoreAzImageVersionCommand : GalleryVersionCmdlet
{
    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        await sink.RunPlanAsync(await new VersionChangeService(lease.Session).PlanRestoreAsync(ReadVersion(), context).ConfigureAwait(false), context).ConfigureAwait(false);
    }
}
