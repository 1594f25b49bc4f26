using System.Management.Automation;
using AzImageTools.Binding;
using AzImageTools.Disks;
using AzImageTools.Pipeline;
using AzImageTools.Services;
using AzImageTools.Services.Download;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Session;

namespace AzImageTools.Commands.Upload;

/// <summary>
/// Brings a managed disk, a snapshot or a page blob down as a fixed or dynamic VHD or a VHDX. Only what holds data is brought down, several
/// ranges at a time; what was interrupted, the same command continues; the file is read back and compared, and gets its name when
/// it is whole. Save-AzVhd brings down page blobs alone, by an account key, as fixed VHDs, and begins anew after an interruption; Az has nothing
/// for disks but their address (Grant-AzDiskAccess). A disk that belongs to a machine is read through a temporary snapshot, which is
/// removed at the end in every case: take a snapshot yourself where a download is so long that it should survive an interruption.
/// </summary>
[Cmdlet(VerbsCommunications.Receive, "AzVhd", SupportsShouldProcess = true, DefaultParameterSetName = NameSet, HelpUri = HelpPages.Root + "Receive-AzVhd.md")]
[OutputType(typeof(VhdDownload))]
[OutputType(typeof(Job))]
public sealed class ReceiveAzVhdCommand : AzureVhdCmdlet
{
    private VhdDownloader? _downloader;

    /// <summary>The VHD or VHDX to make, which its extension tells; or an existing folder, for a VHD with the name of the disk.</summary>
    [Parameter(Mandatory = true, HelpMessage = HelpMessages.ReceivedPath, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Cell]
    public string Path { get; set; } = string.Empty;

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
}
