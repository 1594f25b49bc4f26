using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A page blob under upload: what is done with it, whoever began.</summary>
internal sealed class UploadBlob(PageBlobClient client)
{
    /// <summary>The metadata that a blob whose upload has ended carries: the disk's CRC-64/NVME.</summary>
    private const string ChecksumName = "azimagetoolscrc64";

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

    /// <summary>Whether the upload of the blob with these properties has ended.</summary>
    public static bool IsEnded(BlobProperties properties) => properties.Metadata.ContainsKey(ChecksumName);

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

    /// <summary>Notes whose it is, and once its upload has ended the disk's checksum.</summary>
    /// <param name="runId">The run that created it.</param>
    /// <param name="crc64">The disk's CRC-64/NVME as 16 hexadecimal digits; null while it is incomplete.</param>
    /// <param name="leaseId">The lease that is held on it.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="ImageServiceException">The service refused, or could not be reached.</exception>
    public Task SetMetadataAsync(string runId, string? crc64, string leaseId, CancellationToken cancellation)
    {
        Dictionary<string, string> metadata = new(StringComparer.Ordinal) { [RunName] = runId };
        if (crc64 is not null)
        {
            metadata[ChecksumName] = crc64;
        }

        return AzureErrors.CallAsync(
            $"{(crc64 is null ? "Noting the upload" : "Noting the checksum")} on the {Description}",
            Uri,
            () => client.SetMetadataAsync(metadata, new BlobRequestConditions { LeaseId = leaseId }, cancellation));
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
