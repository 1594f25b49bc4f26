using System.Collections.Concurrent;
using System.Globalization;
using AzImageTools.Disks;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Services.Copy;

/// <summary>One run of a copy to a page blob: what its steps share. Its bytes never come to this machine, unless they are verified.</summary>
/// <param name="request">What is copied, and how.</param>
/// <param name="origin">The disk.</param>
/// <param name="target">The blob.</param>
/// <param name="budget">The requests in flight.</param>
internal sealed class PageCopyRun(CopyRequest request, DownloadOrigin origin, CopyTarget target, UploadBudget budget)
{
    /// <summary>Whoever presses Ctrl+C does not wait longer for what ends by itself anyway.</summary>
    private static readonly TimeSpan LeavingTimeout = TimeSpan.FromSeconds(1);

    private readonly UploadCounters _counters = new();
    private readonly ConcurrentBag<SentRange> _copied = [];
    private VhdCopy? _result;
    private bool _mayResume = target.IsBegun;

    /// <summary>What came of it, once it has ended well.</summary>
    public VhdCopy Result => _result ?? throw new InvalidOperationException("The copy has not ended.");

    /// <summary>Refuses what one service can't read for another.</summary>
    /// <exception cref="ImageServiceException">Its bytes ask for a sign-in of their own (SourceAsksForSignIn).</exception>
    public static void RequireReadable(DownloadOrigin origin)
    {
        if (origin.AsksForSignIn)
        {
            // Whether Put Page From URL takes a token for managed disks beside a signature is documented nowhere.
            throw new ImageServiceException(
                "SourceAsksForSignIn",
                ErrorKind.NotSupported,
                $"Each read of the {origin.Description} takes a sign-in beside its signature (its data access authentication mode), which one service does not show to another.",
                "Bring it down with Receive-AzVhd, and up again with Send-AzVhd.",
                origin.Id);
        }
    }

    /// <summary>Whether the same command can go on with what there is.</summary>
    public bool CanResume() => _mayResume;

    /// <summary>Copies what holds data.</summary>
    public async Task CopyAsync(StepRun run)
    {
        OperationContext context = run.Context;
        long started = context.Time.GetTimestamp();
        OpenPages source = origin.Open();
        (long length, PageRangeList held) = await LookAsync(source, context).ConfigureAwait(false);
        long capacity = length - ChunkPlanner.PageSize;
        Chunk[] chunks = [.. ChunkPlanner.Plan(held.Ranges.Where(range => range.Offset < capacity), capacity)];
        bool hasEnd = held.Covers(new DiskExtent(capacity, ChunkPlanner.PageSize));
        PageBlobLease lease = await PageBlobLease.AcquireAsync(target.Blob.Client, target.LeaseId, context).ConfigureAwait(false);
        try
        {
            PageRangeList meant = new();
            Array.ForEach(chunks, chunk => meant.Add(ExtentOf(chunk)));
            PageCopier copier = new(target.Blob.Client, lease.Id, origin, source.ETag, context, _counters, budget.Throttle);
            IReadOnlyList<Chunk> missing = await FindMissingAsync(chunks, meant, length, lease.Id, context).ConfigureAwait(false);
            await CopyAllAsync(missing, capacity, copier, lease, context).ConfigureAwait(false);
            bool isCompared = await PageRangeCheck.RunAsync(target.Blob.Client, length, meant, context).ConfigureAwait(false);
            IReadOnlyCollection<SentRange> sums = request.Verify
                ? await PageComparison.RunAsync(chunks, new RangeReader(source.Blob, source.ETag, budget.Throttle), new RangeReader(target.Blob.Client, etag: null, budget.Throttle), _counters, budget, context).ConfigureAwait(false)
                : _copied;
            await RequireUnchangedAsync(source, context).ConfigureAwait(false);
            if (hasEnd)
            {
                // Last: a blob with a footer is a whole one.
                await lease.HoldAsync(() => copier.CopyAsync(new DiskExtent(capacity, ChunkPlanner.PageSize), context.Cancellation)).ConfigureAwait(false);
            }

            await lease.HoldAsync(() => target.CompleteAsync(lease.Id, run)).ConfigureAwait(false);
            await lease.ReleaseAsync(context.Cancellation).ConfigureAwait(false);
            _result = Describe(capacity, sums.Count == chunks.Length ? SumOf(sums, capacity) : null, context.Time.GetElapsedTime(started));
            context.Log.Verbose($"Copied the {origin.Description}: {_counters.Requests} ranges{(isCompared ? ", and the pages of both are the same" : string.Empty)}.");
        }
        catch (Exception exception)
        {
            // Who presses Ctrl+C does not wait until the target is deleted.
            _mayResume |= exception is OperationCanceledException;
            using CancellationTokenSource leaving = context.Time.CreateCancellationTokenSource(LeavingTimeout);
            await lease.ReleaseAsync(leaving.Token).ConfigureAwait(false);
            throw;
        }
    }

    private static DiskExtent ExtentOf(Chunk chunk) => new(chunk.Offset, chunk.Length);

