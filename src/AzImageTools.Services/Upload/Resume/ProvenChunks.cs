using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Resume;

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
    /// <param name="journal">The journal.</param>
    /// <param name="budget">How many requests may be in flight, and the memory for them.</param>
    /// <param name="context">Progress, log, cancellation.</param>
    /// <returns>How many bytes of the disk were read.</returns>
    /// <exception cref="ImageServiceException">The disk or the target could not be read.</exception>
    public static async Task<long> AddAsync(IByteSource image, PageBlobClient blob, UploadJournal journal, UploadBudget budget, OperationContext context)
    {
        if (await PageRangeCheck.TryReadRangesAsync(blob, context).ConfigureAwait(false) is not { } held)
        {
            return 0;
        }

        ProvenChunks proof = new(image, blob, budget, context);
        await proof.RunAsync(held, journal).ConfigureAwait(false);
        context.Log.Verbose($"{ByteSize.Format(proof._proved)} not listed in the journal are at the target already, and equal to the disk.");
        return proof._read;
    }

    private async Task RunAsync(PageRangeList held, UploadJournal journal)
    {
        JournalContent content = journal.Content;
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
                    Note(proved, journal);
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

    private void Note(SentChunk proved, UploadJournal journal)
    {
        lock (_gate)
        {
            _proved += proved.BytesSent;

            // Behind all that the file had when it was read, as it is in the file now.
            journal.Content.Add(proved, journal.Content.ValidLength + 1);
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
    private async Task<SentChunk?> ProveAsync(Chunk chunk, PageRangeList held, byte[] buffer, CancellationToken stop)
    {
        SentChunk wanted = new(chunk.Offset, chunk.Length, await LoadAsync(chunk, stop).ConfigureAwait(false));
        bool isHeld = wanted.Ranges.Count > 0 && wanted.IsHeldIn(held);
        for (int i = 0; isHeld && i < wanted.Ranges.Count; i++)
        {
            SentRange range = wanted.Ranges[i];
            await _budget.Throttle.SendAsync(
                async () => (isHeld = await PageVerification.HoldsAsync(_blob, range, buffer, stop).ConfigureAwait(false)) ? range.Length : 0, stop).ConfigureAwait(false);
        }

        return isHeld ? wanted : null;
    }

    /// <summary>What would be sent of a chunk.</summary>
    private async Task<List<SentRange>> LoadAsync(Chunk chunk, CancellationToken stop)
    {
        PageBuffer room = await _budget.Buffers.RentAsync(chunk.Length, stop).ConfigureAwait(false);
        try
        {
            List<DiskExtent> data = chunk.Read(_image, room.Bytes);
            Interlocked.Add(ref _read, chunk.ReadLength);
            return data.ConvertAll(range => new SentRange(
                chunk.Offset + range.Offset, (int)range.Length, Crc64Nvme.Compute(room.Bytes.AsSpan((int)range.Offset, (int)range.Length))));
        }
        finally
        {
            room.Release();
        }
    }
}
