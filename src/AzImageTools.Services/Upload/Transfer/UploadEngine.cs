using System.Collections.Concurrent;
using System.Threading.Channels;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// Moves a fixed VHD into a page blob in one pass: one task reads and leaves out zeros, others checksum and send, and what
/// is confirmed goes into the journal. What was written is compared with what was meant, and the footer comes last, so that
/// a blob with a footer is a whole one.
/// </summary>
/// <param name="image">The disk as a fixed VHD: its content, and the footer in the last 512 bytes.</param>
/// <param name="pages">Writes to the blob.</param>
/// <param name="counters">What has been done.</param>
/// <param name="budget">How many requests may be in flight, and the memory for them.</param>
/// <param name="log">Where finished chunks are noted.</param>
internal sealed class UploadEngine(IByteSource image, PageWriter pages, UploadCounters counters, UploadBudget budget, ISentChunkLog log)
{
    private readonly AdaptiveThrottle _throttle = budget.Throttle;
    private readonly PageRangeList _meant = new();
    private readonly List<SentRange> _written = [];
    private readonly ConcurrentDictionary<PageBuffer, bool> _rented = new();
    private readonly DiskChecksum _checksum = new(image.Length - ChunkPlanner.PageSize);

    /// <summary>The chunks that the blob holds already, by their offset.</summary>
    public IReadOnlyDictionary<long, SentChunk> Done { get; init; } = new Dictionary<long, SentChunk>();

    /// <summary>Whether everything is read back and compared.</summary>
    public bool Verify { get; init; }

    /// <summary>How fast the blob takes pages, told of what it refuses; null where it takes them as fast as they come.</summary>
    public WritePace? Pace { get; init; }

    /// <summary>Checks, when all has been read, that it was of one moment in time: throws where it was not.</summary>
    public Action CheckSource { get; init; } = () => { };

    /// <summary>The CRC-64/NVME of the disk's content, without the footer; right once <see cref="RunAsync"/> has ended.</summary>
    public ulong Crc64 => _checksum.Value;

    /// <summary>The disk's capacity in bytes: the fixed VHD without its footer.</summary>
    private long Capacity => image.Length - ChunkPlanner.PageSize;

    /// <summary>Uploads.</summary>
    /// <returns>Whether the pages written could be compared with those meant.</returns>
    /// <exception cref="ImageServiceException">Reading or writing failed; the blob is incomplete and has no footer.</exception>
    public async Task<bool> RunAsync(OperationContext context)
    {
        UploadProgress progress = new($"Uploading {image.Name}", Capacity, counters, context);
        progress.Update();
        await MovePagesAsync(progress, context.Cancellation).ConfigureAwait(false);
        progress.Update();
        CheckSource();
        bool compared = await PageRangeCheck.RunAsync(pages.Blob, image.Length, _meant, context).ConfigureAwait(false);
        if (Verify)
        {
            await ReadBackAsync(context).ConfigureAwait(false);
        }

        log.AppendVerified();
        await WriteFooterAsync(context.Cancellation).ConfigureAwait(false);
        return compared;
    }