    private static string SumOf(IEnumerable<SentRange> ranges, long capacity)
    {
        DiskChecksum sum = new(capacity);
        foreach (SentRange range in ranges)
        {
            sum.Add(range.Offset, range.Length, range.Crc);
        }

        return sum.Value.ToString("X16", CultureInfo.InvariantCulture);
    }

    private async Task<(long Length, PageRangeList Held)> LookAsync(OpenPages source, OperationContext context)
    {
        Uri address = SecretText.WithoutQuery(source.Blob.Uri);
        long length = await AzureErrors.CallAsync(
            $"Looking at the pages of the {origin.Description}", address, async () => (await source.Blob.GetPropertiesAsync(cancellationToken: context.Cancellation).ConfigureAwait(false)).Value.ContentLength).ConfigureAwait(false);
        if (length != origin.Capacity + ChunkPlanner.PageSize)
        {
            throw new ImageServiceException(
                "SourceChanged", ErrorKind.InvalidState, $"The {origin.Description} has {length} bytes, not the {origin.Capacity + ChunkPlanner.PageSize} of before.", "Run the command again.", origin.Id);
        }

        PageRangeList held = await AzureErrors.CallAsync($"Listing the pages of the {origin.Description}", address, () => PageRangeReader.ReadAsync(source.Blob, length, context.Cancellation)).ConfigureAwait(false);
        return (length, held);
    }

    /// <summary>What is not at the target yet. What is there and should not be is cleared.</summary>
    private async Task<IReadOnlyList<Chunk>> FindMissingAsync(IReadOnlyList<Chunk> chunks, PageRangeList meant, long length, string leaseId, OperationContext context)
    {
        if (!target.IsBegun)
        {
            return chunks;
        }

        PageRangeList there = await AzureErrors.CallAsync(
            $"Listing the pages of the {target.Blob.Description}", target.Blob.Uri, () => PageRangeReader.ReadAsync(target.Blob.Client, length, context.Cancellation)).ConfigureAwait(false);
        PageWriter writer = new(target.Blob.Client, leaseId, _counters, budget.Throttle);
        foreach (DiskExtent stray in there.Except(meant).Reverse())
        {
            await writer.ClearAsync(stray, context.Cancellation).ConfigureAwait(false);
        }

        List<Chunk> missing = [];
        foreach (Chunk chunk in chunks)
        {
            if (there.Covers(ExtentOf(chunk)))
            {
                _counters.AddResumed(chunk.Length);
            }
            else
            {
                missing.Add(chunk);
            }
        }

        return missing;
    }

    private async Task CopyAllAsync(IReadOnlyList<Chunk> missing, long capacity, PageCopier copier, PageBlobLease lease, OperationContext context)
    {
        UploadProgress progress = new($"Copying {origin.Name}", capacity, _counters, context, "copied");
        progress.Update();
        ConcurrentQueue<Chunk> left = new(missing);
        await Workers.RunAsync(Enumerable.Repeat<Func<CancellationToken, Task>>(CopyNextAsync, Math.Min(budget.Throttle.Ceiling, missing.Count)), context.Cancellation).ConfigureAwait(false);
        _counters.AddSkipped(capacity - _counters.Sent - _counters.Resumed);
        progress.Update();

        async Task CopyNextAsync(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested && left.TryDequeue(out Chunk? chunk))
            {
                await budget.Throttle.SendAsync(
                    async () =>
                    {
                        if (await lease.HoldAsync(() => copier.CopyAsync(ExtentOf(chunk), stop)).ConfigureAwait(false) is { } crc)
                        {
                            _copied.Add(new SentRange(chunk.Offset, chunk.Length, crc));
                        }

                        return chunk.Length;
                    },
                    stop).ConfigureAwait(false);
                _mayResume = true;
                _counters.AddSent(chunk.Length);
                progress.Update();
            }
        }
    }

    private async Task RequireUnchangedAsync(OpenPages source, OperationContext context)
    {
        if (source.ETag is null)
        {
            return;
        }

        BlobProperties now = await AzureErrors.CallAsync(
            $"Looking at the {origin.Description} again", origin.Id, async () => (await source.Blob.GetPropertiesAsync(cancellationToken: context.Cancellation).ConfigureAwait(false)).Value).ConfigureAwait(false);
        if (now.ETag.ToString("H") != source.ETag)
        {
            throw new ImageServiceException(
                "SourceChanged", ErrorKind.InvalidState, $"The {origin.Description} has changed while it was copied.", "See that nothing writes to it; then run the command again, which starts over.", origin.Id);
        }
    }

    private VhdCopy Describe(long capacity, string? crc, TimeSpan duration) => new()
    {
        Id = target.Blob.Uri.AbsoluteUri,
        Name = target.Blob.Client.Name,
        CopyKind = CopyKind.PageBlob,
        Uri = target.Blob.Uri,
        SourceId = origin.Id,
        Capacity = capacity,
        BytesCopied = _counters.Sent,
        BytesResumed = _counters.Resumed,
        BytesSkipped = _counters.Skipped,
        BytesVerified = _counters.Verified,
        Requests = _counters.Requests,
        Retries = _counters.Retries,
        Duration = duration,
        Crc64 = crc,
    };
}
