using System.Collections;
using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Choices;
using AzImageTools.Completion;
using AzImageTools.Pipeline;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Images;
using AzImageTools.Session;

namespace AzImageTools.Commands.Capture;

/// <summary>
/// Captures a virtual machine as an image: a managed image, or a version in a gallery. The machine is deallocated and marked
/// as generalized on the way, and can't be started again; a snapshot of its OS disk is taken first.
/// </summary>
[Cmdlet(VerbsCommon.New, "AzCapturedImage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "New-AzCapturedImage.md")]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class NewAzCapturedImageCommand : ImageCmdlet
{
    private const string NameSet = "Name";
    private const string NameGallerySet = "NameGallery";
    private const string ResourceIdSet = "ResourceId";
    private const string ResourceIdGallerySet = "ResourceIdGallery";
    private const string InputObjectSet = "InputObject";
    private const string InputObjectGallerySet = "InputObjectGallery";

    /// <summary>The virtual machine's resource group.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, Position = 0, ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The virtual machine's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.VMName, Position = 1, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.VMName, Position = 1, ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(VirtualMachineCompleter))]
    public string? VMName { get; set; }

    /// <summary>The virtual machine's resource id.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>A virtual machine, as Get-AzVM emits it, or a row that names one by ResourceGroupName and VMName.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectGallerySet, ValueFromPipeline = true)]
    [ResourceObject("a virtual machine", "Get-AzVM", "Id", "ResourceId", Names = ["ResourceGroupName", "VMName"])]
    public PSObject? InputObject { get; set; }

    /// <summary>The managed image's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ImageName, Position = 2, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ImageName, Position = 2, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ImageName, Position = 2, ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? ImageName { get; set; }

    /// <summary>The managed image's resource group; the virtual machine's by default.</summary>
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ImageResourceGroupName { get; set; }

    /// <summary>The gallery to capture into. Trusted Launch, Confidential and ARM64 machines need one.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryName, ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryName, ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryName, ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string? GalleryName { get; set; }

    /// <summary>The image definition in the gallery; created when it is not there.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryImageDefinitionName, Position = 2, ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryImageDefinitionName, Position = 2, ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.GalleryImageDefinitionName, Position = 2, ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(GalleryImageDefinitionCompleter))]
    public string? GalleryImageDefinitionName { get; set; }

    /// <summary>The gallery's resource group; the virtual machine's by default.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? GalleryResourceGroupName { get; set; }

    /// <summary>The version, such as 1.2.3; the next one by default.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Alias("GalleryImageVersionName", "ImageVersionName")]
    [Cell]
    [ArgumentCompleter(typeof(GalleryImageVersionCompleter))]
    public string? ImageVersion { get; set; }

    /// <summary>The publisher of a definition that is created.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Alias("PublisherName")]
    [Cell]
    public string? Publisher { get; set; }

    /// <summary>The offer of a definition that is created.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? Offer { get; set; }

    /// <summary>The SKU of a definition that is created.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Alias("Skus")]
    [Cell]
    public string? Sku { get; set; }

    /// <summary>The generation of a definition that is created, where the machine does not tell it.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(VmGeneration))]
    public VmGeneration? HyperVGeneration { get; set; }

    /// <summary>The architecture of a definition that is created, where the machine does not tell it.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(CpuArchitecture))]
    public CpuArchitecture? Architecture { get; set; }

    /// <summary>What a definition that is created says of security; the machine's own security type by default.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ImageSecurity))]
    public ImageSecurity? SecurityType { get; set; }

    /// <summary>The disk controllers that the image starts behind. NVMe is added to what the machine and its OS disk tell of themselves.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskController))]
    public DiskController[]? DiskControllerType { get; set; }

    /// <summary>The image has drivers for accelerated networking, whatever its OS disk tells.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter AcceleratedNetworking { get; set; }

    /// <summary>Machines made of the image can be hibernated, whatever the captured one tells.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter Hibernation { get; set; }

    /// <summary>The regions to replicate a gallery version to, beside the virtual machine's own: names, name=copies=storage, or tables as New-AzGalleryImageVersion takes them, with ReplicaCount, StorageAccountType and Encryption.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [TargetRegions]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public ImageTargetRegion[]? TargetRegion { get; set; }

    /// <summary>How many copies a gallery version has in each region that says nothing else; one by default.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(int))]
    public int? ReplicaCount { get; set; }

    /// <summary>The storage of a gallery version in each region that says nothing else.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ImageStorage))]
    public ImageStorage? StorageAccountType { get; set; }

    /// <summary>After when a gallery version should not be used any more; Azure tells it to those who use it.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Alias("PublishingProfileEndOfLifeDate")]
    [Cell(typeof(DateTimeOffset))]
    public DateTimeOffset? EndOfLifeDate { get; set; }

    /// <summary>Machines that ask for the latest version get another than this gallery version.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Alias("PublishingProfileExcludeFromLatest")]
    [YesNo]
    public SwitchParameter ExcludeFromLatest { get; set; }

    /// <summary>Regions in which machines that ask for the latest version get another; in its other regions they get this gallery version.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string[]? ExcludeFromLatestIn { get; set; }

    /// <summary>Azure refuses to delete the gallery version before its end of life (-EndOfLifeDate).</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter BlockDeletion { get; set; }

    /// <summary>Generalized, which is the default; or Specialized, which leaves the virtual machine as it is.</summary>
    [Parameter(ParameterSetName = NameGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdGallerySet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectGallerySet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(OsState))]
    public OsState? OsState { get; set; }

    /// <summary>VmImage captures the OS disk and all data disks, which is the default, OsImage the OS disk alone.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ImageType))]
    public ImageType? ImageType { get; set; }

    /// <summary>The image's region; it has to be the virtual machine's, which is the default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? Location { get; set; }

    /// <summary>Keeps the image in zone-redundant storage.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter ZoneResilient { get; set; }

    /// <summary>Tags for the image.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>Adds to an image definition that is there what it lacks and the image can do (NVMe, accelerated networking, hibernation), from this version on.</summary>
    [Parameter(ParameterSetName = NameGallerySet)]
    [Parameter(ParameterSetName = ResourceIdGallerySet)]
    [Parameter(ParameterSetName = InputObjectGallerySet)]
    public SwitchParameter UpdateDefinition { get; set; }

    /// <summary>Takes no snapshot of the OS disk before the machine is generalized: there is no way back then.</summary>
    [Parameter]
    public SwitchParameter NoBackup { get; set; }

    /// <summary>Generalizes the guest first, as Invoke-AzVMGeneralization does. A guest that has stopped is only judged by its disk.</summary>
    [Parameter]
    public SwitchParameter Generalize { get; set; }

    /// <summary>With -Generalize: how many minutes the guest may take until it has stopped; by default 60 for Windows, 20 for Linux.</summary>
    [Parameter]
    [ValidateRange(1, GeneralizationRequest.MostTimeoutMinutes)]
    public int? TimeoutInMinutes { get; set; }

    /// <summary>With -Generalize: leaves out these readiness rules, by id; wildcards are allowed.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(RuleIdCompleter))]
    public string[] ExcludeRule { get; set; } = [];

    /// <summary>With -Generalize or -PreserveSource: the disk access whose private endpoints the OS disk is read through, where it is open to those alone (network access policy AllowPrivate).</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DiskAccessId { get; set; }

    /// <summary>
    /// Leaves the virtual machine as it is, running: a temporary clone of it, on copies of its disks and in a network that leads nowhere, is generalized and captured
    /// in its place. A domain controller, a cluster's node and a SQL Server of availability groups are refused.
    /// </summary>
    [Parameter]
    public SwitchParameter PreserveSource { get; set; }

    /// <summary>With -PreserveSource: the resource group for everything temporary, which has to be there; one of its own by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? TemporaryResourceGroupName { get; set; }

    /// <summary>With -PreserveSource: the subnet that the clone joins, beside the machine whose name and identity it has. It is asked about; by default the clone reaches nothing.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? SubnetId { get; set; }

    /// <summary>Captures a Windows machine that is running, although Sysprep would have stopped it: the image may not deploy.</summary>
    [Parameter]
    public SwitchParameter AllowRunning { get; set; }

    /// <summary>Does not ask, although the machine can't be started again afterwards.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>A machine that is captured as specialized, or by a clone, is not lost; but a clone beside its twin can do harm.</summary>
    internal override ConfirmImpact Impact => OsState == Services.Images.OsState.Specialized || (PreserveSource && SubnetId is null) ? ConfirmImpact.Medium : ConfirmImpact.High;

    private protected override PreparedImage Prepare()
    {
        CaptureRequest request = CreateRequest();
        string? subscription = SubscriptionId;
        return new PreparedImage(
            request.VMId ?? $"{request.VMResourceGroupName}/{request.VMName}",
            DescribeTarget(request),
            async (sink, context) =>
            {
                using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, subscription, ImageContext).ConfigureAwait(false);
                await sink.RunPlanAsync(await new CaptureService(lease.Session).PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
            });
    }

    /// <summary>Versions of one definition differ where they are numbered, and where each is made after the one before.</summary>
    private string? DescribeTarget(CaptureRequest request)
    {
        string? machineGroup = request.VMResourceGroupName ?? ResourceGroupOf(request.VMId);
        return request.GalleryName is null
            ? $"image '{request.ImageName}' in resource group '{request.ResourceGroupName ?? machineGroup}'"
            : request.ImageVersion is null && !AsJob
                ? null
                : $"version {request.ImageVersion ?? "to come"} of image definition '{request.GalleryImageDefinitionName}' in gallery '{request.GalleryName}' of resource group '{request.GalleryResourceGroupName ?? machineGroup}'";
    }

    private CaptureRequest CreateRequest() => new()
    {
        VMId = ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId"),
        VMName = VMName ?? ParameterReader.ReadText(InputObject, "VMName"),
        VMResourceGroupName = ResourceGroupName ?? ParameterReader.ReadText(InputObject, "ResourceGroupName"),
        ImageName = ImageName,
        ResourceGroupName = ImageResourceGroupName,
        ImageType = ImageType ?? Services.Images.ImageType.VmImage,
        OsState = OsState ?? Services.Images.OsState.Generalized,
        GalleryName = GalleryName,
        GalleryResourceGroupName = GalleryResourceGroupName,
        GalleryImageDefinitionName = GalleryImageDefinitionName,
        ImageVersion = ImageVersion,
        Publisher = Publisher,
        Offer = Offer,
        Sku = Sku,
        HyperVGeneration = HyperVGeneration?.ToString(),
        Architecture = Architecture?.ToString(),
        SecurityType = SecurityType?.ToString(),
        Nvme = DiskControllerType?.Contains(DiskController.NVMe) == true,
        AcceleratedNetworking = AcceleratedNetworking,
        Hibernation = Hibernation,
        UpdateDefinition = UpdateDefinition,
        EndOfLifeDate = EndOfLifeDate,
        ExcludeFromLatest = ExcludeFromLatest,
        ExcludeFromLatestIn = ExcludeFromLatestIn ?? [],
        BlockDeletion = BlockDeletion,
        NoBackup = NoBackup,
        AllowRunning = AllowRunning,
        Generalize = Generalize,
        PreserveSource = PreserveSource,
        DiskAccessId = DiskAccessId,
        TemporaryResourceGroupName = TemporaryResourceGroupName,
        SubnetId = SubnetId,
        GeneralizationTimeout = TimeoutInMinutes is { } minutes ? TimeSpan.FromMinutes(minutes) : null,
        ExcludedRules = ExcludeRule,
        Location = Location,
        TargetRegions = TargetRegion ?? [],
        ReplicaCount = ReplicaCount,
        StorageAccountType = StorageAccountType?.ToString(),
        ZoneResilient = ZoneResilient,
        Tag = ParameterReader.ReadTags(Tag),
    };
}
