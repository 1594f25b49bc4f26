using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>A page blob, however access to it is had.</summary>
internal sealed class PageBlobDestination : UploadDestination
{
    private const int Forbidden = 403;
    private const int NotFound = 404;
    private const int Conflict = 409;
    private readonly PageBlobClient _blob;
    private readonly bool _force;
    private readonly string? _subscriptionId;
    private bool _creationWasRefused;

    /// <summary>Names the blob.</summary>
    /// <param name="blob">The blob, whose client runs a <see cref="PageCrcPolicy"/>.</param>
    /// <param name="force">Whether a blob that is there is overwritten.</param>
    /// <param name="subscriptionId">The session's subscription; null where a SAS gives the access.</param>
    public PageBlobDestination(PageBlobClient blob, bool force, string? subscriptionId)
    {
        _blob = blob;
        _force = force;
        _subscriptionId = subscriptionId;
        Uri = SecretText.WithoutQuery(blob.Uri);
    }

    public override string Description => $"page blob '{Uri.AbsoluteUri}'";

    /// <summary>8 TiB: scalability targets for Blob Storage.</summary>
    public override long MaximumLength => 8L << 40;

    private Uri Uri { get; }

    public override async Task CheckAsync(OperationContext context)
    {
        if (!_force && await ExistsAsync(context).ConfigureAwait(false))
        {
            throw new ImageServiceException(
                "BlobAlreadyExists", ServiceErrorKind.AlreadyExists, $"There is a blob at {Uri.AbsoluteUri} already.", "Use -Force to overwrite it, or another name.", Uri);
        }
    }

    public override Task CreateAsync(UploadSourceInfo source, StepRun run)
        => AzureErrors.CallAsync(
            $"Creating the {Description}",
            Uri,
            async () =>
            {
                try
                {
                    PageBlobCreateOptions options = new()
                    {
                        Conditions = _force ? null : new PageBlobRequestConditions { IfNoneMatch = ETag.All },
                        Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [MetadataName] = run.RunId },
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

    public override Task<PageBlobClient> OpenAsync(StepRun run) => Task.FromResult(_blob);

    public override Task CloseAsync(bool uploaded, StepRun run) => Task.CompletedTask;

    public override Task<bool> RemoveAsync(StepRun run)
        => AzureErrors.CallAsync(
            $"Deleting the incomplete {Description}",
            Uri,
            async () =>
            {
                if (_creationWasRefused || await FindOwnAsync(run).ConfigureAwait(false) is not { } own)
                {
                    return false;
                }

                BlobRequestConditions unchanged = new() { IfMatch = own.ETag };
                await _blob.DeleteAsync(DeleteSnapshotsOption.None, unchanged, run.Cancellation).ConfigureAwait(false);
                return true;
            });

    public override VhdUpload Identify(VhdUpload upload)
        => upload with { Id = Uri.AbsoluteUri, Name = _blob.Name, SubscriptionId = _subscriptionId, TargetKind = UploadTargetKind.PageBlob, Uri = Uri };

    /// <summary>Metadata names are C# identifiers: the tag's name without its hyphen.</summary>
    private static string MetadataName => RunTag.Name.Replace("-", string.Empty);

    /// <summary>Whether there is a blob; false also where the SAS does not allow to see it: the creation finds out.</summary>
    private Task<bool> ExistsAsync(OperationContext context)
        => AzureErrors.CallAsync(
            $"Looking for the {Description}",
            Uri,
            async () =>
            {
                try
                {
                    Response<bool> exists = await _blob.ExistsAsync(context.Cancellation).ConfigureAwait(false);
                    return exists.Value;
                }
                catch (RequestFailedException exception) when (exception.Status == Forbidden && _blob.Uri.Query.Length > 0)
                {
                    return false;
                }
            });

    /// <summary>Whether this run created the blob; false also where the SAS does not allow to see it.</summary>
    private async Task<bool> IsOwnAsync(StepRun run)
    {
        try
        {
            return await FindOwnAsync(run).ConfigureAwait(false) is not null;
        }
        catch (RequestFailedException exception) when (exception.Status == Forbidden)
        {
            return false;
        }
    }

    /// <summary>The blob's properties if this run created it.</summary>
    private async Task<BlobProperties?> FindOwnAsync(StepRun run)
    {
        try
        {
            Response<BlobProperties> found = await _blob.GetPropertiesAsync(cancellationToken: run.Cancellation).ConfigureAwait(false);
            return found.Value.Metadata.TryGetValue(MetadataName, out string? id) && string.Equals(id, run.RunId, StringComparison.Ordinal) ? found.Value : null;
        }
        catch (RequestFailedException exception) when (exception.Status == NotFound)
        {
            return null;
        }
    }
}
