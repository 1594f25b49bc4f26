using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Download.Transfer;

/// <summary>
/// Moves what of a page blob holds data into an image file: several requests at a time, each with its room in memory, in as many as
/// the line and the service take. What is in the file is noted in the journal.
/// </summary>
/// <param name="reader">Reads the blob.</param>
/// <param name="file">The file.</param>
/// <param name="counters">What has been done.</param>
/// <param name="budget">How many requests may be in flight, and the memory for them.</param>
/// <param name="log">Where finished chunks are noted.</param>
internal sealed class DownloadEngine(RangeReader reader, GrowingImage file, UploadCounters counters, UploadBudget budget, ISentChunkLog log)
{
    private readonly DiskChecksum _checksum = new(file.Layout.Capacity);
    private readonly List<SentRange> _ranges = [];
    private long _rangesWithoutSum;

    /// <summary>The chunks that the file holds already, by their offset.</summary>
    public IReadOnlyDictionary<long, SentChunk> Done { get; init; } = new Dictionary<long, SentChunk>();

    /// <summary>The CRC-64/NVME of the disk's content; right once <see cref="RunAsync"/> has ended.</summary>
    public ulong Crc64 => _checksum.Value;

    /// <summary>Whether the service gave a checksum of each range that was read.</summary>
    public bool HasAllSums => Interlocked.Read(ref _rangesWithoutSum) == 0;

    /// <summary>What is in the file, in no order.</summary>
    public IReadOnlyCollection<SentRange> Ranges => _ranges;

    /// <summary>Brings down what is missing.</summary>
    /// <param name="chunks">All that holds data.</param>
    /// <param name="progress">Told of each step.</param>
    /// <param name="cancellation">Ends it at once.</param>
    public async Task RunAsync(IEnumerable<Chunk> chunks, UploadProgress progress, CancellationToken cancellation)
    {
        progress.Update();
        using IEnumerator<Chunk> missing = Missing(chunks).GetEnumerator();
        await Workers.RunAsync(Enumerable.Repeat<Func<CancellationToken, Task>>(FetchAllAsync, budget.Throttle.Ceiling), cancellation).ConfigureAwait(false);
        counters.AddSkipped(file.Layout.Capacity - counters.Sent - counters.Resumed);
        progress.Update();

        async Task FetchAllAsync(CancellationToken stop)
        {
            while (true)
            {
                Chunk chunk;
                lock (missing)
                {
                    if (stop.IsCancellationRequested || !missing.MoveNext())
                    {
                        return;
                    }

                    chunk = missing.Current;
                }

                await FetchAsync(chunk, stop).ConfigureAwait(false);
                progress.Update();
            }
        }
    }

    /// <summary>The chunks that are to be asked for; the others are taken over.</summary>
    private IEnumerable<Chunk> Missing(IEnumerable<Chunk> chunks)
    {
        foreach (Chunk chunk in chunks)
        {
            if (Done.TryGetValue(chunk.Offset, out SentChunk? done) && done.IsOf(chunk))
            {
                Add(done.Ranges[0]);
                counters.AddResumed(done.Length);
            }
            else
            {
                yield return chunk;
            }
        }
    }

    private async Task FetchAsync(Chunk chunk, CancellationToken cancellation)
    {
        PageBuffer room = await budget.Buffers.RentAsync(chunk.Length, cancellation).ConfigureAwait(false);
        try
        {
            ReadSum sum = default;
            await budget.Throttle.SendAsync(
                async () =>
                {
                    sum = await reader.ReadAsync(new DiskExtent(chunk.Offset, chunk.Length), room.Bytes, cancellation).ConfigureAwait(false);
                    return chunk.Length;
                },
                cancellation).ConfigureAwait(false);
            file.Write(chunk.Offset, room.Bytes);
            SentRange range = new(chunk.Offset, chunk.Length, sum.Crc);
            Add(range);
            log.Append(new SentChunk(chunk.Offset, chunk.Length, [range]));
            counters.AddSent(chunk.Length);
            if (!sum.IsTheServices)
            {
                Interlocked.Increment(ref _rangesWithoutSum);
            }
        }
        finally
        {
            room.Release();
        }
    }

    private void Add(SentRange range)
    {
        _checksum.Add(range.Offset, range.Length, range.Crc);
        lock (_ranges)
        {
            _ranges.Add(range);
        }
    }
}
