using System.Management.Automation;
using System.Security;
using AzImageTools.Binding;
using AzImageTools.Completion;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Copy;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Session;

namespace AzImageTools.Commands.Upload;

/// <summary>
/// Copies a page blob, a managed disk or a snapshot within Azure: to a page blob in any account, from service to service and only what holds
/// data; or an incremental snapshot to another region or subscription. What was interrupted, the same command continues, from any machine.
/// A managed disk is no target: make one of the copy (New-AzDiskConfig -CreateOption Import for a page blob, Copy for a snapshot).
/// Of one disk's snapshots Azure copies one at a time, in the order in which they were taken: pipe them sorted by TimeCreated.
/// </summary>
[Cmdlet(VerbsCommon.Copy, "AzVhd", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Copy-AzVhd.md")]
[OutputType(typeof(VhdCopy))]
[OutputType(typeof(Job))]
public sealed class CopyAzVhdCommand : AzureVhdCmdlet
{
    private VhdCopier? _copier;

    /// <summary>The storage account of the page blob to make; with -DestinationStorageContext that of the context.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(StorageAccountCompleter))]
    public string? DestinationStorageAccountName { get; set; }

    /// <summary>The storage account of the page blob to make, by a context of Az.Storage, as Send-AzVhd takes it.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AnyStorageContext]
    public AzStorageContext? DestinationStorageContext { get; set; }

    /// <summary>The container of the page blob; it has to be there.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DestinationContainer { get; set; }

    /// <summary>The page blob's name; the disk's with the extension .vhd by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DestinationBlobName { get; set; }

    /// <summary>The address of the page blob with a signature that allows to create, read and write: text, or better a SecureString.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Secret]
    public SecureString? DestinationSasUri { get; set; }

    /// <summary>The name of the snapshot to make of an incremental snapshot.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string? DestinationSnapshotName { get; set; }

    /// <summary>The resource group of the snapshot to make.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(ResourceGroupCompleter))]
    public string? DestinationResourceGroupName { get; set; }

    /// <summary>The region of the snapshot to make; its resource group's by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(LocationCompleter))]
    public string? DestinationLocation { get; set; }

    /// <summary>The id or name of the subscription of the snapshot to make; the one to work in by default.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Cell]
    [ArgumentCompleter(typeof(SubscriptionCompleter))]
    public string? DestinationSubscriptionId { get; set; }

    /// <summary>Overwrites a page blob that is there without asking.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Starts over where an interrupted copy to a page blob could be continued.</summary>
    [Parameter]
    public SwitchParameter Restart { get; set; }

    /// <summary>Reads source and page blob on this machine, and compares each byte.</summary>
    [Parameter]
    public SwitchParameter Verify { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _copier = new VhdCopier(ThrottleLimit, TimeProvider.System);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _copier?.Dispose();
            _copier = null;
        }

        base.Dispose(disposing);
    }

    private protected override PreparedImage Prepare()
    {
        DownloadSource source = ReadSource();
        CopyRequest request = new() { Source = source, Destination = ReadDestination(source), Restart = Restart, Verify = Verify };
        string? subscription = SubscriptionId;
        return new PreparedImage(source.Description, request.Destination.Description, (sink, context) => CopyAsync(request, subscription, sink, context));
    }

    private async Task CopyAsync(CopyRequest request, string? subscription, IStreamSink sink, OperationContext context)
    {
        // A job goes on when the command has ended.
        using VhdCopier copier = _copier!.Share();
        UploadTarget? ownCredential = (request.Source as PageBlobSource)?.Blob is SasTarget or AccountKeyTarget ? (request.Destination as BlobDestination)?.Blob : null;
        using SessionLease? lease = await SessionStore.FindForUploadAsync(ownCredential, sink, context, subscription, ImageContext).ConfigureAwait(false);
        bool isKept = false;
        request = request with { AskToReplace = async refusal => !(isKept = !await sink.MayReplaceAsync(refusal).ConfigureAwait(false)) };
        try
        {
            using Plan<VhdCopy> plan = await copier.PlanAsync(lease?.Session, request, context).ConfigureAwait(false);
            await sink.RunPlanAsync(plan, context).ConfigureAwait(false);
        }
        catch (ImageServiceException) when (isKept)
        {
            // It tells of what the user wants to stay.
        }
    }

    private CopyDestination ReadDestination(DownloadSource source)
    {
        bool isBlob = DestinationStorageAccountName is not null || DestinationStorageContext is not null || DestinationSasUri is not null;
        if (isBlob == DestinationSnapshotName is not null)
        {
            throw new ImageServiceException(
                isBlob ? "DestinationAmbiguous" : "DestinationMissing",
                ErrorKind.InvalidArgument,
                isBlob ? "Both a page blob and a snapshot are named as the destination." : "Where to copy to is missing.",
                "Name a page blob (-DestinationStorageAccountName and -DestinationContainer, -DestinationStorageContext, or -DestinationSasUri), or for an incremental snapshot another (-DestinationSnapshotName, -DestinationResourceGroupName). A managed disk is made of the copy.",
                "Destination");
        }

        if (DestinationSnapshotName is { } snapshot)
        {
            return new SnapshotDestination(DestinationResourceGroupName ?? throw Missing("-DestinationResourceGroupName"), snapshot)
            {
                Location = DestinationLocation,
                SubscriptionId = DestinationSubscriptionId,
                Tags = ParameterReader.ReadTags(Tag),
            };
        }

        if (DestinationSasUri is { } sas)
        {
            return new BlobDestination(new SasTarget(sas) with { Force = Force });
        }

        string container = DestinationContainer ?? throw Missing("-DestinationContainer");
        string name = DestinationBlobName ?? source.Name + ".vhd";
        return new BlobDestination(DestinationStorageContext is { } storage
            ? storage.Read().RequireAccount(DestinationStorageAccountName).CreateTarget(container, name, Force)
            : new PageBlobTarget(DestinationStorageAccountName!, container, name) { Force = Force });
    }

    private static ImageServiceException Missing(string parameter)
        => new("DestinationMissing", ErrorKind.InvalidArgument, "Where to copy to is not told in full.", $"Give {parameter} too.", "Destination");
}
