using AzImageTools.Services.Session;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>Writes pages to a blob, each request with its checksum.</summary>
/// <param name="blob">The blob, whose client runs a <see cref="PageCrcPolicy"/>.</param>
/// <param name="retries">Told of retries.</param>
internal sealed class PageWriter(PageBlobClient blob, IRetryObserver retries)
{
    /// <summary>Our checksum goes in a header of its own.</summary>
    private static readonly UploadTransferValidationOptions NoOtherChecksum = new() { ChecksumAlgorithm = StorageChecksumAlgorithm.None };

    /// <summary>Writes pages.</summary>
    /// <param name="bytes">The bytes, a multiple of 512 of them.</param>
    /// <param name="offset">Where on the blob.</param>
    /// <param name="crc">Their CRC-64/NVME.</param>
    /// <param name="cancellation">Ends the request at once.</param>
    /// <exception cref="ImageServiceException">The service refused them, or could not be reached.</exception>
    public Task WriteAsync(ArraySegment<byte> bytes, long offset, ulong crc, CancellationToken cancellation)
        => AzureErrors.CallAsync(
            $"Writing {bytes.Count} bytes at byte {offset}",
            SecretText.WithoutQuery(blob.Uri),
            async () =>
            {
                KeyValuePair<string, object?> checksum = PageCrcPolicy.PropertyFor(crc);
                Dictionary<string, object?> properties = new(StringComparer.Ordinal)
                {
                    [checksum.Key] = checksum.Value,
                    [ServiceRetryPolicy.ObserverProperty] = retries,
                };
                using MemoryStream content = new(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
                using (HttpPipeline.CreateHttpMessagePropertiesScope(properties))
                {
                    await blob.UploadPagesAsync(
                        content, offset, new PageBlobUploadPagesOptions { TransferValidation = NoOtherChecksum }, cancellation).ConfigureAwait(false);
                }
            });
}
