using System.Collections.Concurrent;
using System.Threading.Channels;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Journal;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>
/// Moves a fixed VHD into a page blob in one pass: one task reads and leaves out zeros, others checksum and send, and what
/// is confirmed goes into the journal. What was written is compared with what was meant, and the footer comes last, so that
/// a blob with a footer is a whole one.
/// </summary>
/// <param name="image">The disk as a fixed VHD: its content, and the footer in the last 512 bytes.</param>
/// <param name="blob">The blob.</param>
/// <param name="budget">How many requests may be in flight, and the memory for them.</param>
internal sealed class UploadEngine(IByteSource image, PageBlobClient blob, UploadBudget budget) : IRetryObserver
{
    private readonly AdaptiveThrottle _throttle = budget.Throttle;
    private readonly PageRangeList _meant = new();
    private readonly List<JournalRun> _written = [];
    private readonly ConcurrentDictionary<PageBuffer, bool> _rented = new();
    private readonly DiskChecksum _checksum = new(image.Length - ChunkPlanner.PageSize);
    private IReadOnlyDictionary<long, JournalChunk> _done = new Dictionary<long, JournalChunk>();

    /// <summary>The lease held on the blob; null for none.</summary>
    public string? LeaseId { get; init; }

    /// <summary>Where finished chunks are noted; null for nowhere.</summary>
    public UploadJournal? Journal { get; init; }

    /// <summary>What an interrupted run has done; null where the blob is new and empty.</summary>
    public JournalContent? Earlier { get; init; }

    /// <summary>Whether everything is read back and compared.</summary>
    public bool Verify { get; init; }

    /// <summary>Checks, when all has been read, that it was of one moment in time: throws where it was not.</summary>
    public Action CheckSource { get; init; } = () => { };

    /// <summary>What has been done.</summary>
    public UploadCounters Counters { get; } = new();

    /// <summary>The CRC-64/NVME of the disk's content, without the footer; right once <see cref="RunAsync"/> has ended.</summary>
    public ulong Crc64 => _checksum.Value;

    /// <summary>The disk's capacity in bytes: the fixed VHD without its footer.</summary>
    private long Capacity => image.Length - ChunkPlanner.PageSize;

    /// <summary>Uploads.</summary>
    /// <returns>Whether the pages written could be compared with those meant.</returns>
    /// <exception cref="ImageServiceException">Reading or writing failed; the blob is incomplete and has no footer.</exception>
    public async Task<bool> RunAsync(OperationContext context)
    {
        PageWriter writer = new(blob, this, LeaseId);
        if (Earlier is not null)
        {
            _done = await ResumePoint.FindAsync(image, Earlier, writer, context).ConfigureAwait(false);
        }

        UploadProgress progress = new($"Uploading {image.Name}", Capacity, Counters, context);
        progress.Update();
        await MovePagesAsync(writer, progress, context.Cancellation).ConfigureAwait(false);
        progress.Complete();
        CheckSource();
        bool compared = await PageRangeCheck.RunAsync(blob, _meant, context).ConfigureAwait(false);
        if (Verify)
        {
            await ReadBackAsync(context).ConfigureAwait(false);
        }

        Journal?.AppendVerified();
        await WriteFooterAsync(writer, context.Cancellation).ConfigureAwait(false);
        return compared;
    }

    /// <inheritdoc/>
    void IRetryObserver.Retrying(int status, TimeSpan delay)
    {
        Counters.Retrying(status, delay);
        _throttle.Retrying(status, delay);
    }

    private async Task MovePagesAsync(PageWriter writer, UploadProgress progress, CancellationToken cancellation)
    {
        Channel<PageRun> runs = Channel.CreateBounded<PageRun>(new BoundedChannelOptions(2 * _throttle.Ceiling) { SingleWriter = true });
        IEnumerable<Func<CancellationToken, Task>> senders = Enumerable.Repeat<Func<CancellationToken, Task>>(
            stop => SendAsync(writer, runs.Reader, progress, stop), _throttle.Ceiling);
        try
        {
            await Workers.RunAsync([stop => ReadAsync(runs.Writer, progress, stop), .. senders], cancellation).ConfigureAwait(false);
        }
        finally
        {
            // Others may wait for what was not sent to its end.
            foreach (PageBuffer buffer in _rented.Keys)
            {
                Return(buffer);
            }
        }
    }

    private async Task ReadAsync(ChannelWriter<PageRun> output, UploadProgress progress, CancellationToken cancellation)
    {
        long position = 0;
        foreach (Chunk chunk in ChunkPlanner.Plan(image, Capacity))
        {
            cancellation.ThrowIfCancellationRequested();
            Counters.AddSkipped(chunk.Offset - position);
            position = chunk.End;
            if (_done.TryGetValue(chunk.Offset, out JournalChunk? done))
            {
                TakeOver(done);
            }
            else
            {
                await LoadAsync(chunk, await RentAsync(chunk.Length, cancellation).ConfigureAwait(false), output, cancellation).ConfigureAwait(false);
            }

            progress.Update();
        }

        Counters.AddSkipped(Capacity - position);
        output.Complete();
    }

