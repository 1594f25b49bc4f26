using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Images;
using AzImageTools.Services.Publish;
using AzImageTools.Session;

namespace AzImageTools.Commands.Publish;

/// <summary>
/// Waits until a gallery image version is in all its regions, whoever began it, and shows how far it is in each. A managed image that
/// Publish-AzImageVersion -NoWait made on the way is deleted then.
/// </summary>
[Cmdlet(VerbsLifecycle.Wait, "AzImageVersion", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Wait-AzImageVersion.md")]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class WaitAzImageVersionCommand : AzureCmdlet
{
    private const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";
    private const string InputObjectSet = "InputObject";

    /// <summary>The gallery's resource group.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The gallery.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string? GalleryName { get; set; }

    /// <summary>The image definition.</summary>
    [Parameter(Mandatory = true, Position = 2, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryImageDefinitionCompleter))]
    public string? GalleryImageDefinitionName { get; set; }

    /// <summary>The version, such as 1.2.3.</summary>
    [Parameter(Mandatory = true, Position = 3, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Alias("GalleryImageVersionName", "ImageVersionName")]
    [Cell]
    [ArgumentCompleter(typeof(GalleryImageVersionCompleter))]
    public string? ImageVersion { get; set; }

    /// <summary>The version's resource id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>A version, as Publish-AzImageVersion or Get-AzGalleryImageVersion emits it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject("a gallery image version", "Publish-AzImageVersion or Get-AzGalleryImageVersion", "Id", "ResourceId", Names = ["ResourceGroupName", "GalleryName", "GalleryImageDefinitionName", "ImageVersion"])]
    public PSObject? InputObject { get; set; }

    /// <summary>How many seconds to wait at most; without end by default. Azure goes on with the version.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(int))]
    [ValidateRange(1, int.MaxValue)]
    public int? TimeoutSec { get; set; }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        VersionWaitRequest request = new()
        {
            VersionId = ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId"),
            ResourceGroupName = ResourceGroupName ?? ParameterReader.ReadText(InputObject, "ResourceGroupName"),
            GalleryName = GalleryName ?? ParameterReader.ReadText(InputObject, "GalleryName"),
            GalleryImageDefinitionName = GalleryImageDefinitionName ?? ParameterReader.ReadText(InputObject, "GalleryImageDefinitionName"),
            ImageVersion = ImageVersion ?? ParameterReader.ReadText(InputObject, "ImageVersion"),
            Timeout = TimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, SubscriptionId, ImageContext).ConfigureAwait(false);
        await sink.RunPlanAsync(await new PublishService(lease.Session).PlanWaitAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
    }
}
