using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Journal;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>A page blob, however access to it is had.</summary>
internal sealed class PageBlobDestination : UploadDestination
{
    private const int Forbidden = 403;
    private const int Conflict = 409;
    private readonly PageBlobClient _blob;
    private readonly bool _force;
    private readonly string? _subscriptionId;
    private bool _creationWasRefused;
    private JournalHeader? _replaceable;
    private Task<(bool Exists, BlobProperties? Properties)>? _looking;
    private PageBlobLease? _lease;
    private string? _leaseId;

    /// <summary>Names the blob.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="force">Whether a blob that is there is overwritten.</param>
    /// <param name="subscriptionId">The session's subscription; null where a SAS gives the access.</param>
    public PageBlobDestination(PageBlobClient blob, bool force, string? subscriptionId)
    {
        _blob = blob;
        _force = force;
        _subscriptionId = subscriptionId;
        Uri = SecretText.WithoutQuery(blob.Uri);
    }

    public override string Id => Uri.AbsoluteUri;

    public override string Description => $"page blob '{Uri.AbsoluteUri}'";

    /// <summary>8 TiB: scalability targets for Blob Storage.</summary>
    public override long MaximumLength => 8L << 40;

    private Uri Uri { get; }

    public override void BeginLooking(OperationContext context) => _looking = LookAsync(context);

    public override async Task<TargetState> CheckAsync(JournalContent? earlier, TargetUse use, OperationContext context)
    {
        (bool exists, BlobProperties? properties) = await (_looking ?? LookAsync(context)).ConfigureAwait(false);
        bool isOwn = earlier is not null && exists && (properties is null || UploadBlob.CarriesRun(properties, earlier.Header.RunId));
        if (isOwn && !use.Restart && (properties is null || properties.ContentLength == earlier!.Header.Length))
        {
            return TargetState.ToContinue;
        }

        if (isOwn && properties is not null)
        {
            _replaceable = earlier!.Header;
        }
        else if (exists && properties is not null)
        {
            properties.Metadata.TryGetValue(UploadBlob.RunName, out string? runId);
            if (!_force)
            {
                throw AlreadyThere(mayBeKept: runId is not null && properties.ContentLength == use.Length);
            }

            if (use is { Verify: true, Restart: false } && properties.ContentLength == use.Length)
            {
                TakenOverRunId = runId;
            }
        }

        return TakenOverRunId is null ? TargetState.ToCreate : TargetState.ToTakeOver;
    }

    public override Task CreateAsync(UploadSourceInfo source, StepRun run)
        => AzureErrors.CallAsync(
            $"Creating the {Description}",
            Uri,
            async () =>
            {
                try
                {
                    if (_replaceable is { } earlier)
                    {
                        await RemoveOwnAsync(earlier.RunId, earlier.LeaseId.ToString(), run.Cancellation).ConfigureAwait(false);
                    }

                    PageBlobCreateOptions options = new()
                    {
                        Conditions = _force ? null : new PageBlobRequestConditions { IfNoneMatch = ETag.All },
                        Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [UploadBlob.RunName] = run.RunId },
                    };
                    await _blob.CreateAsync(source.Length, options, run.Cancellation).ConfigureAwait(false);
                }
                catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.AuthenticationFailed)
                {
                    // No try with this signature or token can have created anything.
                    _creationWasRefused = true;
                    throw;
                }
                catch (RequestFailedException exception) when (exception.Status == Conflict)
                {
                    // A try whose answer was lost may have created it.
                    if (!await IsOwnAsync(run).ConfigureAwait(false))
                    {
                        throw;
                    }
                }
            });

    public override async Task<UploadAccess> OpenAsync(UploadSourceInfo source, Guid leaseId, StepRun run)
    {
        _leaseId = leaseId.ToString();
        _lease = await PageBlobLease.AcquireAsync(_blob, leaseId, run.Context).ConfigureAwait(false);
        return new UploadAccess(_blob, _lease.Id);
    }

    public override async Task CompleteAsync(string crc64, StepRun run)
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal) { [UploadBlob.RunName] = run.RunId, [ChecksumName] = crc64 };
        BlobRequestConditions leased = new() { LeaseId = _lease?.Id };
        await AzureErrors.CallAsync(
            $"Noting the checksum on the {Description}", Uri, () => _blob.SetMetadataAsync(metadata, leased, run.Cancellation)).ConfigureAwait(false);
        await LeaveAsync(run).ConfigureAwait(false);
    }

    public override async Task LeaveAsync(StepRun run)
    {
        if (_lease is { } lease)
        {
            _lease = null;
            await lease.ReleaseAsync(run.Cancellation).ConfigureAwait(false);
        }
    }

    public override Task<bool> RemoveAsync(StepRun run)
        => AzureErrors.CallAsync(
            $"Deleting the incomplete {Description}",
            Uri,
            async () => !_creationWasRefused && await RemoveOwnAsync(run.RunId, _leaseId, run.Cancellation).ConfigureAwait(false));

    public override VhdUpload Identify(VhdUpload upload)
        => upload with { Id = Uri.AbsoluteUri, Name = _blob.Name, SubscriptionId = _subscriptionId, TargetKind = UploadTargetKind.PageBlob, Uri = Uri };

    /// <summary>The disk's CRC-64/NVME on a blob whose upload has ended.</summary>
    private static string ChecksumName => "azimagetoolscrc64";

    private ImageServiceException AlreadyThere(bool mayBeKept)
        => new(
            "BlobAlreadyExists",
            ServiceErrorKind.AlreadyExists,
            $"There is a blob at {Uri.AbsoluteUri} already.",
            mayBeKept
                ? "Use -Force to overwrite it (with -Verify, what of it is the disk's already is not sent again), or another name."
                : "Use -Force to overwrite it, or another name.",
            Uri);

    /// <summary>What is there. Where the SAS does not allow to see it, there may be something, of which nothing is known.</summary>
    private Task<(bool Exists, BlobProperties? Properties)> LookAsync(OperationContext context)
        => AzureErrors.CallAsync(
            $"Looking for the {Description}",
            Uri,
            async () =>
            {
                try
                {
                    BlobProperties? found = await UploadBlob.FindAsync(_blob, context.Cancellation).ConfigureAwait(false);
                    return (found is not null, found);
                }
                catch (RequestFailedException exception) when (exception.Status == Forbidden && _blob.Uri.Query.Length > 0)
                {
                    return (true, (BlobProperties?)null);
                }
            });

    /// <summary>Whether this run created the blob; false also where the SAS does not allow to see it.</summary>
    private async Task<bool> IsOwnAsync(StepRun run)
    {
        try
        {
            return await UploadBlob.FindAsync(_blob, run.Cancellation).ConfigureAwait(false) is { } found && UploadBlob.CarriesRun(found, run.RunId);
        }
        catch (RequestFailedException exception) when (exception.Status == Forbidden)
        {
            return false;
        }
    }

    /// <summary>Deletes the blob if that run created it.</summary>
    private async Task<bool> RemoveOwnAsync(string runId, string? leaseId, CancellationToken cancellation)
    {
        if (await UploadBlob.FindAsync(_blob, cancellation).ConfigureAwait(false) is not { } own || !UploadBlob.CarriesRun(own, runId))
        {
            return false;
        }

        await UploadBlob.DeleteAsync(_blob, own, leaseId, cancellation).ConfigureAwait(false);
        return true;
    }
}