    private async Task<PageBuffer> RentAsync(int length, CancellationToken cancellation)
    {
        PageBuffer buffer = await budget.Buffers.RentAsync(length, cancellation).ConfigureAwait(false);
        _rented[buffer] = true;
        return buffer;
    }

    private void Return(PageBuffer buffer)
    {
        if (_rented.TryRemove(buffer, out _))
        {
            buffer.Release();
        }
    }

    private void TakeOver(JournalChunk chunk)
    {
        foreach (JournalRun run in chunk.Runs)
        {
            _meant.Add(run.Extent);
            _checksum.Add(run.Offset, run.Length, run.Crc);
        }

        KeepForVerification(chunk);
        Counters.AddResumed(chunk.RunBytes);
        Counters.AddSkipped(chunk.Length - chunk.RunBytes);
    }

    private async Task LoadAsync(Chunk chunk, PageBuffer buffer, ChannelWriter<PageRun> output, CancellationToken cancellation)
    {
        List<DiskExtent> found = chunk.Read(image, buffer.Bytes);
        Counters.AddRead(chunk.ReadLength);
        Counters.AddSkipped(chunk.Length - found.Sum(run => run.Length));
        if (found.Count == 0)
        {
            Return(buffer);
            Journal?.Append(new JournalChunk(chunk.Offset, chunk.Length, []));
            return;
        }

        LoadedChunk loaded = new(chunk, buffer, found);
        for (int run = 0; run < loaded.RunCount; run++)
        {
            _meant.Add(loaded.ExtentOf(run));
            await output.WriteAsync(new PageRun(loaded, run), cancellation).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(PageWriter writer, ChannelReader<PageRun> input, UploadProgress progress, CancellationToken cancellation)
    {
        do
        {
            bool found = true;
            while (found)
            {
                await _throttle.EnterAsync(cancellation).ConfigureAwait(false);
                long moved = 0;
                try
                {
                    found = input.TryRead(out PageRun? run);
                    if (found)
                    {
                        moved = await SendAsync(writer, run!, cancellation).ConfigureAwait(false);
                    }
                }
                finally
                {
                    _throttle.Leave(moved);
                }

                progress.Update();
            }
        }
        while (await input.WaitToReadAsync(cancellation).ConfigureAwait(false));
    }

    private async Task<long> SendAsync(PageWriter writer, PageRun run, CancellationToken cancellation)
    {
        ArraySegment<byte> bytes = run.Chunk.BytesOf(run.Index);
        long offset = run.Chunk.ExtentOf(run.Index).Offset;
        ulong crc = Crc64Nvme.Compute(bytes);
        await writer.WriteAsync(bytes, offset, crc, cancellation).ConfigureAwait(false);
        _checksum.Add(offset, bytes.Count, crc);
        Counters.AddSent(bytes.Count);
        if (run.Chunk.Complete(run.Index, crc) is { } chunk)
        {
            Return(run.Chunk.Buffer);
            Journal?.Append(chunk);
            KeepForVerification(chunk);
        }

        return bytes.Count;
    }

    private void KeepForVerification(JournalChunk chunk)
    {
        if (Verify)
        {
            lock (_written)
            {
                _written.AddRange(chunk.Runs);
            }
        }
    }

    private Task ReadBackAsync(OperationContext context)
    {
        long total = _written.Sum(run => (long)run.Length);
        return PageVerification.RunAsync(
            blob,
            _written,
            _throttle,
            length =>
            {
                Counters.AddVerified(length);
                context.Progress.Report(new OperationProgress
                {
                    Activity = $"Uploading {image.Name}",
                    Status = $"{ByteSize.Format(Counters.Verified)} of {ByteSize.Format(total)} read back",
                    PercentComplete = 100,
                });
            },
            context.Cancellation);
    }

    private async Task WriteFooterAsync(PageWriter writer, CancellationToken cancellation)
    {
        byte[] footer = new byte[ChunkPlanner.PageSize];
        image.Read(Capacity, footer);
        await _throttle.EnterAsync(cancellation).ConfigureAwait(false);
        try
        {
            await writer.WriteAsync(new ArraySegment<byte>(footer), Capacity, Crc64Nvme.Compute(footer), cancellation).ConfigureAwait(false);
        }
        finally
        {
            _throttle.Leave(footer.Length);
        }

        Counters.AddSent(footer.Length);
    }
}
