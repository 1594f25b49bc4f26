using AzImageTools.Disks;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Resume;
using Azure;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Upload.Target;

/// <summary>Finds out what an upload meets at a page blob.</summary>
/// <param name="blob">The blob, however access to it is had.</param>
/// <param name="force">Whether a blob that is there is overwritten.</param>
/// <param name="subscriptionId">The session's subscription; null where the blob's credential is another.</param>
internal sealed class PageBlobCheck(UploadBlob blob, bool force, string? subscriptionId) : TargetCheck
{
    private const int Forbidden = 403;
    private Task<(bool Exists, BlobProperties? Properties)>? _looking;

    public override string Id => blob.Uri.AbsoluteUri;

    public override string Description => blob.Description;

    /// <summary>8 TiB: scalability targets for Blob Storage.</summary>
    public override long MaximumLength => 8L << 40;

    private TargetIdentity Identity => new(UploadTargetKind.PageBlob, Id, blob.Client.Name, subscriptionId) { Uri = blob.Uri };

    public override void Begin(OperationContext context) => _looking = LookAsync(context);

    public override async Task<TargetState> RunAsync(JournalContent? earlier, TargetUse use, OperationContext context)
    {
        (bool exists, BlobProperties? properties) = await (_looking ?? LookAsync(context)).ConfigureAwait(false);
        bool isOwn = earlier is not null && properties is not null && UploadBlob.CarriesRun(properties, earlier.Header.RunId);
        if (isOwn && !use.Restart && properties!.ContentLength == earlier!.Header.Length)
        {
            return new TargetState.Continue(earlier!, new ExistingPageBlob(blob, isNew: false, UploadBlob.IsEnded(properties))) { Identity = Identity };
        }

        if (earlier is not null && exists && properties is null && !use.Restart && !force)
        {
            throw NotVisible();
        }

        if (!isOwn && properties is not null)
        {
            properties.Metadata.TryGetValue(UploadBlob.RunName, out string? runId);
            if (!force)
            {
                throw AlreadyThere(mayBeKept: runId is not null && properties.ContentLength == use.Length);
            }

            if (runId is not null && use is { Verify: true, Restart: false } && properties.ContentLength == use.Length)
            {
                return new TargetState.TakeOver(runId, new ExistingPageBlob(blob, isNew: false, UploadBlob.IsEnded(properties))) { Identity = Identity };
            }
        }

        return new TargetState.Create(new NewPageBlob(blob, force, isOwn ? earlier!.Header : null)) { Identity = Identity };
    }

    private ImageServiceException AlreadyThere(bool mayBeKept)
        => new(
            BlobExistsErrorId,
            ErrorKind.AlreadyExists,
            $"There is a blob at {blob.Uri.AbsoluteUri} already.",
            mayBeKept
                ? "Use -Force to overwrite it without being asked (with -Verify, data that is there already and correct is not sent again), or another name."
                : "Use -Force to overwrite it without being asked, or another name.",
            blob.Uri);

    /// <summary>That there is a journal does not tell whose the blob is.</summary>
    private ImageServiceException NotVisible()
        => new(
            NotVisibleErrorId,
            ErrorKind.PermissionDenied,
            $"An upload to {blob.Uri.AbsoluteUri} was interrupted, but the access given does not allow to see whether what is there is that upload's.",
            "Give a SAS that allows reading too: then the upload is continued. Or use -Force to overwrite what is there without being asked.",
            blob.Uri);

    /// <summary>What is there. Where the SAS does not allow to see it, there may be something, of which nothing is known.</summary>
    private Task<(bool Exists, BlobProperties? Properties)> LookAsync(OperationContext context)
        => AzureErrors.CallAsync(
            $"Looking for the {Description}",
            blob.Uri,
            async () =>
            {
                try
                {
                    BlobProperties? found = await blob.FindAsync(context.Cancellation).ConfigureAwait(false);
                    return (found is not null, found);
                }
                catch (RequestFailedException exception) when (exception.Status == Forbidden && blob.Client.Uri.Query.Length > 0)
                {
                    return (true, (BlobProperties?)null);
                }
            });
}
