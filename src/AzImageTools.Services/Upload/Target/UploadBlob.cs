using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A page blob under upload: what is done with it, whoever began.</summary>
internal sealed class UploadBlob(PageBlobClient client)
{
    private const int NotFound = 404;

    /// <summary>The metadata that names the run which created a blob. Metadata names are C# identifiers: the tag's name without its hyphen.</summary>
    public static string RunName { get; } = RunTag.Name.Replace("-", string.Empty);

    /// <summary>Sends requests to it.</summary>
    public PageBlobClient Client => client;

    /// <summary>Its address, without a signature.</summary>
    public Uri Uri { get; } = SecretText.WithoutQuery(client.Uri);

    /// <summary>The blob as the middle of a sentence.</summary>
    public string Description => $"page blob '{Uri.AbsoluteUri}'";

    /// <summary>Whether that run created the blob with these properties.</summary>
    public static bool CarriesRun(BlobProperties properties, string runId)
        => properties.Metadata.TryGetValue(RunName, out string? id) && string.Equals(id, runId, StringComparison.Ordinal);

    /// <summary>Its properties; null where it is not there.</summary>
    public async Task<BlobProperties?> FindAsync(CancellationToken cancellation)
    {
        try
        {
            return (await client.GetPropertiesAsync(cancellationToken: cancellation).ConfigureAwait(false)).Value;
        }
        catch (RequestFailedException exception) when (exception.Status == NotFound)
        {
            return null;
        }
    }

    /// <summary>Deletes it, if it is still as it was found.</summary>
    /// <param name="found">Its properties.</param>
    /// <param name="leaseId">The lease that may be held on it.</param>
    /// <param name="cancellation">Ends it at once.</param>
    public Task DeleteAsync(BlobProperties found, Guid leaseId, CancellationToken cancellation)
        => client.DeleteAsync(
            DeleteSnapshotsOption.None,
            new BlobRequestConditions { IfMatch = found.ETag, LeaseId = found.LeaseStatus == LeaseStatus.Locked ? leaseId.ToString() : null },
            cancellation);

    /// <summary>Deletes it, if that run created it.</summary>
    /// <returns>Whether it did.</returns>
    public async Task<bool> DeleteOwnAsync(string runId, Guid leaseId, CancellationToken cancellation)
    {
        if (await FindAsync(cancellation).ConfigureAwait(false) is not { } own || !CarriesRun(own, runId))
        {
            return false;
        }

        await DeleteAsync(own, leaseId, cancellation).ConfigureAwait(false);
        return true;
    }
}
