using AzImageTools.Disks;
using AzImageTools.Services.Upload.Journal;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>
/// Finds what of a disk is at its target already although no journal tells so. Both are read and their checksums compared;
/// what is proved so counts as done like what was journalled, and is journalled now.
/// </summary>
internal sealed class ProvenChunks
{
    private readonly IByteSource _image;
    private readonly PageBlobClient _blob;
    private readonly UploadBudget _budget;
    private readonly OperationContext _context;
    private readonly object _gate = new();
    private long _read;
    private long _proved;

    private ProvenChunks(IByteSource image, PageBlobClient blob, UploadBudget budget, OperationContext context)
    {
        _image = image;
        _blob = blob;
        _budget = budget;
        _context = context;
    }

    /// <summary>Adds what is proved to what a journal tells.</summary>
    /// <param name="image">The disk as a fixed VHD.</param>
    /// <param name="blob">The target.</param>
    /// <param name="content">What the journal tells.</param>
    /// <param name="journal">The journal, open.</param>
    /// <param name="budget">How many requests may be in flight, and the memory for them.</param>
    /// <param name="context">Progress, log, cancellation.</param>
    /// <returns>How many bytes of the disk were read.</returns>
    /// <exception cref="ImageServiceException">The disk or the target could not be read.</exception>
    public static async Task<long> AddAsync(IByteSource image, PageBlobClient blob, JournalContent content, UploadJournal journal, UploadBudget budget, OperationContext context)
    {
        if (await PageRangeCheck.TryReadRangesAsync(blob, context).ConfigureAwait(false) is not { } held)
        {
            return 0;
        }

        ProvenChunks proof = new(image, blob, budget, context);
        await proof.RunAsync(held, content, journal).ConfigureAwait(false);
        context.Log.Verbose($"{ByteSize.Format(proof._proved)} that no journal tells of are at the target already, and equal to the disk's.");
        return proof._read;
    }

    private async Task RunAsync(PageRangeList held, JournalContent content, UploadJournal journal)
    {
        IEnumerable<Chunk> unknown = ChunkPlanner.Plan(_image, content.Capacity)
            .Where(chunk => content.Find(chunk) is null && held.Touches(new DiskExtent(chunk.Offset, chunk.Length)));
        using IEnumerator<Chunk> chunks = unknown.GetEnumerator();
        await Workers.RunAsync(
            Enumerable.Repeat<Func<CancellationToken, Task>>(CompareAsync, _budget.Throttle.Ceiling), _context.Cancellation).ConfigureAwait(false);

        async Task CompareAsync(CancellationToken stop)
        {
            byte[] buffer = new byte[PageReader.BufferSize];
            while (Next(chunks) is { } chunk)
            {
                if (await ProveAsync(chunk, held, buffer, stop).ConfigureAwait(false) is { } proved)
                {
                    Note(proved, content, journal);
                }
            }
        }
    }

    private Chunk? Next(IEnumerator<Chunk> chunks)
    {
        lock (_gate)
        {
            return chunks.MoveNext() ? chunks.Current : null;
        }
    }

    private void Note(JournalChunk proved, JournalContent content, UploadJournal journal)
    {
        lock (_gate)
        {
            _proved += proved.RunBytes;

            // Behind all that the file had when it was read, as it is in the file now.
            content.Add(proved, content.ValidLength + 1);
            journal.Append(proved);
        }

        _context.Progress.Report(new OperationProgress
        {
            Activity = $"Uploading {_image.Name}",
            Status = $"{ByteSize.Format(Interlocked.Read(ref _proved))} found at the target",
            PercentComplete = 0,
        });
    }

    /// <summary>The chunk as it would be journalled, if the target holds all of it; else null.</summary>
    private async Task<JournalChunk?> ProveAsync(Chunk chunk, PageRangeList held, byte[] buffer, CancellationToken stop)
    {
        List<JournalRun> runs = await LoadAsync(chunk, stop).ConfigureAwait(false);
        if (runs.Count == 0 || !runs.TrueForAll(run => held.Covers(run.Extent)))
        {
            return null;
        }

        foreach (JournalRun run in runs)
        {
            await _budget.Throttle.EnterAsync(stop).ConfigureAwait(false);
            long moved = 0;
            try
            {
                if (!await PageVerification.HoldsAsync(_blob, run, buffer, stop).ConfigureAwait(false))
                {
                    return null;
                }

                moved = run.Length;
            }
            finally
            {
                _budget.Throttle.Leave(moved);
            }
        }

        return new JournalChunk(chunk.Offset, chunk.Length, runs);
    }

    /// <summary>What would be sent of a chunk.</summary>
    private async Task<List<JournalRun>> LoadAsync(Chunk chunk, CancellationToken stop)
    {
        PageBuffer room = await _budget.Buffers.RentAsync(chunk.Length, stop).ConfigureAwait(false);
        try
        {
            List<DiskExtent> runs = chunk.Read(_image, room.Bytes);
            Interlocked.Add(ref _read, chunk.ReadLength);
            return runs.ConvertAll(run => new JournalRun(
                chunk.Offset + run.Offset, (int)run.Length, Crc64Nvme.Compute(room.Bytes.AsSpan((int)run.Offset, (int)run.Length))));
        }
        finally
        {
            room.Release();
        }
    }
}
