using System.Collections;
using System.Management.Automation;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Session;

namespace AzImageTools.Commands.Capture;

/// <summary>
/// Captures a virtual machine as an image: a managed image, or a version in a gallery. The machine is deallocated and marked
/// as generalized on the way, and can't be started again; a snapshot of its OS disk is taken first.
/// </summary>
[Cmdlet(VerbsCommon.New, "AzCapturedImage", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High, DefaultParameterSetName = NameSet)]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class NewAzCapturedImageCommand : AsyncCmdlet
{
    private const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";
    private const string InputObjectSet = "InputObject";

    /// <summary>The virtual machine's resource group.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The virtual machine's name.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = NameSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(VirtualMachineCompleter))]
    public string? VMName { get; set; }

    /// <summary>The virtual machine's resource id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ResourceIdSet)]
    [Alias("VMId")]
    [ValidateNotNullOrEmpty]
    public string? ResourceId { get; set; }

    /// <summary>A virtual machine, as Get-AzVM emits it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The managed image's name; with -GalleryName the image definition's, unless -GalleryImageDefinitionName names it.</summary>
    [Parameter(Position = 2)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    public string? ImageName { get; set; }

    /// <summary>The image's resource group; the virtual machine's by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ImageResourceGroupName { get; set; }

    /// <summary>VmImage captures the OS disk and all data disks, OsImage the OS disk alone.</summary>
    [Parameter]
    public ImageType ImageType { get; set; } = ImageType.VmImage;

    /// <summary>Generalized; or Specialized, into a gallery only, which leaves the virtual machine as it is.</summary>
    [Parameter]
    public OsState OsState { get; set; } = OsState.Generalized;

    /// <summary>The gallery to capture into. Trusted Launch, Confidential and ARM64 machines need one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(GalleryCompleter))]
    public string? GalleryName { get; set; }

    /// <summary>The gallery's resource group; the image's by default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? GalleryResourceGroupName { get; set; }

    /// <summary>The image definition in the gallery; created when it is not there.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? GalleryImageDefinitionName { get; set; }

    /// <summary>The version, such as 1.2.3; the next one by default.</summary>
    [Parameter]
    [ValidatePattern(@"^\d+\.\d+\.\d+$")]
    public string? ImageVersion { get; set; }

    /// <summary>The publisher of a definition that is created.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Publisher { get; set; }

    /// <summary>The offer of a definition that is created.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Offer { get; set; }

    /// <summary>The SKU of a definition that is created.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Sku { get; set; }

    /// <summary>The image's region; it has to be the virtual machine's, which is the default.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? Location { get; set; }

    /// <summary>The regions to replicate a gallery version to, beside the virtual machine's own.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string[] TargetRegion { get; set; } = [];

    /// <summary>Keeps the image in zone-redundant storage.</summary>
    [Parameter]
    public SwitchParameter ZoneResilient { get; set; }

    /// <summary>Tags for the image.</summary>
    [Parameter]
    public Hashtable? Tag { get; set; }

    /// <summary>Takes no snapshot of the OS disk before the machine is generalized: there is no way back then.</summary>
    [Parameter]
    public SwitchParameter NoBackup { get; set; }

    /// <summary>Captures a running Windows machine, although Sysprep would have stopped it.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool RunsAsJob => AsJob;

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        CaptureRequest request = CreateRequest();
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context).ConfigureAwait(false);
        await sink.RunPlanAsync(await new CaptureService(lease.Session).PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
    }

    private CaptureRequest CreateRequest() => new()
    {
        VMId = ParameterSetName switch
        {
            InputObjectSet => ParameterReader.ReadText(InputObject, "Id", "ResourceId") ?? throw new ImageServiceException(
                "InputNotAVirtualMachine", ErrorKind.InvalidArgument, "The piped object has no resource id.", "Pipe what Get-AzVM emits, or use -ResourceGroupName and -VMName.", nameof(InputObject)),
            _ => ResourceId,
        },
        VMName = VMName,
        VMResourceGroupName = ResourceGroupName,
        ImageName = ImageName,
        ResourceGroupName = ImageResourceGroupName,
        ImageType = ImageType,
        OsState = OsState,
        GalleryName = GalleryName,
        GalleryResourceGroupName = GalleryResourceGroupName,
        GalleryImageDefinitionName = GalleryImageDefinitionName,
        ImageVersion = ImageVersion,
        Publisher = Publisher,
        Offer = Offer,
        Sku = Sku,
        NoBackup = NoBackup,
        Force = Force,
        Location = Location,
        TargetRegions = TargetRegion,
        ZoneResilient = ZoneResilient,
        Tag = ParameterReader.ReadTags(Tag),
    };
}
