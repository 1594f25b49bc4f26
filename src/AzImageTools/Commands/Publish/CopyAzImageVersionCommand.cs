using System.Collections;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Choices;
using AzImageTools.Completion;
using AzImageTools.Errors;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Retire;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Commands.Publish;

/// <summary>
/// Copies image versions into another gallery, also of another subscription or tenant, with their number, features, plan, data disks, tags, dates and regions. A definition that is
/// missing is made as the source's. Azure copies the bytes; what was begun goes on by itself, and the same command again joins it.
/// </summary>
[Cmdlet(VerbsCommon.Copy, "AzImageVersion", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Copy-AzImageVersion.md")]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class CopyAzImageVersionCommand : GalleryVersionCmdlet
{
    private readonly List<Copy> _copies = [];

    /// <summary>The gallery to copy into, which has to be there.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryName, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string DestinationGalleryName { get; set; } = string.Empty;

    /// <summary>The resource group of the gallery to copy into; that of the source by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? DestinationResourceGroupName { get; set; }

    /// <summary>The image definition to copy into, made as the source's where it is missing; one of the same name by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DestinationGalleryImageDefinitionName { get; set; }

    /// <summary>The number of the copy; the source's by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DestinationImageVersion { get; set; }

    /// <summary>The id or name of the subscription of the gallery to copy into; that of the connection by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? DestinationSubscriptionId { get; set; }

    /// <summary>The connection to copy by into another tenant, as Connect-AzImageService -TenantId emitted it: of the same user or multitenant application as -ImageContext, which sees the source.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? DestinationContext { get; set; }

    /// <summary>The publisher of a definition that is created; the source's by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PublisherName")]
    [Cell]
    public string? Publisher { get; set; }

    /// <summary>The offer of a definition that is created; the source's by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? Offer { get; set; }

    /// <summary>The SKU of a definition that is created; the source's by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Skus")]
    [Cell]
    public string? Sku { get; set; }

    /// <summary>The regions of the copy, beside the source's own, in the place of the source's: names, name=copies=storage, or tables as New-AzGalleryImageVersion takes them.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TargetRegions]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public ImageTargetRegion[]? TargetRegion { get; set; }

    /// <summary>How many copies there are in each region that says nothing else; as the source's by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(int))]
    public int? ReplicaCount { get; set; }

    /// <summary>The storage in each region that says nothing else; as the source's by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ImageStorage))]
    public ImageStorage? StorageAccountType { get; set; }

    /// <summary>After when the copy should not be used any more; the source's date by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PublishingProfileEndOfLifeDate")]
    [Cell(typeof(DateTimeOffset))]
    public DateTimeOffset? EndOfLifeDate { get; set; }

    /// <summary>Whether machines that ask for the latest version never get the copy; as the source by default.</summary>
    [Parameter]
    public bool? ExcludeFromLatest { get; set; }

    /// <summary>Tags for what is created, in the place of the source's of the same name.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>Adds to an image definition that is there what it lacks and the source can do, from this version on.</summary>
    [Parameter]
    public SwitchParameter UpdateDefinition { get; set; }

    /// <summary>Returns when Azure makes the copies, without waiting until they are in all their regions; Wait-AzImageVersion waits for them later.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        VersionChangeRequest version = ReadVersion();
        VersionCopyRequest request = new()
        {
            SourceId = version.VersionId,
            SourceResourceGroupName = version.ResourceGroupName,
            SourceGalleryName = version.GalleryName,
            SourceGalleryImageDefinitionName = version.GalleryImageDefinitionName,
            SourceImageVersion = version.ImageVersion,
            GalleryName = DestinationGalleryName,
            GalleryResourceGroupName = DestinationResourceGroupName,
            GalleryImageDefinitionName = DestinationGalleryImageDefinitionName,
            ImageVersion = DestinationImageVersion,
            Publisher = Publisher,
            Offer = Offer,
            Sku = Sku,
            TargetRegions = TargetRegion ?? [],
            ReplicaCount = ReplicaCount,
            StorageAccountType = StorageAccountType?.ToString(),
            EndOfLifeDate = EndOfLifeDate,
            ExcludeFromLatest = ExcludeFromLatest,
            Tag = ParameterReader.ReadTags(Tag),
            UpdateDefinition = UpdateDefinition,
            NoWait = NoWait,
        };
        _copies.Add(new Copy(request, SubscriptionId, DestinationSubscriptionId));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_copies.Count > 0)
        {
            Run(ProcessAsync);
        }
    }

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        using SessionLease source = await SessionStore.GetSessionAsync(sink, context, subscription: null, ImageContext).ConfigureAwait(false);
        using SessionLease destination = await SessionStore.GetSessionAsync(sink, context, subscription: null, DestinationContext ?? ImageContext).ConfigureAwait(false);
        List<(VersionCopyService, VersionCopyRequest)> copies = [];
        foreach (Copy copy in _copies)
        {
            ImageSession there = await destination.Session.InSubscriptionAsync(copy.Destination, context).ConfigureAwait(false);
            copies.Add((new VersionCopyService(await source.Session.InSubscriptionAsync(copy.Source, context).ConfigureAwait(false), there), copy.Request));
        }

        VersionCopyBatch batch = await VersionCopyBatch.PlanAsync(copies, context).ConfigureAwait(false);
        bool isConfirmed = batch.Count > 0 && await sink.ShouldProcessAsync(batch.ToString()).ConfigureAwait(false);
        foreach (Exception refusal in batch.Refused)
        {
            await ReportAsync(refusal).ConfigureAwait(false);
        }

        if (isConfirmed)
        {
            await batch.RunAsync(waits: !NoWait, sink.WriteObjectAsync, ReportAsync, context).ConfigureAwait(false);
        }

        Task ReportAsync(Exception problem) => sink.WriteErrorAsync(ErrorRecords.From(problem));
    }

    /// <param name="Request">What to copy where.</param>
    /// <param name="Source">The subscription of the source, where it is named.</param>
    /// <param name="Destination">The subscription of the gallery to copy into; null for the connection's.</param>
    private sealed record Copy(VersionCopyRequest Request, string? Source, string? Destination);
}
