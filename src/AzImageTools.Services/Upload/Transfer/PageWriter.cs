using System.Buffers.Binary;
using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// Writes pages to a blob, each request with its checksum as a header of its own, so that the service refuses a body that was
/// damaged on the way. It makes the requests itself, for the client's pipeline: the client would wrap the body for its own
/// checksum, and takes longer for each request than this does.
/// </summary>
/// <param name="blob">The blob.</param>
/// <param name="leaseId">The lease held on the blob; null for none.</param>
/// <param name="observers">Told of retries.</param>
internal sealed class PageWriter(PageBlobClient blob, string? leaseId, params IRetryObserver[] observers) : IRetryObserver
{
    /// <summary>The header of a body's checksum (REST reference, Put Page): base64 of its eight bytes, least significant first.</summary>
    public const string ChecksumHeader = "x-ms-content-crc64";

    private const string DamagedBody = "Crc64Mismatch";
    private const int Created = 201;

    /// <summary>How often a body is sent that arrives damaged: a fault of memory would damage it each time.</summary>
    private const int MostTries = 3;

    private readonly HttpPipeline _pipeline = BlobPipeline.Of(blob);
    private readonly Uri _pages = new UriBuilder(blob.Uri) { Query = $"comp=page&{blob.Uri.Query.TrimStart('?')}".TrimEnd('&') }.Uri;

    /// <summary>The blob.</summary>
    public PageBlobClient Blob => blob;

    private Uri Target => SecretText.WithoutQuery(blob.Uri);

    /// <summary>Writes pages.</summary>
    /// <param name="bytes">The bytes, a multiple of 512 of them, at most 4 MiB.</param>
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
                using HttpMessage message = CreateMessage("update", new DiskExtent(offset, bytes.Count));
                message.Request.Headers.Add(ChecksumHeader, HeaderValue(crc));
                message.Request.Content = RequestContent.Create(bytes.Array!, bytes.Offset, bytes.Count);
                await SendAsync(message, cancellation).ConfigureAwait(false);
                return;
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == DamagedBody && attempt < MostTries)
            {
                Retrying(exception.Status, TimeSpan.Zero);
            }
            catch (Exception exception) when (AzureErrors.IsFromService(exception))
            {
                throw Translate(exception, $"Writing {bytes.Count} bytes at byte {offset}");
            }
        }
    }

    /// <summary>Makes pages zero, however many.</summary>
    /// <exception cref="ImageServiceException">The service refused, or could not be reached.</exception>
    public async Task ClearAsync(DiskExtent range, CancellationToken cancellation)
    {
        try
        {
            using HttpMessage message = CreateMessage("clear", range);
            message.Request.Content = RequestContent.Create(Array.Empty<byte>());
            await SendAsync(message, cancellation).ConfigureAwait(false);
        }
        catch (Exception exception) when (AzureErrors.IsFromService(exception))
        {
            throw Translate(exception, $"Clearing {range.Length} bytes at byte {range.Offset}");
        }
    }

    /// <inheritdoc/>
    public void Retrying(int status, TimeSpan delay)
    {
        foreach (IRetryObserver observer in observers)
        {
            observer.Retrying(status, delay);
        }
    }

    private static string HeaderValue(ulong crc)
    {
        byte[] bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, crc);
        return Convert.ToBase64String(bytes);
    }

    private static bool TellsOfLostLease(ImageServiceException exception)
        => exception.ErrorId is "LeaseLost" or "LeaseIdMismatchWithBlobOperation" or "LeaseNotPresentWithBlobOperation";

    private HttpMessage CreateMessage(string write, DiskExtent range)
    {
        HttpMessage message = BlobPipeline.CreateMessage(_pipeline, RequestMethod.Put, _pages);
        message.SetProperty(ServiceRetryPolicy.ObserverProperty, this);
        message.Request.Headers.Add("x-ms-page-write", write);
        message.Request.Headers.Add("x-ms-range", BlobPipeline.RangeOf(range));
        if (leaseId is not null)
        {
            message.Request.Headers.Add("x-ms-lease-id", leaseId);
        }

        return message;
    }

    private async Task SendAsync(HttpMessage message, CancellationToken cancellation)
    {
        await _pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
        if (message.Response.Status != Created)
        {
            throw new RequestFailedException(message.Response);
        }
    }

    private ImageServiceException Translate(Exception exception, string doing)
    {
        ImageServiceException translated = AzureErrors.Translate(exception, doing, Target);
        return leaseId is not null && TellsOfLostLease(translated) ? LeaseLost(translated) : translated;
    }

    private ImageServiceException LeaseLost(Exception cause)
        => new(
            "LeaseLost",
            ErrorKind.InvalidState,
            "The lease on the page blob was lost: something else broke it or took it over, or this machine was asleep.",
            "See that nothing else writes to the blob; then the same command continues.",
            Target,
            cause);
}

/// <summary>Gives out the pipeline that a blob's client sends its requests through: its credential, retries and transport.</summary>
internal sealed class BlobPipeline : BlobServiceClient
{
    /// <summary>The version of all requests that are made here. The first that takes checksums with pages is 2019-02-02.</summary>
    private const string ApiVersion = "2021-12-02";

    private BlobPipeline()
    {
    }

    /// <summary>The client's pipeline.</summary>
    public static HttpPipeline Of(PageBlobClient blob) => GetHttpPipeline(blob.GetParentBlobContainerClient().GetParentBlobServiceClient());

    /// <summary>A request without a client's own method.</summary>
    /// <param name="pipeline">What sends it.</param>
    /// <param name="method">Its method.</param>
    /// <param name="address">Its address, with a signature where there is one.</param>
    public static HttpMessage CreateMessage(HttpPipeline pipeline, RequestMethod method, Uri address)
    {
        HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(address);
        message.Request.Headers.Add("x-ms-version", ApiVersion);
        return message;
    }

    /// <summary>The value of <c>x-ms-range</c>.</summary>
    public static string RangeOf(DiskExtent range) => string.Format(CultureInfo.InvariantCulture, "bytes={0}-{1}", range.Offset, range.End - 1);
}
