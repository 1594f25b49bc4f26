using System.Collections;
using System.Management.Automation;
using System.Security;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Errors;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Session;

namespace AzImageTools.Commands.Disks;

/// <summary>
/// The base of cmdlets that read disks, side by side when all of them are known: images on this machine, and disks in Azure where they lie.
/// </summary>
public abstract class AzureDiskCmdlet : DiskPathCmdlet
{
    private protected const string ResourceIdSet = "ResourceId";
    private protected const string InputObjectSet = "InputObject";
    private protected const string BlobSet = "BlobUri";
    private protected const string SasSet = "SasUri";

    /// <summary>
    /// The resource ids of disks in Azure: managed disks, snapshots, disks of restore points, or virtual machines, of which the OS disk is read. They
    /// are read where they lie, and little of them is fetched. What belongs to a virtual machine is read through a temporary snapshot of it.
    /// </summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ResourceId, ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string[] ResourceId { get; set; } = [];

    /// <summary>A disk in Azure, as Get-AzVM, Get-AzDisk, Get-AzSnapshot or Send-AzVhd emits it.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.InputObject, ParameterSetName = InputObjectSet, ValueFromPipeline = true)]
    [DiskObject]
    public virtual PSObject? InputObject { get; set; }

    /// <summary>The address of a blob in Azure that holds a disk, which is read with the sign-in of the session.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.BlobUri, ParameterSetName = BlobSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public Uri? BlobUri { get; set; }

    /// <summary>An address with a signature that allows to read, of a blob or of a disk that was exported: text, or better a SecureString. Needs no session.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.SasUri, ParameterSetName = SasSet, ValueFromPipelineByPropertyName = true)]
    [Secret]
    public SecureString? SasUri { get; set; }

