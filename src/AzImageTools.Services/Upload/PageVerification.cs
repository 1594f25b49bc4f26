using System.Buffers;
using System.Collections.Concurrent;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Journal;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>Reads back what was written, and compares its checksums with those of what was sent.</summary>
internal static class PageVerification
{
    /// <summary>Reads all runs back, several at a time.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="runs">What was written.</param>
    /// <param name="throttle">How many requests may be in flight.</param>
    /// <param name="verified">Told the length of each run that is as it was sent.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="ImageServiceException">The service holds other bytes (VerificationFailed), or could not be read.</exception>
    public static Task RunAsync(PageBlobClient blob, IReadOnlyCollection<JournalRun> runs, AdaptiveThrottle throttle, Action<long> verified, CancellationToken cancellation)
    {
        ConcurrentQueue<JournalRun> left = new(runs);
        return Workers.RunAsync(Enumerable.Repeat<Func<CancellationToken, Task>>(VerifyAsync, Math.Min(throttle.Ceiling, runs.Count)), cancellation);

        async Task VerifyAsync(CancellationToken stop)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(PageReader.BufferSize);
            try
            {
                while (left.TryDequeue(out JournalRun run))
                {
                    await throttle.EnterAsync(stop).ConfigureAwait(false);
                    long moved = 0;
                    try
                    {
                        await CompareAsync(blob, run, buffer, stop).ConfigureAwait(false);
                        moved = run.Length;
                    }
                    finally
                    {
                        throttle.Leave(moved);
                    }

                    verified(run.Length);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <summary>Whether the blob holds a run as it was, or would be, sent.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="run">The run.</param>
    /// <param name="buffer">Room to read through.</param>
    /// <param name="cancellation">Ends it at once.</param>
    /// <exception cref="ImageServiceException">The service could not be read.</exception>
    public static async Task<bool> HoldsAsync(PageBlobClient blob, JournalRun run, byte[] buffer, CancellationToken cancellation)
    {
        (ulong crc, long length) = await AzureErrors.CallAsync(
            $"Reading back {run.Length} bytes at byte {run.Offset}",
            SecretText.WithoutQuery(blob.Uri),
            () => ReadAsync(blob, run, buffer, cancellation)).ConfigureAwait(false);
        return crc == run.Crc && length == run.Length;
    }

    private static async Task CompareAsync(PageBlobClient blob, JournalRun run, byte[] buffer, CancellationToken cancellation)
    {
        if (!await HoldsAsync(blob, run, buffer, cancellation).ConfigureAwait(false))
        {
            throw new ImageServiceException(
                "VerificationFailed",
                ServiceErrorKind.InvalidData,
                $"The service holds other bytes than were sent, among the {run.Length} at byte {run.Offset}.",
                "Something else may write to the same target. Upload again with -Restart.",
                SecretText.WithoutQuery(blob.Uri));
        }
    }

    private static async Task<(ulong Crc, long Length)> ReadAsync(PageBlobClient blob, JournalRun run, byte[] buffer, CancellationToken cancellation)
    {
        ulong crc = Crc64Nvme.Empty;
        long length = 0;
        await PageReader.ReadAsync(
            blob,
            run.Extent,
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
