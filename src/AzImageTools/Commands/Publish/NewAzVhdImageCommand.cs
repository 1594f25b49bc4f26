using System.Collections;
using System.Management.Automation;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Images;
using AzImageTools.Services.Publish;
using AzImageTools.Session;

namespace AzImageTools.Commands.Publish;

/// <summary>Makes a managed image from an uploaded disk or page blob, whose OS has to be generalized.</summary>
[Cmdlet(VerbsCommon.New, "AzVhdImage", SupportsShouldProcess = true, DefaultParameterSetName = InputObjectSet)]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class NewAzVhdImageCommand : AsyncCmdlet
{
    private const string InputObjectSet = "InputObject";
    private const string DiskSet = "ResourceId";
    private const string BlobSet = "BlobUri";

    /// <summary>The image's name.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("Name")]
    [ValidateNotNullOrEmpty]
    public string ImageName { get; set; } = string.Empty;

    /// <summary>An upload, as Send-AzVhd emits it, or a managed disk, as Get-AzDisk emits it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The uploaded managed disk's resource id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DiskSet)]
    [Alias("DiskId")]
    [ValidateNotNullOrEmpty]
    public string? ResourceId { get; set; }

    /// <summary>The address of the uploaded page blob.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BlobSet)]
    [ValidateNotNull]
    public Uri? BlobUri { get; set; }

    /// <summary>The image's resource group; the disk's by default, needed for a blob.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The image's region; the disk's by default, and for a blob the resource group's.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? Location { get; set; }

    /// <summary>The OS on the disk; the disk's own by default, needed for a blob.</summary>
    [Parameter]
    [ValidateSet("Windows", "Linux")]
    public string? OsType { get; set; }

    /// <summary>The generation of machines made of the image; the disk's own by default, needed for a blob.</summary>
    [Parameter]
    [ValidateSet("V1", "V2")]
    public string? HyperVGeneration { get; set; }

    /// <summary>The storage of OS disks made of the image, such as Premium_LRS.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? StorageAccountType { get; set; }

    /// <summary>Keeps the image in zone-redundant storage.</summary>
    [Parameter]
    public SwitchParameter ZoneResilient { get; set; }

    /// <summary>Tags for the image.</summary>
    [Parameter]
    public Hashtable? Tag { get; set; }

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool RunsAsJob => AsJob;

    private protected override async Task ProcessAsync(IStreamSink sink, OperationContext context)
    {
        VhdImageRequest request = CreateRequest();
        using SessionLease lease = await SessionStore.GetSessionAsync(sink, context).ConfigureAwait(false);
        await sink.RunPlanAsync(await new VhdImageService(lease.Session).PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
    }

    private VhdImageRequest CreateRequest()
    {
        string? id = ParameterReader.ReadText(InputObject, "Id", "ResourceId");
        string? diskId = ResourceId ?? (id?.StartsWith("/", StringComparison.Ordinal) == true ? id : null);
        Uri? blob = BlobUri;
        if (diskId is null && blob is null && !Uri.TryCreate(ParameterReader.ReadText(InputObject, "Uri", "BlobUri"), UriKind.Absolute, out blob))
        {
            throw new ImageServiceException(
                "InputNotADisk",
                ErrorKind.InvalidArgument,
                "The input is neither an upload nor a managed disk: it has no resource id and no blob's address.",
                "Pipe what Send-AzVhd or Get-AzDisk emits, or use -ResourceId or -BlobUri.",
                id);
        }

        return new VhdImageRequest
        {
            Name = ImageName,
            ResourceGroupName = ResourceGroupName ?? ParameterReader.ReadText(InputObject, "ResourceGroupName"),
            DiskId = diskId,
            BlobUri = blob,
            OsType = OsType ?? ParameterReader.ReadText(InputObject, "OsType"),
            HyperVGeneration = HyperVGeneration ?? ParameterReader.ReadText(InputObject, "HyperVGeneration"),
            StorageAccountType = StorageAccountType,
            Location = Location,
            ZoneResilient = ZoneResilient,
            Tag = ParameterReader.ReadTags(Tag),
        };
    }
}
