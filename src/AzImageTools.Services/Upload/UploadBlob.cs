using AzImageTools.Services.Plans;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>What is done with a page blob under upload, whoever began it.</summary>
internal static class UploadBlob
{
    private const int NotFound = 404;

    /// <summary>The metadata that names the run which created a blob. Metadata names are C# identifiers: the tag's name without its hyphen.</summary>
    public static string RunName { get; } = RunTag.Name.Replace("-", string.Empty);

    /// <summary>The blob's properties; null where it is not there.</summary>
    public static async Task<BlobProperties?> FindAsync(PageBlobClient blob, CancellationToken cancellation)
    {
        try
        {
            return (await blob.GetPropertiesAsync(cancellationToken: cancellation).ConfigureAwait(false)).Value;
        }
        catch (RequestFailedException exception) when (exception.Status == NotFound)
        {
            return null;
        }
    }

    /// <summary>Whether that run created the blob with these properties.</summary>
    public static bool CarriesRun(BlobProperties properties, string runId)
        => properties.Metadata.TryGetValue(RunName, out string? id) && string.Equals(id, runId, StringComparison.Ordinal);

    /// <summary>Deletes the blob, if it is still as it was found.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="found">Its properties.</param>
    /// <param name="leaseId">The lease that may be held on it.</param>
    /// <param name="cancellation">Ends it at once.</param>
    public static Task DeleteAsync(PageBlobClient blob, BlobProperties found, string? leaseId, CancellationToken cancellation)
        => blob.DeleteAsync(
            DeleteSnapshotsOption.None,
            new BlobRequestConditions { IfMatch = found.ETag, LeaseId = found.LeaseStatus == LeaseStatus.Locked ? leaseId : null },
            cancellation);
}