    /// <summary>Of a virtual machine, the data disk with this logical unit number in place of the OS disk.</summary>
    [Parameter(ParameterSetName = ResourceIdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [ValidateRange(0, 63)]
    public int? Lun { get; set; }

    /// <summary>
    /// The disk access through whose private endpoint a temporary snapshot is read, of a disk that can be reached through private endpoints alone: its
    /// resource id. A disk that nobody may export is refused: -EvidencePath of the Test cmdlets is the way.
    /// </summary>
    [Parameter(ParameterSetName = ResourceIdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [ValidateNotNullOrEmpty]
    public string? DiskAccessId { get; set; }

    /// <summary>The resource group for temporary snapshots; that of the disk by default. It has to be in the disk's subscription.</summary>
    [Parameter(ParameterSetName = ResourceIdSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = InputObjectSet, ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? TemporaryResourceGroupName { get; set; }

    /// <summary>Tags for temporary snapshots, such as a policy asks for.</summary>
    [Parameter(ParameterSetName = ResourceIdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [TagTable]
    public Hashtable? Tag { get; set; }

    /// <summary>
    /// How many disks are read side by side at most: 16 disks in Azure by default, and of disk images as many as this machine has processors. What is
    /// read of disk images comes in their order, once all of them are known; with 1, each is read as soon as it comes.
    /// </summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = ResourceIdSet)]
    [Parameter(ParameterSetName = InputObjectSet)]
    [ValidateRange(1, Fleet.LargestThrottleLimit)]
    public virtual int? ThrottleLimit { get; set; }

    /// <summary>The connection to work in, also of another runspace: what Connect-AzImageService or Get-AzImageContext emitted. This runspace's by default.</summary>
    [Parameter]
    [ImageContext]
    [ValidateNotNull]
    public ImageContext? ImageContext { get; set; }

    /// <summary>Reads the disk image with the changes that are kept beside it, in NAME.azrepair (see Set-AzVhdRegistryValue).</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter UseRepair { get; set; }

    private protected override bool? UsesRepair => UseRepair;

    private protected override bool RunsTogether => ThrottleLimit != 1;

    /// <summary>What the image is read as, whatever its extension; null to go by that.</summary>
    private protected virtual DiskFormat? ImageFormat => null;

    private protected override bool HasDisks => base.HasDisks || IsRemote;

    /// <summary>Whether disks in Azure were given.</summary>
    private protected virtual bool IsRemote => ParameterSetName is ResourceIdSet or BlobSet or SasSet || (ParameterSetName == InputObjectSet && InputObject is not null);

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!IsRemote)
        {
            base.ProcessRecord();
            return;
        }

        try
        {
            foreach (RemoteDiskRequest request in DescribeRemote())
            {
                RunLater(PrepareRemote(request, PrepareReading()));
            }
        }
        catch (ImageServiceException exception)
        {
            WriteError(ErrorRecords.From(exception));
        }
    }

    /// <summary>What is to be read of a disk and emitted, by the parameters as they are bound now; called on the pipeline's thread.</summary>
    /// <exception cref="ImageServiceException">The parameters can't be used so.</exception>
    private protected abstract DiskReading PrepareReading();

    /// <summary>A disk in Azure that is to be read when all of them are known.</summary>
    private protected PreparedDisk PrepareRemote(RemoteDiskRequest request, DiskReading reading)
    {
        ImageContext? handed = ImageContext;
        string name = request.ResourceId ?? request.Sas?.Uri.AbsoluteUri ?? request.BlobUri!.AbsoluteUri;
        return new PreparedDisk(name, null, (sink, context) => ReadRemoteAsync(request, handed, reading, sink, context)) { IsRemote = true };
    }

    private protected override PreparedDisk Prepare(string path)
    {
        DiskReading reading = PrepareReading();
        VirtualDiskOptions options = DiskOptions with { Format = ImageFormat };
        return new PreparedDisk(path, null, async (sink, context) =>
        {
            using OpenedImage image = OpenedImage.Open(path, options, context.Cancellation);
            await reading(new ReadDisk(image), sink, context).ConfigureAwait(false);
        });
    }

    private protected override void RunTogether(IReadOnlyList<PreparedDisk> disks) => Run(async (sink, context) =>
    {
        ILookup<bool, PreparedDisk> byPlace = disks.ToLookup(static disk => disk.IsRemote);
        await RunSideBySideAsync(byPlace[false], ThrottleLimit ?? Environment.ProcessorCount, sink, context).ConfigureAwait(false);
        await Fleet.RunAsync(
            [.. byPlace[true].Select(disk => (Func<Task>)(() => GuardAsync(sink, disk.Body, context.Cancellation)))], ThrottleLimit ?? Fleet.DefaultThrottleLimit, context).ConfigureAwait(false);
    });

    /// <summary>Opens a disk in Azure, reads it, and takes back what that took.</summary>
    private static async Task ReadRemoteAsync(RemoteDiskRequest request, ImageContext? handed, DiskReading reading, IStreamSink sink, OperationContext context)
    {
        using SessionLease? lease = await SessionStore.FindForUploadAsync(request.Sas, sink, context, subscription: null, handed).ConfigureAwait(false);
        using Plan<RemoteAccess> plan = await new RemoteDiskService(lease?.Session).PlanAsync(request, context).ConfigureAwait(false);
        if (plan.Steps.Count == 0 || await sink.ShouldProcessAsync(plan.ToString()).ConfigureAwait(false))
        {
            RemoteAccess access = await PlanRunner.RunAsync(plan, context).ConfigureAwait(false);
            RemoteDisk disk = await access.OpenAsync(context).ConfigureAwait(false);
            try
            {
                await reading(new ReadDisk(disk.Image) { IsCrashConsistent = disk.IsCrashConsistent }, sink, context).ConfigureAwait(false);
                sink.WriteVerbose(FormattableString.Invariant($"{disk.Name}: {ByteSize.Format(disk.BytesFetched)} of {ByteSize.Format(disk.Image.Source.Length)} were fetched with {disk.Requests} requests, {disk.Waits} of which were waited for."));
            }
            finally
            {
                await disk.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private IEnumerable<RemoteDiskRequest> DescribeRemote()
    {
        RemoteDiskRequest request = new()
        {
            Format = ImageFormat,
            Lun = Lun,
            DiskAccessId = DiskAccessId,
            TemporaryResourceGroupName = TemporaryResourceGroupName,
            Tags = ParameterReader.ReadTags(Tag),
        };
        return ParameterSetName switch
        {
            ResourceIdSet => ResourceId.Select(id => request with { ResourceId = id }),
            InputObjectSet when DiskObjectAttribute.ReadResourceId(InputObject) is { } id => [request with { ResourceId = id }],
            InputObjectSet => [request with { BlobUri = DiskObjectAttribute.ReadBlobUri(InputObject) }],
            BlobSet => [request with { BlobUri = BlobUri }],
            _ => [request with { Sas = new SasTarget(SasUri!) }],
        };
    }
}

/// <summary>Reads of a disk what a cmdlet is asked for, and emits it.</summary>
/// <param name="disk">The disk, which is closed afterwards.</param>
/// <param name="sink">Where to write.</param>
/// <param name="context">What services are handed.</param>
internal delegate Task DiskReading(ReadDisk disk, IStreamSink sink, OperationContext context);

/// <summary>A disk that is being read.</summary>
/// <param name="Image">The disk.</param>
internal sealed record ReadDisk(OpenedImage Image)
{
    /// <summary>Whether it may have been taken of a running machine.</summary>
    public bool IsCrashConsistent { get; init; }
}
