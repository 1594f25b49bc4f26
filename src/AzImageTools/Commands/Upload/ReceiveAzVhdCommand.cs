using System.Collections;
using System.Management.Automation;
using System.Security;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Download;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Session;

namespace AzImageTools.Commands.Upload;

/// <summary>
/// Brings a managed disk, a snapshot or a page blob down as a fixed or dynamic VHD or a VHDX. Only what holds data is brought down, several
/// ranges at a time; what was interrupted, the same command continues; the file is read back and compared, and gets its name when
/// it is whole. Save-AzVhd brings down page blobs alone, by an account key, as fixed VHDs, and begins anew after an interruption; Az has nothing
/// for disks but their address (Grant-AzDiskAccess). A disk that belongs to a machine is read through a temporary snapshot, which is
/// removed at the end in every case: take a snapshot yourself where a download is so long that it should survive an interruption.
/// </summary>
[Cmdlet(VerbsCommunications.Receive, "AzVhd", SupportsShouldProcess = true, DefaultParameterSetName = NameSet)]
[OutputType(typeof(VhdDownload))]
[OutputType(typeof(Job))]
public sealed class ReceiveAzVhdCommand : ImageCmdlet
{
    private const string NameSet = "Name";
    private const string SnapshotSet = "Snapshot";
    private const string ResourceIdSet = "ResourceId";
    private const string InputObjectSet = "InputObject";
    private const string BlobSet = "PageBlob";
    private const string BlobUriSet = "BlobUri";
    private const string SasSet = "SasUri";
    private const string ContextSet = "StorageContext";

    private VhdDownloader? _downloader;

    /// <summary>The VHD or VHDX to make, which its extension tells; or an existing folder, for a VHD with the name of the disk.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string Path { get; set; } = string.Empty;

    /// <summary>The managed disk's or snapshot's resource group.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The managed disk's name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ManagedDiskCompleter))]
    public string? DiskName { get; set; }

    /// <summary>The snapshot's name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SnapshotCompleter))]
    public string? SnapshotName { get; set; }

    /// <summary>The resource id of the managed disk or snapshot, or of a virtual machine, of which the OS disk is meant.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Alias("DiskId")]
    [Cell]
    public string? ResourceId { get; set; }

    /// <summary>A managed disk, snapshot or virtual machine, as Get-AzDisk, Get-AzSnapshot and Get-AzVM emit it, or an upload, as Send-AzVhd emits it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [ResourceObject("a managed disk, a snapshot or an upload", "Get-AzDisk, Get-AzSnapshot or Send-AzVhd", "Id", "ResourceId", "Uri", "BlobUri")]
    public PSObject? InputObject { get; set; }

    /// <summary>The storage account of the page blob; with -StorageContext that of the context.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(StorageAccountCompleter))]
    public string? StorageAccountName { get; set; }

    /// <summary>The storage account of the page blob, by a context of Az.Storage, as Send-AzVhd takes it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Context")]
    [AnyStorageContext]
    public AzStorageContext? StorageContext { get; set; }

    /// <summary>The container of the page blob.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(BlobContainerCompleter))]
    public string? Container { get; set; }

    /// <summary>The page blob's name.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? BlobName { get; set; }

