using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>Writes pages to a blob, each request with its checksum.</summary>
/// <param name="blob">The blob, whose client runs a <see cref="PageCrcPolicy"/>.</param>
/// <param name="retries">Told of retries.</param>
/// <param name="leaseId">The lease held on the blob; null for none.</param>
internal sealed class PageWriter(PageBlobClient blob, IRetryObserver retries, string? leaseId = null)
{
    private const string DamagedBody = "Crc64Mismatch";

    /// <summary>How often a body is sent that arrives damaged: a fault of memory would damage it each time.</summary>
    private const int MostTries = 3;

    /// <summary>Our checksum goes in a header of its own.</summary>
    private static readonly UploadTransferValidationOptions NoOtherChecksum = new() { ChecksumAlgorithm = StorageChecksumAlgorithm.None };

    /// <summary>The blob.</summary>
    public PageBlobClient Blob => blob;

    private Uri Target => SecretText.WithoutQuery(blob.Uri);

    private PageBlobRequestConditions? Conditions => leaseId is null ? null : new PageBlobRequestConditions { LeaseId = leaseId };

    /// <summary>Writes pages.</summary>
    /// <param name="bytes">The bytes, a multiple of 512 of them.</param>
    /// <param name="offset">Where on the blob.</param>
    /// <param name="crc">Their CRC-64/NVME.</param>
    /// <param name="cancellation">Ends the request at once.</param>
    /// <exception cref="ImageServiceException">The service refused them, or could not be reached.</exception>
    public async Task WriteAsync(ArraySegment<byte> bytes, long offset, ulong crc, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await CallAsync(
                    $"Writing {bytes.Count} bytes at byte {offset}",
                    () => PutAsync(bytes, offset, crc, cancellation)).ConfigureAwait(false);
                return;
            }
            catch (ImageServiceException exception) when (exception.ErrorId == DamagedBody && attempt < MostTries)
            {
                retries.Retrying((int)System.Net.HttpStatusCode.BadRequest, TimeSpan.Zero);
            }
        }
    }

    /// <summary>Makes pages zero, however many.</summary>
    /// <exception cref="ImageServiceException">The service refused, or could not be reached.</exception>
    public Task ClearAsync(DiskExtent range, CancellationToken cancellation)
        => CallAsync(
            $"Clearing {range.Length} bytes at byte {range.Offset}",
            async () =>
            {
                using (Scope([]))
                {
                    await blob.ClearPagesAsync(new HttpRange(range.Offset, range.Length), Conditions, cancellation).ConfigureAwait(false);
                }
            });

    private async Task PutAsync(ArraySegment<byte> bytes, long offset, ulong crc, CancellationToken cancellation)
    {
        PageBlobUploadPagesOptions options = new() { TransferValidation = NoOtherChecksum, Conditions = Conditions };
        using MemoryStream content = new(bytes.Array!, bytes.Offset, bytes.Count, writable: false);
        using (Scope([PageCrcPolicy.PropertyFor(crc)]))
        {
            await blob.UploadPagesAsync(content, offset, options, cancellation).ConfigureAwait(false);
        }
    }

    private IDisposable Scope(IEnumerable<KeyValuePair<string, object?>> properties)
    {
        Dictionary<string, object?> all = properties.ToDictionary(property => property.Key, property => property.Value, StringComparer.Ordinal);
        all[ServiceRetryPolicy.ObserverProperty] = retries;
        return HttpPipeline.CreateHttpMessagePropertiesScope(all);
    }

    private async Task CallAsync(string doing, Func<Task> call)
    {
        try
        {
            await AzureErrors.CallAsync(doing, Target, call).ConfigureAwait(false);
        }
        catch (ImageServiceException exception) when (leaseId is not null && PageBlobLease.TellsOfLoss(exception))
        {
            throw PageBlobLease.Lost(Target, exception);
        }
    }
}
