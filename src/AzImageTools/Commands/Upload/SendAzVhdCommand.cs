using System.Collections;
using System.Management.Automation;
using System.Security;
using AzImageTools.Binding;
using AzImageTools.Choices;
using AzImageTools.Commands.Repair;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Disks.Repair;
using AzImageTools.Errors;
using AzImageTools.Pipeline;
using AzImageTools.Readiness.Repair;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Session;

namespace AzImageTools.Commands.Upload;

/// <summary>
/// Uploads disk images to managed disks or page blobs. Any format that Get-AzVhdInfo reads arrives as the fixed VHD that
/// Azure takes, without a copy on this machine; empty ranges are not sent, and the service checks each request's checksum.
/// What was interrupted, the same command continues.
/// </summary>
[Cmdlet(VerbsCommunications.Send, "AzVhd", SupportsShouldProcess = true, DefaultParameterSetName = DiskSet, HelpUri = HelpPages.Root + "Send-AzVhd.md")]
[OutputType(typeof(VhdUpload))]
[OutputType(typeof(Job))]
public sealed class SendAzVhdCommand : DiskPathCmdlet
{
    private const string DiskSet = "ManagedDisk";
    private const string DiskLiteralSet = "ManagedDiskLiteralPath";
    private const string BlobSet = "PageBlob";
    private const string BlobLiteralSet = "PageBlobLiteralPath";
    private const string SasSet = "SasUri";
    private const string SasLiteralSet = "SasUriLiteralPath";
    private const string ContextSet = "StorageContext";
    private const string ContextLiteralSet = "StorageContextLiteralPath";

    private VhdUploader? _uploader;
    private StorageConnection? _connection;

    /// <summary>Disk images; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Path, Position = 0, ParameterSetName = DiskSet, ValueFromPipeline = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Path, Position = 0, ParameterSetName = BlobSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Path, Position = 0, ParameterSetName = SasSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Path, Position = 0, ParameterSetName = ContextSet, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [DiskPath("StorageAccountName", "Container", "SasUri")]
    [SupportsWildcards]
    public override string[] Path { get; set; } = [];

    /// <summary>Disk images by their exact path: nothing in it is a wildcard.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.LiteralPath, ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.LiteralPath, ParameterSetName = BlobLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.LiteralPath, ParameterSetName = SasLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.LiteralPath, ParameterSetName = ContextLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "FullName")]
    [Cell]
    public override string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// Where the files are that an image needs beside itself, if they are not in its own folder, as for Get-AzVhdInfo: their folder,
    /// or the file itself. The paths that an image gives are never followed: only file names are looked for.
    /// </summary>
    [Parameter(ParameterSetName = DiskSet)]
    [Parameter(ParameterSetName = DiskLiteralSet)]
    [Parameter(ParameterSetName = BlobSet)]
    [Parameter(ParameterSetName = BlobLiteralSet)]
    [Parameter(ParameterSetName = SasSet)]
    [Parameter(ParameterSetName = SasLiteralSet)]
    [Parameter(ParameterSetName = ContextSet)]
    [Parameter(ParameterSetName = ContextLiteralSet)]
    [ValidateNotNullOrEmpty]
    public override string? ParentPath { get; set; }

    /// <summary>The resource group of the managed disk to create.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceGroupName, ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? ResourceGroupName { get; set; }

    /// <summary>The managed disk's name; the file's name without its extension by default. An existing disk is an error.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(PendingUploadCompleter))]
    public string? DiskName { get; set; }

    /// <summary>The managed disk's region; the resource group's by default.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? Location { get; set; }

    /// <summary>The managed disk's availability zone. A disk lies in one; a list, as Az cmdlets have it, holds one.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ZoneCompleter))]
    public string[]? Zone { get; set; }

    /// <summary>The managed disk's SKU, such as Premium_LRS.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(ManagedDiskSku))]
    public ManagedDiskSku? DiskSku { get; set; }

    /// <summary>The virtual machine generation; by default what the disk boots as, V2 where it boots both ways.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(VmGeneration))]
    public VmGeneration? HyperVGeneration { get; set; }

    /// <summary>The operating system; by default what is on the disk.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(OsFamily))]
    public OsFamily? OsType { get; set; }

    /// <summary>The processor architecture; by default what is on the disk.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(CpuArchitecture))]
    public CpuArchitecture? Architecture { get; set; }

    /// <summary>The managed disk's security type: Standard or TrustedLaunch. A confidential machine's disk can't be made of a disk image alone.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SecurityTypeCompleter))]
    public string? SecurityType { get; set; }

    /// <summary>The resource id of the disk encryption set whose key encrypts the managed disk.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DiskEncryptionSetId { get; set; }

    /// <summary>From where the managed disk's content may be read or written.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskNetworkAccess))]
    public DiskNetworkAccess? NetworkAccessPolicy { get; set; }

    /// <summary>The resource id of the disk access through which a private network reaches the managed disk.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DiskAccessId { get; set; }