    /// <summary>The page blob's address, without a signature.</summary>
    [Parameter(Mandatory = true, ParameterSetName = BlobUriSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public Uri? BlobUri { get; set; }

    /// <summary>
    /// The address of a page blob, or of a managed disk as Grant-AzDiskAccess gives it, with a signature that allows to read: text, or better a SecureString. Needs no session.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = SasSet, ValueFromPipelineByPropertyName = true)]
    [Secret]
    public SecureString? SasUri { get; set; }

    /// <summary>The disk access whose private endpoints a temporary snapshot is read through, of a disk that is open to those alone (AllowPrivate).</summary>
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DiskAccessId { get; set; }

    /// <summary>Where the temporary snapshot is made of a disk that belongs to a machine; the disk's own resource group by default.</summary>
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? TemporaryResourceGroupName { get; set; }

    /// <summary>Tags for the temporary snapshot.</summary>
    [Parameter(ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = SnapshotSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>Makes a dynamic VHD, of the blocks that hold data alone, which Hyper-V takes and Azure does not. A VHDX always is dynamic.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [YesNo]
    public SwitchParameter Dynamic { get; set; }

    /// <summary>Replaces a file that is there without asking; it stays until the new one is whole.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Starts over where an interrupted run could be continued.</summary>
    [Parameter]
    public SwitchParameter Restart { get; set; }

    /// <summary>Reads everything a second time from Azure, and compares it with the file.</summary>
    [Parameter]
    public SwitchParameter Verify { get; set; }

    /// <summary>How many requests may be in flight at most. It begins with 8, adds some while that is faster, and takes some away when Azure asks for less.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = VhdUploader.DefaultThrottleLimit;

    /// <summary>The id or name of the subscription to work in; that of the connection by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? SubscriptionId { get; set; }

    /// <summary>The connection to work in, also of another runspace: what Connect-AzImageService or Get-AzImageContext emitted. This runspace's by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool RunsAsJob => AsJob;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _downloader = new VhdDownloader(ThrottleLimit, TimeProvider.System);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _downloader?.Dispose();
            _downloader = null;
        }

        base.Dispose(disposing);
    }

    private protected override PreparedImage Prepare()
    {
        DownloadRequest request = new()
        {
            Source = ReadSource(),
            Path = GetUnresolvedProviderPathFromPSPath(Path),
            Dynamic = Dynamic,
            Force = Force,
            Restart = Restart,
            Verify = Verify,
        };
        string? subscription = SubscriptionId;

        // In a folder each has a name of its own.
        string? target = Directory.Exists(request.Path) ? null : $"file '{request.Path}'";
        return new PreparedImage(request.Source.Description, target, (sink, context) => ReceiveAsync(request, subscription, sink, context));
    }

    private async Task ReceiveAsync(DownloadRequest request, string? subscription, IStreamSink sink, OperationContext context)
    {
        // A job goes on when the command has ended.
        using VhdDownloader downloader = _downloader!.Share();
        using SessionLease? lease = await SessionStore.FindForUploadAsync((request.Source as PageBlobSource)?.Blob, sink, context, subscription, ImageContext).ConfigureAwait(false);
        bool isKept = false;
        request = request with { AskToReplace = async refusal => !(isKept = !await sink.MayReplaceAsync(refusal).ConfigureAwait(false)) };
        try
        {
            using Plan<VhdDownload> plan = await downloader.PlanAsync(lease?.Session, request, context).ConfigureAwait(false);
            await sink.RunPlanAsync(plan, context).ConfigureAwait(false);
        }
        catch (DiskException) when (isKept)
        {
            // It tells of what the user wants to stay.
        }
    }

    private DownloadSource ReadSource()
    {
        switch (ParameterSetName)
        {
            case BlobSet:
                return new PageBlobSource(new PageBlobTarget(StorageAccountName!, Container!, BlobName!));
            case BlobUriSet:
                return PageBlobSource.At(BlobUri!);
            case SasSet:
                return new PageBlobSource(new SasTarget(SasUri!));
            case ContextSet:
                return new PageBlobSource(StorageContext!.Read().RequireAccount(StorageAccountName).CreateTarget(Container!, BlobName!, force: false));
            default:
                string? id = ResourceId ?? ParameterReader.ReadText(InputObject, "Id", "ResourceId");
                return InputObject is not null && id?.StartsWith("/", StringComparison.Ordinal) != true ? ReadBlob(id) : new ManagedSource
                {
                    ResourceId = id,
                    ResourceGroupName = ResourceGroupName,
                    DiskName = DiskName,
                    SnapshotName = SnapshotName,
                    DiskAccessId = DiskAccessId,
                    TemporaryResourceGroupName = TemporaryResourceGroupName,
                    Tags = ParameterReader.ReadTags(Tag),
                };
        }
    }

    private PageBlobSource ReadBlob(string? id)
        => Uri.TryCreate(ParameterReader.ReadText(InputObject, "Uri", "BlobUri"), UriKind.Absolute, out Uri? address) ? PageBlobSource.At(address) : throw new ImageServiceException(
            "InputNotADisk",
            ErrorKind.InvalidArgument,
            "The input is no managed disk, snapshot or upload: it has no resource id and no blob's address.",
            "Pipe what Get-AzDisk, Get-AzSnapshot or Send-AzVhd emits, or use -ResourceId or -BlobUri.",
            id);
}
