using System.Buffers;
using System.Collections.Concurrent;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>Reads back what was written, and compares its checksums with those of what was sent.</summary>
internal static class PageVerification
{
    /// <summary>Reads all ranges back, several at a time.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="ranges">What was written.</param>
    /// <param name="throttle">How many requests may be in flight.</param>
    /// <param name="verified">Told the length of each range that is as it was sent.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="ImageServiceException">The service holds other bytes (VerificationFailed), or could not be read.</exception>
    public static Task RunAsync(PageBlobClient blob, IReadOnlyCollection<SentRange> ranges, AdaptiveThrottle throttle, Action<long> verified, CancellationToken cancellation)
    {
        ConcurrentQueue<SentRange> left = new(ranges);
        return Workers.RunAsync(Enumerable.Repeat<Func<CancellationToken, Task>>(VerifyAsync, Math.Min(throttle.Ceiling, ranges.Count)), cancellation);

        async Task VerifyAsync(CancellationToken stop)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(PageReader.BufferSize);
            try
            {
                while (left.TryDequeue(out SentRange range))
                {
                    await throttle.SendAsync(() => CompareAsync(blob, range, buffer, stop), stop).ConfigureAwait(false);
                    verified(range.Length);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Whether the blob holds a range as it was, or would be, sent.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="range">The range.</param>
    /// <param name="buffer">Room to read through.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="ImageServiceException">The service could not be read.</exception>
    public static async Task<bool> HoldsAsync(PageBlobClient blob, SentRange range, byte[] buffer, CancellationToken cancellation)
    {
        (ulong crc, long length) = await AzureErrors.CallAsync(
            $"Reading back {range.Length} bytes at byte {range.Offset}",
            SecretText.WithoutQuery(blob.Uri),
            () => ReadAsync(blob, range, buffer, cancellation)).ConfigureAwait(false);
        return crc == range.Crc && length == range.Length;
    }

    private static async Task<long> CompareAsync(PageBlobClient blob, SentRange range, byte[] buffer, CancellationToken cancellation)
    {
        if (!await HoldsAsync(blob, range, buffer, cancellation).ConfigureAwait(false))
        {
            throw new ImageServiceException(
                "VerificationFailed",
                ErrorKind.InvalidData,
                $"The service holds other bytes than were sent, among the {range.Length} at byte {range.Offset}.",
                "Something else may write to the same target. Upload again with -Restart.",
                SecretText.WithoutQuery(blob.Uri));
        }

        return range.Length;
    }

    private static async Task<(ulong Crc, long Length)> ReadAsync(PageBlobClient blob, SentRange range, byte[] buffer, CancellationToken cancellation)
    {
        ulong crc = Crc64Nvme.Empty;
        long length = 0;
        await PageReader.ReadAsync(
            blob,
            range.Extent,
            buffer,
            piece =>
            {
                crc = Crc64Nvme.Append(crc, piece);
                length += piece.Count;
            },
            cancellation).ConfigureAwait(false);
        return (crc, length);
    }
}
