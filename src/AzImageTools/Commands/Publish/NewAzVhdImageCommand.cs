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

/// <summary>Makes a managed image from an uploaded disk or page blob, whose OS has to be generalized, and from data disks beside it.</summary>
[Cmdlet(VerbsCommon.New, "AzVhdImage", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "New-AzVhdImage.md")]
[OutputType(typeof(CapturedImage))]
[OutputType(typeof(Job))]
public sealed class NewAzVhdImageCommand : ImageCmdlet
{
    private const string NameSet = "Name";
    private const string ResourceIdSet = "ResourceId";
    private const string InputObjectSet = "InputObject";
    private const string BlobSet = "BlobUri";

    /// <summary>The image's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ImageName, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string ImageName { get; set; } = string.Empty;

    /// <summary>The image's resource group: with -DiskName the disk's as well, with -ResourceId and -InputObject the disk's by default.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The uploaded managed disk's name.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.DiskName, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ManagedDiskCompleter))]
    public string? DiskName { get; set; }

    /// <summary>The uploaded managed disk's resource id.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Alias("DiskId")]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>An upload, as Send-AzVhd emits it, or a managed disk, as Get-AzDisk emits it.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject("an upload or a managed disk", "Send-AzVhd or Get-AzDisk", "Id", "ResourceId", "Uri", "BlobUri")]
    public PSObject? InputObject { get; set; }

    /// <summary>The address of the uploaded page blob.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.BlobUri, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public Uri? BlobUri { get; set; }

    /// <summary>Data disks of the image: what Send-AzVhd or Get-AzDisk emits, ids, addresses of page blobs beside a page blob, or tables with Lun, Id or Uri, and Caching. Numbered from 0 on by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("DataDiskId")]
    [DataDisks]
    public DataDiskSource[]? DataDisk { get; set; }

    /// <summary>The OS on the disk; the disk's own by default.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.OsType, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell(typeof(OsFamily))]
    public OsFamily? OsType { get; set; }

    /// <summary>The generation of machines made of the image; the disk's own by default.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.HyperVGeneration, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [Cell(typeof(VmGeneration))]
    public VmGeneration? HyperVGeneration { get; set; }

    /// <summary>The image's region; the disk's by default, and for a blob the resource group's.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? Location { get; set; }

    /// <summary>The storage of OS disks made of the image.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ManagedDiskSku))]
    public ManagedDiskSku? StorageAccountType { get; set; }

    /// <summary>Keeps the image in zone-redundant storage.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter ZoneResilient { get; set; }

    /// <summary>Tags for the image.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    private protected override PreparedImage Prepare()
    {
        string? id = ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId");
        string? diskId = ResourceId ?? (id?.StartsWith("/", StringComparison.Ordinal) == true ? id : null);
        Uri? blob = BlobUri;
        if (diskId is null && DiskName is null && blob is null && !Uri.TryCreate(ParameterReader.ReadText(InputObject, "Uri", "BlobUri"), UriKind.Absolute, out blob))
        {
            throw new ImageServiceException(
                "InputNotADisk",
                ErrorKind.InvalidArgument,
                "The input is neither an upload nor a managed disk: it has no resource id and no blob's address.",
                "Pipe what Send-AzVhd or Get-AzDisk emits, or use -ResourceId or -BlobUri.",
                id);
        }

        VhdImageRequest request = new()
        {
            Name = ImageName,
            ResourceGroupName = ResourceGroupName ?? ParameterReader.ReadText(InputObject, "ResourceGroupName"),
            DiskId = diskId,
            DiskName = DiskName,
            BlobUri = blob,
            DataDisks = DataDisk ?? [],
            OsType = OsType?.ToString() ?? ParameterReader.ReadText(InputObject, "OsType"),
            HyperVGeneration = HyperVGeneration?.ToString() ?? ParameterReader.ReadText(InputObject, "HyperVGeneration"),
            StorageAccountType = StorageAccountType?.ToString(),
            Location = Location,
            ZoneResilient = ZoneResilient,
            Tag = ParameterReader.ReadTags(Tag),
        };
        string? subscription = SubscriptionId;
        return new PreparedImage(
            diskId ?? DiskName ?? id ?? blob!.GetLeftPart(UriPartial.Path),
            $"image '{request.Name}' in resource group '{request.ResourceGroupName ?? ResourceGroupOf(diskId)}'",
            async (sink, context) =>
            {
                using SessionLease lease = await SessionStore.GetSessionAsync(sink, context, subscription, ImageContext).ConfigureAwait(false);
                await sink.RunPlanAsync(await new VhdImageService(lease.Session).PlanAsync(request, context).ConfigureAwait(false), context).ConfigureAwait(false);
            });
    }
}