    private async Task MovePagesAsync(UploadProgress progress, CancellationToken cancellation)
    {
        Channel<(LoadedChunk, int)> ranges = Channel.CreateBounded<(LoadedChunk, int)>(new BoundedChannelOptions(2 * _throttle.Ceiling) { SingleWriter = true });
        IEnumerable<Func<CancellationToken, Task>> senders = Enumerable.Repeat<Func<CancellationToken, Task>>(
            stop => SendAllAsync(ranges.Reader, progress, stop), _throttle.Ceiling);
        try
        {
            await Workers.RunAsync([stop => ReadAsync(ranges.Writer, progress, stop), .. senders], cancellation).ConfigureAwait(false);
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

    private async Task ReadAsync(ChannelWriter<(LoadedChunk, int)> output, UploadProgress progress, CancellationToken cancellation)
    {
        long position = 0;
        foreach (Chunk chunk in ChunkPlanner.Plan(image, Capacity))
        {
            cancellation.ThrowIfCancellationRequested();
            counters.AddSkipped(chunk.Offset - position);
            position = chunk.End;
            if (Done.TryGetValue(chunk.Offset, out SentChunk? done))
            {
                TakeOver(done);
            }
            else
            {
                await LoadAsync(chunk, await RentAsync(chunk.Length, cancellation).ConfigureAwait(false), output, cancellation).ConfigureAwait(false);
            }

            progress.Update();
        }

        counters.AddSkipped(Capacity - position);
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

    private void TakeOver(SentChunk chunk)
    {
        foreach (SentRange range in chunk.Ranges)
        {
            _meant.Add(range.Extent);
            _checksum.Add(range.Offset, range.Length, range.Crc);
        }

        KeepForVerification(chunk);
        counters.AddResumed(chunk.BytesSent);
        counters.AddSkipped(chunk.Length - chunk.BytesSent);
    }

    private async Task LoadAsync(Chunk chunk, PageBuffer buffer, ChannelWriter<(LoadedChunk, int)> output, CancellationToken cancellation)
    {
        List<DiskExtent> found = chunk.Read(image, buffer.Bytes);
        counters.AddRead(chunk.ReadLength);
        counters.AddSkipped(chunk.Length - found.Sum(range => range.Length));
        if (found.Count == 0)
        {
            Return(buffer);
            log.Append(new SentChunk(chunk.Offset, chunk.Length, []));
            return;
        }

        LoadedChunk loaded = new(chunk, buffer, found);
        for (int range = 0; range < loaded.RangeCount; range++)
        {
            _meant.Add(loaded.ExtentOf(range));
            await output.WriteAsync((loaded, range), cancellation).ConfigureAwait(false);
        }
    }

    private async Task SendAllAsync(ChannelReader<(LoadedChunk Chunk, int Range)> input, UploadProgress progress, CancellationToken cancellation)
    {
        do
        {
            while (await TakeAsync(input, cancellation).ConfigureAwait(false) is (LoadedChunk chunk, int range))
            {
                long moved = 0;
                try
                {
                    moved = await SendAsync(chunk, range, cancellation).ConfigureAwait(false);
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

    /// <summary>Takes what is next, once it may be in flight; null where nothing is there now.</summary>
    private async Task<(LoadedChunk Chunk, int Range)?> TakeAsync(ChannelReader<(LoadedChunk Chunk, int Range)> input, CancellationToken cancellation)
    {
        bool isPaced = Pace is not null && await Pace.EnterAsync(cancellation).ConfigureAwait(false);
        try
        {
            await _throttle.EnterAsync(cancellation).ConfigureAwait(false);
            if (input.TryRead(out (LoadedChunk Chunk, int Range) next))
            {
                Pace?.Send(next.Chunk.BytesOf(next.Range).Count);
                return next;
            }

            _throttle.Leave(0);
            return null;
        }
        finally
        {
            if (isPaced)
            {
                Pace!.Leave();
            }
        }
    }

    private async Task<long> SendAsync(LoadedChunk chunk, int range, CancellationToken cancellation)
    {
        ArraySegment<byte> bytes = chunk.BytesOf(range);
        long offset = chunk.ExtentOf(range).Offset;
        ulong crc = Crc64Nvme.Compute(bytes);
        await pages.WriteAsync(bytes, offset, crc, cancellation).ConfigureAwait(false);
        Pace?.Taken(bytes.Count);
        _checksum.Add(offset, bytes.Count, crc);
        counters.AddSent(bytes.Count);
        if (chunk.Complete(range, crc) is { } sent)
        {
            Return(chunk.Buffer);
            log.Append(sent);
            KeepForVerification(sent);
        }

        return bytes.Count;
    }

    private void KeepForVerification(SentChunk chunk)
    {
        if (Verify)
        {
            lock (_written)
            {
                _written.AddRange(chunk.Ranges);
            }
        }
    }

    private Task ReadBackAsync(OperationContext context)
    {
        long total = _written.Sum(range => (long)range.Length);
        return PageVerification.RunAsync(
            pages.Blob,
            _written,
            _throttle,
            length =>
            {
                counters.AddVerified(length);
                context.Progress.Report(new OperationProgress
                {
                    Activity = $"Uploading {image.Name}",
                    Status = $"{ByteSize.Format(counters.Verified)} of {ByteSize.Format(total)} read back",
                    PercentComplete = 100,
                });
            },
            context.Cancellation);
    }

    private async Task WriteFooterAsync(CancellationToken cancellation)
    {
        byte[] footer = new byte[ChunkPlanner.PageSize];
        image.Read(Capacity, footer);
        await _throttle.SendAsync(
            async () =>
            {
                await pages.WriteAsync(new ArraySegment<byte>(footer), Capacity, Crc64Nvme.Compute(footer), cancellation).ConfigureAwait(false);
                return footer.Length;
            },
            cancellation).ConfigureAwait(false);
        counters.AddSent(footer.Length);
    }
}

/// <summary>Notes what of a disk has been sent, so that it need not be sent again after an interruption. Thread-safe.</summary>
internal interface ISentChunkLog
{
    /// <summary>Notes a chunk that is done.</summary>
    void Append(SentChunk chunk);

    /// <summary>Notes that all pages are there, compared with those meant.</summary>
    void AppendVerified();
}
