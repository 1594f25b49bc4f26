using System.Threading.Channels;
using AzImageTools.Disks;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

/// <summary>
/// Moves a fixed VHD into a page blob that is there and empty, in one pass: one task reads and leaves out zeros, others
/// checksum and send. What was written is compared with what was meant, and the footer comes last, so that a blob with a
/// footer is a whole one.
/// </summary>
/// <param name="image">The disk as a fixed VHD: its content, and the footer in the last 512 bytes.</param>
/// <param name="blob">The blob, whose client runs a <see cref="PageCrcPolicy"/>.</param>
/// <param name="throttleLimit">How many requests may be in flight.</param>
internal sealed class UploadEngine(IByteSource image, PageBlobClient blob, int throttleLimit)
{
    /// <summary>Chunks read ahead of those in flight.</summary>
    private const int ReadAhead = 2;

    private readonly PageRangeList _meant = new();
    private readonly DiskChecksum _checksum = new(image.Length - ChunkPlanner.PageSize);

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
        PageWriter writer = new(blob, Counters);
        UploadProgress progress = new($"Uploading {image.Name}", Capacity, Counters, context);
        progress.Update();
        await MovePagesAsync(writer, progress, context.Cancellation).ConfigureAwait(false);
        progress.Complete();
        bool compared = await PageRangeCheck.RunAsync(blob, _meant, context).ConfigureAwait(false);
        await WriteFooterAsync(writer, context.Cancellation).ConfigureAwait(false);
        return compared;
    }

    private async Task MovePagesAsync(PageWriter writer, UploadProgress progress, CancellationToken cancellation)
    {
        using PageBufferPool pool = new(throttleLimit + ReadAhead);
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Channel<PageRun> runs = Channel.CreateBounded<PageRun>(new BoundedChannelOptions(2 * throttleLimit) { SingleWriter = true });

        List<Task> tasks = [Task.Run(() => ReadAsync(pool, runs.Writer, progress, stop.Token), CancellationToken.None)];
        for (int i = 0; i < throttleLimit; i++)
        {
            tasks.Add(Task.Run(() => SendAsync(writer, runs.Reader, progress, stop.Token), CancellationToken.None));
        }

        // The first that fails stops the others; its failure is the one to tell, theirs follow from it.
        Exception? failure = null;
        while (tasks.Count > 0)
        {
            Task ended = await Task.WhenAny(tasks).ConfigureAwait(false);
            tasks.Remove(ended);
            if (ended.IsFaulted || ended.IsCanceled)
            {
                failure ??= ended.Exception?.InnerException ?? new OperationCanceledException(cancellation);
#if NET
                await stop.CancelAsync().ConfigureAwait(false);
#else
                stop.Cancel();
#endif
            }
        }

        cancellation.ThrowIfCancellationRequested();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(failure).Throw();
        }
    }

    private async Task ReadAsync(PageBufferPool pool, ChannelWriter<PageRun> output, UploadProgress progress, CancellationToken cancellation)
    {
        long position = 0;
        foreach (Chunk chunk in ChunkPlanner.Plan(image, Capacity))
        {
            PageBuffer buffer = await pool.RentAsync(cancellation).ConfigureAwait(false);
            List<DiskExtent> found = Load(chunk, buffer.Bytes.AsSpan(0, chunk.Length));
            Counters.AddSkipped(chunk.End - position - found.Sum(run => run.Length));
            position = chunk.End;
            progress.Update();
            if (found.Count == 0)
            {
                buffer.Release();
                continue;
            }

            buffer.Share(found.Count);
            foreach (DiskExtent run in found)
            {
                _meant.Add(run with { Offset = chunk.Offset + run.Offset });
                await output.WriteAsync(new PageRun(buffer, (int)run.Offset, (int)run.Length, chunk.Offset + run.Offset), cancellation).ConfigureAwait(false);
            }
        }

        Counters.AddSkipped(Capacity - position);
        output.Complete();
    }

    private List<DiskExtent> Load(Chunk chunk, Span<byte> bytes)
    {
        int position = 0;
        foreach (DiskExtent extent in chunk.Extents)
        {
            int start = (int)(extent.Offset - chunk.Offset);
            bytes.Slice(position, start - position).Clear();
            image.Read(extent.Offset, bytes.Slice(start, (int)extent.Length));
            position = start + (int)extent.Length;
            Counters.AddRead(extent.Length);
        }

        return DataRuns.Find(bytes);
    }

    private async Task SendAsync(PageWriter writer, ChannelReader<PageRun> input, UploadProgress progress, CancellationToken cancellation)
    {
        while (await input.WaitToReadAsync(cancellation).ConfigureAwait(false))
        {
            while (input.TryRead(out PageRun? run))
            {
                ArraySegment<byte> bytes = new(run.Buffer.Bytes, run.Start, run.Length);
                ulong crc = Crc64Nvme.Compute(bytes);
                await writer.WriteAsync(bytes, run.Offset, crc, cancellation).ConfigureAwait(false);
                run.Buffer.Release();
                _checksum.Add(run.Offset, run.Length, crc);
                Counters.AddSent(run.Length);
                progress.Update();
            }
        }
    }

    private async Task WriteFooterAsync(PageWriter writer, CancellationToken cancellation)
    {
        byte[] footer = new byte[ChunkPlanner.PageSize];
        image.Read(Capacity, footer);
        await writer.WriteAsync(new ArraySegment<byte>(footer), Capacity, Crc64Nvme.Compute(footer), cancellation).ConfigureAwait(false);
        Counters.AddSent(footer.Length);
    }
}
