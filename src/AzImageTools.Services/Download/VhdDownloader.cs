using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Download;

/// <summary>
/// Brings disks, snapshots and page blobs of Azure down as VHD or VHDX files: their data alone, in several requests at a time. All that
/// one downloader brings down shares one budget of requests and the memory for them. Thread-safe.
/// </summary>
public sealed class VhdDownloader : IDisposable
{
    private const double PagesWeight = 98;

    private readonly UploadBudget _budget;
    private int _users = 1;

    /// <summary>Makes a downloader with one user, who disposes of it.</summary>
    /// <param name="throttleLimit">How many requests may be in flight at most, 1 to 256, as for <see cref="VhdUploader"/>.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ImageServiceException">The limit is out of range (InvalidThrottleLimit).</exception>
    public VhdDownloader(int throttleLimit, TimeProvider time)
    {
        _budget = UploadBudget.Create(throttleLimit, time);
    }

    /// <summary>Adds a user, such as a job that goes on when the command has ended; the last to dispose of the downloader ends it.</summary>
    public VhdDownloader Share()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>
    /// Checks source and destination, reading only, and plans the download. A plan runs once; when it fails or is cancelled, the same
    /// request goes on with what there is.
    /// </summary>
    /// <param name="session">The session; null only for a page blob that carries its own credential.</param>
    /// <param name="request">What, and where to.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="DiskException">The file can't be made there (DestinationExists and others).</exception>
    /// <exception cref="ImageServiceException">The source is not there or can't be read as it is; Azure refused or could not be reached.</exception>
    public async Task<Plan<VhdDownload>> PlanAsync(ImageSession? session, DownloadRequest request, OperationContext context)
    {
        DownloadOrigin origin = await DownloadOrigin.FindAsync(session, request.Source, context).ConfigureAwait(false);
        (string destination, bool replaces) = await ResolveAsync(origin, request).ConfigureAwait(false);
        DownloadRun run = new(request, origin, destination, replaces, session, _budget);
        Step write = new(run.WriteAsync)
        {
            Title = "Write the file",
            Effect = File.Exists(destination) ? StepEffect.Changes : StepEffect.Creates,
            Target = $"file '{destination}'",
            Note = $"What holds data of {ByteSize.Format(origin.Capacity)} is brought down{(run.IsBegun ? ", as far as an interrupted run has not" : string.Empty)}.",
            OnFailure = FailureAction.Resume,
            CanResume = run.CanResume,
            Undo = run.RemoveAsync,
            Weight = PagesWeight,
        };
        return new Plan<VhdDownload>($"Bring down to '{destination}'", origin.Description, [.. origin.Before, write, .. origin.After], _ => Task.FromResult(run.Result));
    }

    /// <summary>Ends one user's use.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _budget.Dispose();
        }
    }

    private static async Task<(string Path, bool Replaces)> ResolveAsync(DownloadOrigin origin, DownloadRequest request)
    {
        // The names of blobs are others' text.
        string name = string.Concat(origin.Name.Select(static letter => Array.IndexOf(Path.GetInvalidFileNameChars(), letter) < 0 ? letter : '_')) + ".vhd";
        try
        {
            return (GrowingImage.Resolve(name, request.Path, request.Force), request.Force);
        }
        catch (VhdConversionException refusal) when (refusal.Problem == VhdConversionProblem.DestinationExists && request.AskToReplace is { } ask)
        {
            if (!await ask(refusal).ConfigureAwait(false))
            {
                throw;
            }

            return (GrowingImage.Resolve(name, request.Path, replaces: true), true);
        }
    }
}