    /// <summary>
    /// Whether each access to the managed disk's content needs a sign-in beside the signature (AzureActiveDirectory; the role is
    /// Data Operator for Managed Disks), or not (None).
    /// </summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskDataAccessAuth))]
    public DiskDataAccessAuth? DataAccessAuthMode { get; set; }

    /// <summary>Tags of the managed disk.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>The id or name of the subscription to work in; that of the connection by default.</summary>
    [Parameter(ParameterSetName = DiskSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = DiskLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = BlobLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? SubscriptionId { get; set; }

    /// <summary>The connection to work in, also of another runspace: what Connect-AzImageService or Get-AzImageContext emitted. This runspace's by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    /// <summary>The storage account of the page blob to create; with -StorageContext that of the context.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.StorageAccountName, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.StorageAccountName, ParameterSetName = BlobLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ContextLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(StorageAccountCompleter))]
    public string? StorageAccountName { get; set; }

    /// <summary>
    /// The storage account of the page blob to create, by a context of Az.Storage (New-AzStorageContext, or the Context of what
    /// Get-AzStorageAccount returns): with an account key, a SAS or the Az sign-in. Only the sign-in needs a session.
    /// </summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.StorageContext, ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.StorageContext, ParameterSetName = ContextLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Context")]
    [AnyStorageContext]
    public AzStorageContext? StorageContext { get; set; }

    /// <summary>The container of the page blob; it has to be there.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Container, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Container, ParameterSetName = BlobLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Container, ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.Container, ParameterSetName = ContextLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(BlobContainerCompleter))]
    public string? Container { get; set; }

    /// <summary>The page blob's name; the file's name with the extension .vhd by default.</summary>
    [Parameter(ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = BlobLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ContextSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = ContextLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? BlobName { get; set; }

    /// <summary>A page blob's address with a signature that allows to create and write: text, or better a SecureString. Needs no session.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.SasUri, ParameterSetName = SasSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.SasUri, ParameterSetName = SasLiteralSet, ValueFromPipelineByPropertyName = true)]
    [Secret]
    public SecureString? SasUri { get; set; }

    /// <summary>
    /// Overwrites a page blob that is there without asking; sends anew to a managed disk that an interrupted upload left, also where no
    /// journal tells of it. With -Verify, what is there already and equal to the disk image is kept. A managed disk whose upload has ended is never touched.
    /// </summary>
    [Parameter(ParameterSetName = DiskSet)]
    [Parameter(ParameterSetName = DiskLiteralSet)]
    [Parameter(ParameterSetName = BlobSet)]
    [Parameter(ParameterSetName = BlobLiteralSet)]
    [Parameter(ParameterSetName = SasSet)]
    [Parameter(ParameterSetName = SasLiteralSet)]
    [Parameter(ParameterSetName = ContextSet)]
    [Parameter(ParameterSetName = ContextLiteralSet)]
    public SwitchParameter Force { get; set; }

    /// <summary>What to read the file as, whatever its extension; with Raw its content is never looked at.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell(typeof(DiskFormat))]
    public DiskFormat? Format { get; set; }

    /// <summary>
    /// The folder for the journals by which interrupted uploads are continued; by default each lies beside its disk image,
    /// until the upload has ended.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? JournalPath { get; set; }

    /// <summary>Starts over where an interrupted upload could be continued, and where the disk has changed since.</summary>
    [Parameter]
    public SwitchParameter Restart { get; set; }

    /// <summary>
    /// What the rules for disks in Azure mean (see Test-SysprepReadiness): what fails becomes a warning (Warn, the
    /// default), the disk has to be Ready (Require), or nobody looks (None).
    /// </summary>
    [Parameter]
    public UploadReadiness Readiness { get; set; }

    /// <summary>
    /// Leaves out what the guest's file systems have as free: it reads as zeros in Azure, where the disk is then not identical
    /// to the file. Volumes that are dirty, hibernated, encrypted, with shadow copies or not known are left whole, with a warning.
    /// </summary>
    [Parameter]
    public SwitchParameter SkipFreeSpace { get; set; }

    /// <summary>
    /// Sends the disk image with the changes that are kept beside it, in NAME.azrepair (see Set-AzVhdRegistryValue), as one. An
    /// interrupted upload is continued only with the very same.
    /// </summary>
    [Parameter]
    public SwitchParameter UseRepair { get; set; }

    /// <summary>
    /// Repairs the guest on the disk image first, as Repair-AzVhd does, and sends it with all changes that are then kept beside it. The
    /// disk image itself is never written. What was repaired is in the result's Repairs, and what could not be a warning.
    /// </summary>
    [Parameter]
    public SwitchParameter Repair { get; set; }

    /// <summary>Reads everything back and compares it with what was sent. What an interrupted upload had sent without its journal telling so is then not sent again.</summary>
    [Parameter]
    public SwitchParameter Verify { get; set; }

    /// <summary>How many requests may be in flight at most. It begins with 8, adds some while that is faster, and takes some away when Azure asks for less.</summary>
    [Parameter]
    [ValidateRange(1, 256)]
    public int ThrottleLimit { get; set; } = VhdUploader.DefaultThrottleLimit;

    /// <summary>Runs in the background and returns a job.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    private protected override bool? UsesRepair => Repair ? null : UseRepair;

    private protected override bool RunsAsJob => AsJob;

    /// <summary>A job is one disk's.</summary>
    private protected override bool RunsTogether => !AsJob;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();

        // Only here may the session be asked what a path means: bodies run on other threads.
        JournalPath = JournalPath is null ? null : GetUnresolvedProviderPathFromPSPath(JournalPath);
        _uploader = new VhdUploader(ThrottleLimit, TimeProvider.System);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (AzStorageContext.TryRead(this, StorageContext, out _connection))
        {
            base.ProcessRecord();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _uploader?.Dispose();
            _uploader = null;
        }

        base.Dispose(disposing);
    }

    private protected override PreparedDisk Prepare(string path)
    {
        // All that a piped row may hold is read now: the next row has other values.
        UploadRequest request = new()
        {
            Path = path,
            Target = CreateTarget(path, _connection),
            DiskOptions = DiskOptions with { Format = Format },
            JournalPath = JournalPath,
            Restart = Restart,
            Verify = Verify,
            SkipFreeSpace = SkipFreeSpace,
            Readiness = Readiness,
        };
        (string? subscription, bool repairs) = (SubscriptionId, Repair);
        return new PreparedDisk(path, $"the {request.Target.Description}", async (sink, context)
            => await SendAsync(repairs ? await RepairAsync(request, sink, context).ConfigureAwait(false) : request, subscription, sink, context).ConfigureAwait(false));
    }

    private protected override void RunTogether(IReadOnlyList<PreparedDisk> disks)
        => Run((sink, context) => VhdUploader.RunTogetherAsync(
            disks.Select(disk => (Func<Task>)(() => disk.Body(sink, context))),
            ErrorRecords.IsExpected,
            exception => sink.WriteErrorAsync(ErrorRecords.From(exception)),
            context.Cancellation));

    private static async Task<UploadRequest> RepairAsync(UploadRequest request, IStreamSink sink, OperationContext context)
    {
        RuleRepairs repairs = new(request.Path, request.DiskOptions!, new ReadinessOptions { Purpose = ReadinessPurpose.AzureUpload }, sink, context)
        {
            Refuse = (rule, refusal) =>
            {
                sink.WriteWarning($"{request.Path}: {rule} is not repaired. {refusal.Message}");
                return Task.CompletedTask;
            },
        };
        IReadOnlyList<RepairResult> results = await repairs.RunAsync().ConfigureAwait(false);
        return request with { Repairs = results, DiskOptions = request.DiskOptions! with { UsesRepair = DiskRepair.Find(request.Path) is not null } };
    }

    private async Task SendAsync(UploadRequest request, string? subscription, IStreamSink sink, OperationContext context)
    {
        // A job goes on when the command has ended.
        using VhdUploader uploader = _uploader!.Share();
        SessionLease? lease = null;
        bool isKept = false;
        request = request with { AskToReplace = async refusal => !(isKept = !await sink.MayReplaceAsync(refusal).ConfigureAwait(false)) };
        try
        {
            using Plan<VhdUpload> plan = await uploader.PlanAsync(
                async () => (lease = await SessionStore.FindForUploadAsync(request.Target, sink, context, subscription, ImageContext).ConfigureAwait(false))?.Session, request, context).ConfigureAwait(false);
            await sink.RunPlanAsync(plan, context).ConfigureAwait(false);
        }
        catch (ImageServiceException) when (isKept)
        {
            // It tells of what the user wants to stay.
        }
        finally
        {
            lease?.Dispose();
        }
    }

    private UploadTarget CreateTarget(string path, StorageConnection? connection)
    {
        string name = System.IO.Path.GetFileNameWithoutExtension(path);
        return ParameterSetName switch
        {
            DiskSet or DiskLiteralSet => new ManagedDiskTarget(ResourceGroupName!, DiskName ?? name)
            {
                Location = Location,
                Zones = Zone ?? [],
                DiskSku = DiskSku?.ToString(),
                HyperVGeneration = HyperVGeneration?.ToString(),
                OsType = OsType?.ToString(),
                Architecture = Architecture?.ToString(),
                SecurityType = SecurityType,
                DiskEncryptionSetId = DiskEncryptionSetId,
                NetworkAccessPolicy = NetworkAccessPolicy?.ToString(),
                DiskAccessId = DiskAccessId,
                DataAccessAuthMode = DataAccessAuthMode?.ToString(),
                Force = Force,
                Tags = ParameterReader.ReadTags(Tag),
            },
            BlobSet or BlobLiteralSet => new PageBlobTarget(StorageAccountName!, Container!, BlobName ?? name + ".vhd") { Force = Force },
            ContextSet or ContextLiteralSet => connection!.RequireAccount(StorageAccountName).CreateTarget(Container!, BlobName ?? name + ".vhd", Force),
            _ => new SasTarget(SasUri!) with { Force = Force },
        };
    }
}
