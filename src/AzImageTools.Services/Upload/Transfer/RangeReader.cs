using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// Reads ranges of a page blob into memory, each with the checksum that the service makes of it (REST reference, Get Blob,
/// <c>x-ms-range-get-content-crc64</c>: for at most 4 MiB). Whether the hosts of managed disks give one is not documented: where
/// it is refused, or just not there, ranges are read without. Thread-safe.
/// </summary>
/// <param name="blob">The blob.</param>
/// <param name="etag">What the blob has to be still, as <c>If-Match</c>; null where it takes no conditions.</param>
/// <param name="observers">Told of retries.</param>
internal sealed class RangeReader(PageBlobClient blob, string? etag, params IRetryObserver[] observers) : IRetryObserver
{
    private const string SumHeader = "x-ms-content-crc64";
    private const string SumRequest = "x-ms-range-get-content-crc64";
    private const int BadRequest = 400;
    private const int PartialContent = 206;
    private const int PreconditionFailed = 412;

    /// <summary>How often one range is asked for whose answer breaks off, or arrives damaged.</summary>
    private const int MostTries = 6;

    private readonly HttpPipeline _pipeline = BlobPipeline.Of(blob);
    private volatile bool _asksForSums = true;

    /// <summary>The blob.</summary>
    public PageBlobClient Blob => blob;

    private Uri Target => SecretText.WithoutQuery(blob.Uri);

    /// <summary>Reads a range.</summary>
    /// <param name="range">What of the blob, at most 4 MiB.</param>
    /// <param name="buffer">Room for just that.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <returns>The bytes' checksum, and whether the service gave the same.</returns>
    /// <exception cref="ImageServiceException">The service refused or could not be reached, the blob has changed (SourceChanged), or its bytes do not arrive whole (RangeDamaged).</exception>
    public async Task<ReadSum> ReadAsync(DiskExtent range, ArraySegment<byte> buffer, CancellationToken cancellation)
    {
        for (int attempt = 1; ; attempt++)
        {
            string problem;
            try
            {
                (ulong? told, Exception? broken) = await TryReadAsync(range, buffer, cancellation).ConfigureAwait(false);
                ulong crc = broken is null ? Crc64Nvme.Compute(buffer) : 0;
                if (broken is null && (told is null || told == crc))
                {
                    return new ReadSum(crc, told is not null);
                }

                problem = broken is null ? "The checksum that the service gives is another than that of the bytes." : broken.Message;
            }
            catch (RequestFailedException exception) when (exception.Status == PreconditionFailed)
            {
                throw Changed(exception);
            }
            catch (Exception exception) when (AzureErrors.IsFromService(exception))
            {
                throw AzureErrors.Translate(exception, $"Reading {range.Length} bytes at byte {range.Offset}", Target);
            }

            if (attempt == MostTries)
            {
                throw new ImageServiceException(
                    "RangeDamaged",
                    ErrorKind.InvalidData,
                    $"Reading {range.Length} bytes at byte {range.Offset} failed {MostTries} times: {problem}",
                    "Test this machine's memory and network, and what proxy lies between; then the same command goes on.",
                    Target);
            }

            Retrying(0, TimeSpan.Zero);
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

    private async Task<(ulong? Told, Exception? Broken)> TryReadAsync(DiskExtent range, ArraySegment<byte> buffer, CancellationToken cancellation)
    {
        while (true)
        {
            bool asksForSum = _asksForSums;
            using HttpMessage message = CreateMessage(range, asksForSum);
            await _pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
            Response response = message.Response;
            if (response.Status == BadRequest && asksForSum)
            {
                // A host that knows no such header; where something else is wrong, the next answer tells it.
                _asksForSums = false;
                continue;
            }

            if (response.Status != PartialContent)
            {
                throw response.IsError ? new RequestFailedException(response) : Invalid("The service sends something else than the range that it was asked for.");
            }

            Exception? broken = await FillAsync(response.ContentStream ?? Stream.Null, buffer, cancellation).ConfigureAwait(false);
            return (ReadSumOf(response), broken);
        }
    }

    /// <summary>Takes what comes, up to where the connection breaks.</summary>
    /// <returns>What broke it; null where all came.</returns>
    private static async Task<Exception?> FillAsync(Stream body, ArraySegment<byte> buffer, CancellationToken cancellation)
    {
        int taken = 0;
        try
        {
            while (taken < buffer.Count)
            {
                int count = await ReadAsync(body, buffer.Array!, buffer.Offset + taken, buffer.Count - taken, cancellation).ConfigureAwait(false);
                if (count == 0)
                {
                    return new IOException("The answer ends before all that was asked for.");
                }

                taken += count;
            }

            byte[] more = new byte[1];
            return await ReadAsync(body, more, 0, 1, cancellation).ConfigureAwait(false) == 0 ? null : throw Invalid("The service sends more bytes than it was asked for.");
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            // A cancellation that is not ours is the pipeline's limit for a body that stands still.
            return exception;
        }
    }

#if NET
    private static async Task<int> ReadAsync(Stream body, byte[] buffer, int offset, int count, CancellationToken cancellation)
        => await body.ReadAsync(buffer.AsMemory(offset, count), cancellation).ConfigureAwait(false);
#else
    private static Task<int> ReadAsync(Stream body, byte[] buffer, int offset, int count, CancellationToken cancellation)
        => body.ReadAsync(buffer, offset, count, cancellation);
#endif

    private static ulong? ReadSumOf(Response response)
    {
        if (!response.Headers.TryGetValue(SumHeader, out string? text))
        {
            return null;
        }

        try
        {
            byte[] bytes = Convert.FromBase64String(text);
            return bytes.Length == sizeof(ulong) ? BinaryPrimitives.ReadUInt64LittleEndian(bytes) : throw new FormatException();
        }
        catch (FormatException)
        {
            throw Invalid("The checksum that the service gives is none.");
        }
    }

    private HttpMessage CreateMessage(DiskExtent range, bool asksForSum)
    {
        HttpMessage message = BlobPipeline.CreateMessage(_pipeline, RequestMethod.Get, blob.Uri);
        message.BufferResponse = false;
        message.SetProperty(ServiceRetryPolicy.ObserverProperty, this);
        message.Request.Headers.Add("x-ms-range", BlobPipeline.RangeOf(range));
        if (asksForSum)
        {
            message.Request.Headers.Add(SumRequest, "true");
        }

        if (etag is not null)
        {
            message.Request.Headers.Add("If-Match", etag);
        }

        return message;
    }

    private ImageServiceException Changed(Exception cause)
        => new(
            "SourceChanged",
            ErrorKind.InvalidState,
            "The page blob has changed while it was read: what was read is not of one moment.",
            "See that nothing writes to it (a snapshot of the blob stays as it is); then run the command again, which starts over.",
            Target,
            cause);

    private static RequestFailedException Invalid(string problem) => new(PartialContent, problem, "InvalidAnswer", innerException: null);
}

/// <summary>The checksum of a range that was read.</summary>
/// <param name="Crc">The CRC-64/NVME of the bytes as they arrived.</param>
/// <param name="IsTheServices">Whether the service told the same; else it told none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ReadSum(ulong Crc, bool IsTheServices);
