using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Images;
using AzImageTools.Services.Retire;
using AzImageTools.Session;

namespace AzImageTools.Commands.Publish;

/// <summary>Changes a gallery image version: its end of life, whether machines get it as the latest, in all regions or some, and whether it may be deleted before its end of life.</summary>
[Cmdlet(VerbsCommon.Set, "AzImageVersion", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Set-AzImageVersion.md")]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class SetAzImageVersionCommand : GalleryVersionCmdlet
{
    /// <summary>When its publisher ends it. Azure goes on taking it; tools and people are told.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("EndOfLife")]
    [Cell(typeof(DateTimeOffset))]
    public DateTimeOffset? EndOfLifeDate { get; set; }

    /// <summary>Whether machines that ask for the latest version never get it.</summary>
    [Parameter]
    public bool? ExcludeFromLatest { get; set; }

    /// <summary>Regions in which machines that ask for the latest version don't get it; in its other regions they do.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string[]? ExcludeFromLatestIn { get; set; }

    /// <summary>Whether Azure refuses to delete it before its end of life.</summary>
    [Parameter]
    public bool? BlockDeletion { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        VersionChangeRequest request = ReadVersion() with { EndOfLife = EndOfLifeDate, ExcludeFromLatest = ExcludeFromLatest, ExcludeFromLatestIn = ExcludeFromLatestIn, BlockDeletion = BlockDeletion };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        await sink.RunPlanAsync(await new VersionChangeService(lease.Session).PlanChangeAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
    }
}
