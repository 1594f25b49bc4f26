using AzImageTools.Disks;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Copy;

/// <summary>
/// Copies page blobs, managed disks and snapshots within Azure: what holds data to a page blob anywhere, range by range, or an incremental
/// snapshot to any region. The bytes go from service to service. Thread-safe.
/// </summary>
public sealed class VhdCopier : IDisposable
{
    private const double PagesWeight = 98;

    private readonly UploadBudget _budget;
    private int _users = 1;

    /// <summary>Makes a copier with one user, who disposes of it.</summary>
    /// <param name="throttleLimit">How many requests may be in flight at most, 1 to 256, as for <see cref="VhdUploader"/>.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ImageServiceException">The limit is out of range (InvalidThrottleLimit).</exception>
    public VhdCopier(int throttleLimit, TimeProvider time)
    {
        _budget = UploadBudget.Create(throttleLimit, time);
    }

    /// <summary>Adds a user, such as a job that goes on when the command has ended; the last to dispose of the copier ends it.</summary>
    public VhdCopier Share()
    {
        Interlocked.Increment(ref _users);
        return this;
    }

    /// <summary>Checks source and target, reading only, and plans the copy. A plan runs once; when it fails or is cancelled, the same request continues it.</summary>
    /// <param name="session">The session; null only where source and target carry their own credentials.</param>
    /// <param name="request">What, and where to.</param>
    /// <param name="context">Log, cancellation, clock.</param>
    /// <exception cref="ImageServiceException">It can't be copied so; something else is at the target (BlobAlreadyExists, SnapshotAlreadyExists); Azure refused or could not be reached.</exception>
    public async Task<Plan<VhdCopy>> PlanAsync(ImageSession? session, CopyRequest request, OperationContext context)
    {
        if (request.Destination is BlobDestination blob)
        {
            return await PlanAsync(session, request, blob, context).ConfigureAwait(false);
        }

        return request.Source is ManagedSource source
            ? await SnapshotCopy.PlanAsync(ImageSession.Require(session), source, (SnapshotDestination)request.Destination, context).ConfigureAwait(false)
            : throw new ImageServiceException(
                "SourceNotSnapshot",
                ErrorKind.NotSupported,
                $"The {request.Source.Description} can't become a snapshot in one step: Azure copies snapshots to snapshots.",
                "Copy it to a page blob in the region that is meant, and make a disk or snapshot of that (New-AzDiskConfig -CreateOption Import).",
                request.Source.Description);
    }

    /// <summary>Ends one user's use.</summary>
    public void Dispose()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _budget.Dispose();
        }
    }

    private async Task<Plan<VhdCopy>> PlanAsync(ImageSession? session, CopyRequest request, BlobDestination destination, OperationContext context)
    {
        DownloadOrigin origin = await DownloadOrigin.FindAsync(session, request.Source, context).ConfigureAwait(false);
        PageCopyRun.RequireReadable(origin);
        UploadBlob blob = new(PageBlobAccess.Open(session, destination.Blob, context.Time));
        if (origin.NeedsToken && !session!.Storage.IsOwn(blob.Uri))
        {
            throw new ImageServiceException(
                "TokenNotSent",
                ErrorKind.NotSupported,
                $"{blob.Uri.Host} is no storage of this cloud: your sign-in, by which the {origin.Description} is read, is not sent there.",
                "Give the source with a signature (-SasUri).",
                blob.Uri);
        }

        if (string.Equals(origin.Id, blob.Uri.AbsoluteUri, StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException("TargetIsSource", ErrorKind.InvalidArgument, $"The {blob.Description} would be copied onto itself.", "Give another target.", blob.Uri);
        }

        if (session is not null)
        {
            await StorageFirewall.WarnAsync(session, [blob.Uri, .. Uri.TryCreate(origin.Id, UriKind.Absolute, out Uri? source) && !source.IsFile ? [source] : Array.Empty<Uri>()], context).ConfigureAwait(false);
        }

        CopyTarget target = await CopyTarget.FindAsync(blob, origin.Identity, origin.Capacity + ChunkPlanner.PageSize, request, context).ConfigureAwait(false);
        PageCopyRun run = new(request, origin, target, _budget);
        Step create = new(target.CreateAsync)
        {
            Title = "Create the target",
            Effect = target.Replaces ? StepEffect.Changes : StepEffect.Creates,
            Target = blob.Description,
            OnFailure = FailureAction.Resume,
            CanResume = run.CanResume,
            Undo = target.RemoveAsync,
        };
        Step copy = new(run.CopyAsync)
        {
            Title = "Copy the pages",
            Effect = StepEffect.Changes,
            Target = blob.Description,
            Note = $"What holds data of {ByteSize.Format(origin.Capacity)} is copied from service to service{(target.IsBegun ? ", as far as an interrupted copy has not" : string.Empty)}{(request.Verify ? "; then both are read here and compared" : string.Empty)}.",
            OnFailure = FailureAction.Resume,
            CanResume = run.CanResume,
            Weight = PagesWeight,
        };
        return new Plan<VhdCopy>(
            $"Copy to {blob.Description}", origin.Description, [.. origin.Before, .. target.IsBegun ? Array.Empty<Step>() : [create], copy, .. origin.After], _ => Task.FromResult(run.Result));
    }
}
