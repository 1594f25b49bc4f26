using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace AzImageTools.Disks.Conversion;

/// <summary>
/// Copies a disk's data into a file, leaving out zeros. Several threads read and look, a chunk each; one writes what they found:
/// a file system lets one writer at a time into a file, and others would only wait for it, with the processor's help.
/// </summary>
internal sealed class DiskCopy(FixedVhdImage image, SparseFile file, IProgress<long>? progress)
{
    // Small enough that what was read is still in the processor's cache when it is looked at and written.
    private const int ChunkSize = 1024 * 1024;
    private const int MostReaders = 4;
    private const int MostWaiting = 4;

    private long _done;

    /// <summary>Copies all. What reading or writing throws, this throws; no thread is left at work.</summary>
    public void Run(CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        BoundedQueue<FoundData> waiting = new(MostWaiting);
        Task reading = Task.Run(() => ReadAll(waiting, stop.Token), CancellationToken.None);
        try
        {
            foreach (FoundData found in waiting.TakeAll())
            {
                Write(found);
            }
        }
        catch
        {
            stop.Cancel();
            waiting.Abandon();

            // Waits, but does not throw what came of it.
            Task.WaitAny([reading], CancellationToken.None);
            throw;
        }

        reading.GetAwaiter().GetResult();
    }

    private static IEnumerable<DiskExtent> Split(IEnumerable<DiskExtent> extents)
    {
        foreach (DiskExtent extent in extents)
        {
            for (long offset = extent.Offset; offset < extent.End;)
            {
                long end = Math.Min(extent.End, (offset / ChunkSize * ChunkSize) + ChunkSize);
                yield return new DiskExtent(offset, end - offset);
                offset = end;
            }
        }
    }

    private void ReadAll(BoundedQueue<FoundData> waiting, CancellationToken cancellation)
    {
        ParallelOptions parallel = new()
        {
            MaxDegreeOfParallelism = Math.Min(MostReaders, Environment.ProcessorCount),
            CancellationToken = cancellation,
        };
        try
        {
            Parallel.ForEach(
                Partitioner.Create(Split(image.GetExtents(0, image.Capacity)), EnumerablePartitionerOptions.NoBuffering),
                parallel,
                chunk => Read(chunk, waiting));
        }
        catch (AggregateException exception)
        {
            // Several readers may have met the same damage; the first tells.
            ExceptionDispatchInfo.Capture(exception.Flatten().InnerExceptions[0]).Throw();
        }
        finally
        {
            waiting.Complete();
        }
    }

    private void Read(DiskExtent chunk, BoundedQueue<FoundData> waiting)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        Span<byte> bytes = buffer.AsSpan(0, (int)chunk.Length);
        image.Read(chunk.Offset, bytes);
        List<DiskExtent> runs = DataGrains.FindRuns(chunk.Offset, bytes);
        if (runs.Count == 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            Report(chunk.Length);
            return;
        }

        // Where the writer has failed, that stops the readers, too.
        _ = waiting.TryAdd(new FoundData(buffer, chunk, runs));
    }

    private void Write(FoundData found)
    {
        foreach (DiskExtent run in found.Runs)
        {
            file.Write(found.Chunk.Offset + run.Offset, found.Buffer.AsMemory((int)run.Offset, (int)run.Length));
        }

        ArrayPool<byte>.Shared.Return(found.Buffer);
        Report(found.Chunk.Length);
    }

    private void Report(long length)
    {
        long done = Interlocked.Add(ref _done, length);
        progress?.Report(done);
    }

    /// <summary>A chunk that was read, and where in it there is data.</summary>
    private sealed record FoundData(byte[] Buffer, DiskExtent Chunk, List<DiskExtent> Runs);
}
