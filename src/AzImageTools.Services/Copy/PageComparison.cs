using System.Collections.Concurrent;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Copy;

/// <summary>Reads the same ranges of two page blobs, and compares them.</summary>
internal static class PageComparison
{
    /// <summary>Compares, several ranges at a time.</summary>
    /// <returns>The checksum of each range.</returns>
    /// <exception cref="ImageServiceException">They differ (VerificationFailed), or could not be read.</exception>
    public static async Task<IReadOnlyCollection<SentRange>> RunAsync(
        IReadOnlyList<Chunk> chunks, RangeReader source, RangeReader copy, UploadCounters counters, UploadBudget budget, OperationContext context)
    {
        ConcurrentQueue<Chunk> left = new(chunks);
        ConcurrentBag<SentRange> sums = [];
        long total = chunks.Sum(static chunk => (long)chunk.Length);
        await Workers.RunAsync(Enumerable.Repeat<Func<CancellationToken, Task>>(CompareNextAsync, Math.Min(budget.Throttle.Ceiling, chunks.Count)), context.Cancellation).ConfigureAwait(false);
        return sums;

        async Task CompareNextAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested && left.TryDequeue(out Chunk? chunk))
            {
                ulong expected = await ReadAsync(source, chunk, stop).ConfigureAwait(false);
                if (await ReadAsync(copy, chunk, stop).ConfigureAwait(false) != expected)
                {
                    throw new ImageServiceException(
                        "VerificationFailed",
                        ErrorKind.InvalidData,
                        $"The copy holds other bytes than its source, among the {chunk.Length} at byte {chunk.Offset}.",
                        "Something else may write to one of them. Copy again with -Restart.",
                        SecretText.WithoutQuery(copy.Blob.Uri));
                }

                sums.Add(new SentRange(chunk.Offset, chunk.Length, expected));
                counters.AddVerified(chunk.Length);
                context.Progress.Report(new OperationProgress
                {
                    Activity = "Comparing the copy",
                    Status = $"{ByteSize.Format(counters.Verified)} of {ByteSize.Format(total)} read from both",
                    PercentComplete = total == 0 ? 100 : 100.0 * counters.Verified / total,
                    IsCompleted = counters.Verified == total,
                });
            }
        }

        async Task<ulong> ReadAsync(RangeReader reader, Chunk chunk, CancellationToken stop)
        {
            PageBuffer room = await budget.Buffers.RentAsync(chunk.Length, stop).ConfigureAwait(false);
            try
            {
                ReadSum sum = default;
                await budget.Throttle.SendAsync(
                    async () =>
                    {
                        sum = await reader.ReadAsync(new DiskExtent(chunk.Offset, chunk.Length), room.Bytes, stop).ConfigureAwait(false);
                        return chunk.Length;
                    },
                    stop).ConfigureAwait(false);
                return sum.Crc;
            }
            finally
            {
                room.Release();
            }
        }
    }
}
