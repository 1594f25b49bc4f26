using AzImageTools.Disks;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>Reads a blob's pages back, piece by piece.</summary>
internal static class PageReader
{
    /// <summary>Room to read through, in bytes.</summary>
    public const int BufferSize = 128 * 1024;

    private const int PartialContent = 206;

    /// <summary>Reads a range.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="range">What of it.</param>
    /// <param name="buffer">Room to read through.</param>
    /// <param name="take">Given each piece, in ascending order.</param>
    /// <param name="cancellation">Ends it at once.</param>
    public static async Task ReadAsync(PageBlobClient blob, DiskExtent range, byte[] buffer, Action<ArraySegment<byte>> take, CancellationToken cancellation)
    {
        BlobDownloadOptions options = new() { Range = new HttpRange(range.Offset, range.Length) };
        using BlobDownloadStreamingResult answer = await blob.DownloadStreamingAsync(options, cancellation).ConfigureAwait(false);
        long left = range.Length;
        int count;
#if NET
        while ((count = await answer.Content.ReadAsync(buffer.AsMemory(), cancellation).ConfigureAwait(false)) > 0)
#else
        while ((count = await answer.Content.ReadAsync(buffer, 0, buffer.Length, cancellation).ConfigureAwait(false)) > 0)
#endif
        {
            left -= count;
            if (left < 0)
            {
                throw new RequestFailedException(PartialContent, "The service sends more bytes than it was asked for.", "InvalidAnswer", innerException: null);
            }

            take(new ArraySegment<byte>(buffer, 0, count));
        }
    }
}
