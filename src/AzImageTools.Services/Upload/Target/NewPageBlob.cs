using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using Azure;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A page blob that is to be created.</summary>
/// <param name="blob">The blob.</param>
/// <param name="force">Whether a blob that is there is overwritten.</param>
/// <param name="replaced">The journal's header of an earlier upload whose blob goes first; null for none.</param>
internal sealed class NewPageBlob(UploadBlob blob, bool force, JournalHeader? replaced) : NewTarget
{
    private const int Forbidden = 403;
    private const int Conflict = 409;

    public override Task<ExistingTarget> CreateAsync(UploadSourceInfo source, StepRun run)
        => AzureErrors.CallAsync<ExistingTarget>(
            $"Creating the {blob.Description}",
            blob.Uri,
            async () =>
            {
                try
                {
                    if (replaced is not null)
                    {
                        await blob.DeleteOwnAsync(replaced.RunId, replaced.LeaseId, run.Cancellation).ConfigureAwait(false);
                    }

                    PageBlobCreateOptions options = new()
                    {
                        Conditions = force ? null : new PageBlobRequestConditions { IfNoneMatch = ETag.All },
                        Metadata = new Dictionary<string, string>(StringComparer.Ordinal) { [UploadBlob.RunName] = run.RunId },
                    };
                    await blob.Client.CreateAsync(source.Length, options, run.Cancellation).ConfigureAwait(false);
                }
                catch (RequestFailedException exception) when (exception.Status == Conflict)
                {
                    // A try whose answer was lost may have created it.
                    if (!await IsOwnAsync(run).ConfigureAwait(false))
                    {
                        throw;
                    }
                }

                return new ExistingPageBlob(blob, isNew: true);
            });

    public override Task<bool> RemoveAsync(Guid leaseId, StepRun run)
        => AzureErrors.CallAsync($"Deleting the incomplete {blob.Description}", blob.Uri, () => blob.DeleteOwnAsync(run.RunId, leaseId, run.Cancellation));

    /// <summary>Whether this run created the blob; false also where the SAS does not allow to see it.</summary>
    private async Task<bool> IsOwnAsync(StepRun run)
    {
        try
        {
            return await blob.FindAsync(run.Cancellation).ConfigureAwait(false) is { } found && UploadBlob.CarriesRun(found, run.RunId);
        }
        catch (RequestFailedException exception) when (exception.Status == Forbidden)
        {
            return false;
        }
    }
}
