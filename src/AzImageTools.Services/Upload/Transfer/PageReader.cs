using AzImageTools.Disks;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// Reads a blob's pages back, piece by piece. It makes the requests itself: where the connection breaks in a body, the client would go on
/// with <c>If-Match</c>, and managed disks take no conditions (azcopy, <c>ste/downloader-blob.go</c>).
/// </summary>
internal static class PageReader
{
    /// <summary>Room to read through, in bytes.</summary>
    public const int BufferSize = 128 * 1024;

    private const int PartialContent = 206;

    /// <summary>The lowest status that tells of an error.</summary>
    private const int FirstError = 300;

    /// <summary>How often one range is asked for, from where the last answer broke: as often as the client would.</summary>
    private const int MostTries = 6;

    /// <summary>Reads a range.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="range">What of it.</param>
    /// <param name="buffer">Room to read through.</param>
    /// <param name="take">Given each piece, in ascending order.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <param name="inspect">Looks at each answer before its body is taken; null for nobody.</param>
    /// <exception cref="RequestFailedException">The service refused, could not be reached, or sends something else.</exception>
    public static async Task ReadAsync(
        PageBlobClient blob, DiskExtent range, byte[] buffer, Action<ArraySegment<byte>> take, CancellationToken cancellation, Action<Response>? inspect = null)
    {
        HttpPipeline pipeline = BlobPipeline.Of(blob);
        for (int attempt = 1; ; attempt++)
        {
            using HttpMessage message = CreateMessage(pipeline, blob.Uri, range);
            await pipeline.SendAsync(message, cancellation).ConfigureAwait(false);
            Check(message.Response);
            inspect?.Invoke(message.Response);
            (long taken, Exception? broken) = await TakeAsync(message.Response.ContentStream ?? Stream.Null, range.Length, buffer, take, cancellation).ConfigureAwait(false);
            if (taken == range.Length)
            {
                return;
            }

            if (attempt == MostTries)
            {
                throw new RequestFailedException(0, broken?.Message ?? "The answer ends before all that was asked for.", errorCode: null, broken);
            }

            range = new DiskExtent(range.Offset + taken, range.Length - taken);
        }
    }

    /// <summary>Takes what comes, up to where the connection breaks.</summary>
    private static async Task<(long Taken, Exception? Broken)> TakeAsync(
        Stream body, long length, byte[] buffer, Action<ArraySegment<byte>> take, CancellationToken cancellation)
    {
        long taken = 0;
        while (true)
        {
            int count;
            try
            {
#if NET
                count = await body.ReadAsync(buffer.AsMemory(), cancellation).ConfigureAwait(false);
#else
                count = await body.ReadAsync(buffer, 0, buffer.Length, cancellation).ConfigureAwait(false);
#endif
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException || (exception is OperationCanceledException && !cancellation.IsCancellationRequested))
            {
                // A cancellation that is not ours is the pipeline's limit for a body that stands still.
                return (taken, exception);
            }

            if (count == 0)
            {
                return (taken, null);
            }

            taken += count;
            if (taken > length)
            {
                throw Invalid("The service sends more bytes than it was asked for.");
            }

            take(new ArraySegment<byte>(buffer, 0, count));
        }
    }

    private static HttpMessage CreateMessage(HttpPipeline pipeline, Uri blob, DiskExtent range)
    {
        HttpMessage message = BlobPipeline.CreateMessage(pipeline, RequestMethod.Get, blob);
        message.BufferResponse = false;
        message.Request.Headers.Add("x-ms-range", BlobPipeline.RangeOf(range));
        return message;
    }

    private static void Check(Response response)
    {
        if (response.Status >= FirstError)
        {
            throw new RequestFailedException(response);
        }

        if (response.Status != PartialContent)
        {
            throw Invalid("The service sends something else than the range that it was asked for.");
        }
    }

    private static RequestFailedException Invalid(string problem) => new(PartialContent, problem, "InvalidAnswer", innerException: null);
}
