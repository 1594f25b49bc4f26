using System.Collections;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Choices;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Images;
using AzImageTools.Services.Publish;
using AzImageTools.Session;

namespace AzImageTools.Commands.Publish;

/// <summary>
/// Makes a gallery image version of an uploaded disk, a snapshot, a page blob, a virtual machine that is generalized, a managed image or another
/// version. The definition is created when it is not there. Once Azure makes the version it goes on by itself: Wait-AzImageVersion, or the same
/// command again, joins it.
/// </summary>
[Cmdlet(VerbsData.Publish, "AzImageVersion", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Publish-AzImageVersion.md")]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class PublishAzImageVersionCommand : ImageCmdlet
{
    private const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";
    private const string InputObjectSet = "InputObject";
    private const string BlobSet = "BlobUri";

    /// <summary>The gallery, which has to be there (New-AzGallery): where it lies and whom it is shared with is decided once, and not by who publishes.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryName, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string GalleryName { get; set; } = string.Empty;

    /// <summary>The image definition in the gallery; created when it is not there.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryImageDefinitionName, Position = 1, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryImageDefinitionCompleter))]
    public string GalleryImageDefinitionName { get; set; } = string.Empty;

    /// <summary>The gallery's resource group; the source's by default.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryResourceGroupName, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? GalleryResourceGroupName { get; set; }

    /// <summary>The managed disk's resource group.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The managed disk's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.DiskName, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ManagedDiskCompleter))]
    public string? DiskName { get; set; }

    /// <summary>The resource id of a managed disk, snapshot, virtual machine, managed image or gallery image version.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Alias("DiskId", "SourceImageId")]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>What to publish: an upload, as Send-AzVhd emits it; an image of New-AzVhdImage, New-AzCapturedImage or Get-AzImageSource; a disk, snapshot, virtual machine or image of Az's.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject("an upload, disk, snapshot, virtual machine or image", "Send-AzVhd, Get-AzDisk, Get-AzSnapshot, Get-AzVM or Get-AzImageSource", "Id", "ResourceId", "Uri", "BlobUri")]
    public PSObject? InputObject { get; set; }

    /// <summary>The address of a page blob, in a storage account of the gallery's subscription.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.BlobUri, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public Uri? BlobUri { get; set; }

    /// <summary>Data disks of the version, beside a disk, snapshot or page blob: what Send-AzVhd or Get-AzDisk emits, ids, addresses of page blobs beside a page blob, or tables with Lun, Id or Uri, and Caching. Numbered from 0 on by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("DataDiskId")]
    [DataDisks]
    public DataDiskSource[]? DataDisk { get; set; }

    /// <summary>
    /// A storage account in the source's region: where the definition takes neither disks nor a managed image of them (a specialized or Arm64 disk for TrustedLaunchSupported), they are copied to page
    /// blobs there, from service to service, and the version is made of those. They are deleted afterwards.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(StorageAccountCompleter))]
    public string? TemporaryStorageAccountName { get; set; }

    /// <summary>The container of those page blobs; it has to be there.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(BlobContainerCompleter))]
    public string? TemporaryContainer { get; set; }

    /// <summary>The version, such as 1.2.3; the next one by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GalleryImageVersionName", "ImageVersionName")]
    [Cell]
    [ArgumentCompleter(typeof(GalleryImageVersionCompleter))]
    public string? ImageVersion { get; set; }

    /// <summary>The publisher of a definition that is created; the gallery's name by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PublisherName")]
    [Cell]
    public string? Publisher { get; set; }

    /// <summary>The offer of a definition that is created; the OS type by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? Offer { get; set; }

    /// <summary>The SKU of a definition that is created; the definition's name by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Skus")]
    [Cell]
    public string? Sku { get; set; }

    /// <summary>The OS, where the source does not tell it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(OsFamily))]
    public OsFamily? OsType { get; set; }

    /// <summary>Generalized or specialized, where the source does not tell it: disks, snapshots and page blobs are generalized by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(OsState))]
    public OsState? OsState { get; set; }

    /// <summary>The generation, where the source does not tell it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(VmGeneration))]
    public VmGeneration? HyperVGeneration { get; set; }

    /// <summary>The architecture, where the source does not tell it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(CpuArchitecture))]
    public CpuArchitecture? Architecture { get; set; }

    /// <summary>What a definition that is created says of security; the source's own security type by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ImageSecurity))]
    public ImageSecurity? SecurityType { get; set; }

    /// <summary>The disk controllers that the image starts behind. NVMe is added to what the source tells of itself.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskController))]
    public DiskController[]? DiskControllerType { get; set; }

    /// <summary>The image has drivers for accelerated networking, whatever its source tells.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter AcceleratedNetworking { get; set; }

    /// <summary>Machines made of the image can be hibernated, whatever its source tells.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter Hibernation { get; set; }

    /// <summary>The version's own region; it has to be the source's, which is the default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? Location { get; set; }

    /// <summary>The regions to replicate the version to, beside the source's own: names, name=copies=storage, or tables as New-AzGalleryImageVersion takes them, with ReplicaCount, StorageAccountType and Encryption.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TargetRegions]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public ImageTargetRegion[]? TargetRegion { get; set; }

    /// <summary>How many copies there are in each region that says nothing else; one by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(int))]
    public int? ReplicaCount { get; set; }

    /// <summary>The storage in each region that says nothing else.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ImageStorage))]
    public ImageStorage? StorageAccountType { get; set; }

    /// <summary>Keeps the version in zone-redundant storage where nothing else is said.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter ZoneResilient { get; set; }

    /// <summary>After when the version should not be used any more; Azure tells it to those who use it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PublishingProfileEndOfLifeDate")]
    [Cell(typeof(DateTimeOffset))]
    public DateTimeOffset? EndOfLifeDate { get; set; }

    /// <summary>Machines that ask for the latest version get another.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PublishingProfileExcludeFromLatest")]
    [YesNo]
    public SwitchParameter ExcludeFromLatest { get; set; }

    /// <summary>The image that the source was once made of and its version, where the source does not tell it; kept in the tag azimagetools-base.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? BaseImage { get; set; }

    /// <summary>The CRC-64/NVME of the OS disk's bytes, as Send-AzVhd tells it; kept in the tag azimagetools-crc64.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ValidatePattern("^([0-9A-Fa-f]{16})?$")]
    public string? Crc64 { get; set; }

    /// <summary>The file of a readiness report on the source, as Export-AzImageReadinessReport writes it; its SHA-256 is kept in the tag azimagetools-readiness.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? ReadinessReportPath { get; set; }

    /// <summary>Tags for what is created.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>Adds to an image definition that is there what it lacks and the image can do (NVMe, accelerated networking, hibernation), from this version on.</summary>
    [Parameter]
    public SwitchParameter UpdateDefinition { get; set; }

    /// <summary>Returns when Azure makes the version, without waiting until it is in all its regions; Wait-AzImageVersion waits for it later.</summary>
    [Parameter]
    public SwitchParameter NoWait { get; set; }

    private protected override PreparedImage Prepare()
    {
        string? id = ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId");
        string? sourceId = ResourceId ?? (id?.StartsWith("/", StringComparison.Ordinal) == true ? id : null);
        Uri? blob = BlobUri;
        if (sourceId is null && DiskName is null && blob is null && !Uri.TryCreate(ParameterReader.ReadText(InputObject, "Uri", "BlobUri"), UriKind.Absolute, out blob))
        {
            throw new ImageServiceException(
                "InputNotASource",
                ErrorKind.InvalidArgument,
                "The input is nothing that an image version can be made of: it has no resource id and no blob's address.",
                "Pipe an upload, disk, snapshot, virtual machine, image or version, or use -ResourceId or -BlobUri.",
                id);
        }

        PublishRequest request = CreateRequest(sourceId, blob);
        string? subscription = SubscriptionId;
        return new PreparedImage(
            sourceId ?? DiskName ?? id ?? blob!.GetLeftPart(UriPartial.Path),
            DescribeTarget(request),
            async (sink, context) =>
            {
                using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, subscription, ImageContext).ConfigureAwait(false);
                PublishRequest resolved = request.ReadinessReportPath is { } path ? request with { ReadinessReportPath = await sink.ResolvePathAsync(path).ConfigureAwait(false) } : request;
                await sink.RunPlanAsync(await new PublishService(lease.Session).PlanAsync(resolved, context).ConfigureAwait(false), context).ConfigureAwait(false);
            });
    }

    /// <summary>Versions of one definition differ where they are numbered, and where each is made after the one before.</summary>
    private string? DescribeTarget(PublishRequest request)
        => request.ImageVersion is null && !AsJob
            ? null
            : $"version {request.ImageVersion ?? "to come"} of image definition '{request.GalleryImageDefinitionName}' in gallery '{request.GalleryName}' of resource group '{request.GalleryResourceGroupName ?? request.SourceResourceGroupName ?? ResourceGroupOf(request.SourceId)}'";

    private PublishRequest CreateRequest(string? sourceId, Uri? blob) => new()
    {
        SourceId = sourceId,
        DiskName = DiskName,
        SourceResourceGroupName = ResourceGroupName,
        BlobUri = blob,
        DataDisks = DataDisk ?? [],
        TemporaryStorageAccountName = TemporaryStorageAccountName,
        TemporaryContainer = TemporaryContainer,
        OsType = OsType?.ToString() ?? ParameterReader.ReadText(InputObject, "OsType"),
        OsState = OsState,
        HyperVGeneration = HyperVGeneration?.ToString() ?? ParameterReader.ReadText(InputObject, "HyperVGeneration"),
        Architecture = Architecture?.ToString(),
        SecurityType = SecurityType?.ToString(),
        Nvme = DiskControllerType?.Contains(DiskController.NVMe) == true,
        AcceleratedNetworking = AcceleratedNetworking,
        Hibernation = Hibernation,
        GalleryName = GalleryName,
        GalleryResourceGroupName = GalleryResourceGroupName,
        GalleryImageDefinitionName = GalleryImageDefinitionName,
        ImageVersion = ImageVersion,
        Publisher = Publisher,
        Offer = Offer,
        Sku = Sku,
        UpdateDefinition = UpdateDefinition,
        Location = Location,
        TargetRegions = TargetRegion ?? [],
        ReplicaCount = ReplicaCount,
        StorageAccountType = StorageAccountType?.ToString(),
        ZoneResilient = ZoneResilient,
        EndOfLifeDate = EndOfLifeDate,
        ExcludeFromLatest = ExcludeFromLatest,
        BaseImage = BaseImage,
        Checksum = Crc64 ?? ParameterReader.ReadText(InputObject, "Crc64"),
        ReadinessReportPath = ReadinessReportPath,
        NoWait = NoWait,
        Tag = ParameterReader.ReadTags(Tag),
    };
}
