using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>Compares a whole disk with what was uploaded of it, sending nothing.</summary>
/// <param name="image">The disk as a fixed VHD.</param>
/// <param name="counters">Told what was read, and what of it is at the target.</param>
/// <param name="budget">How many requests may be in flight, and the memory for them.</param>
internal sealed class UploadComparison(IByteSource image, UploadCounters counters, UploadBudget budget)
{
    private readonly long _capacity = image.Length - ChunkPlanner.PageSize;
    private readonly DiskChecksum _checksum = new(image.Length - ChunkPlanner.PageSize);
    private readonly PageRangeList _meant = new();
    private readonly List<SentRange> _ranges = [];

    /// <summary>The CRC-64/NVME of the disk's content; right once it has been read.</summary>
    public ulong Crc64 => _checksum.Value;

    /// <summary>Reads the disk.</summary>
    public async Task ReadAsync(OperationContext context)
    {
        UploadProgress progress = new($"Uploading {image.Name}", _capacity, counters, context);
        PageBuffer room = await budget.Buffers.RentAsync(ChunkPlanner.ChunkSize, context.Cancellation).ConfigureAwait(false);
        try
        {
            long sent = 0;
            foreach (Chunk chunk in ChunkPlanner.Plan(image, _capacity))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                foreach (DiskExtent range in chunk.Read(image, room.Bytes.AsSpan(0, chunk.Length)))
                {
                    sent += range.Length;
                    Add(new SentRange(chunk.Offset + range.Offset, (int)range.Length, Crc64Nvme.Compute(room.Bytes.AsSpan((int)range.Offset, (int)range.Length))));
                }

                counters.AddRead(chunk.ReadLength);
                progress.Update();
            }

            counters.AddSkipped(_capacity - sent);
        }
        finally
        {
            room.Release();
        }

        _meant.Add(new DiskExtent(_capacity, ChunkPlanner.PageSize));
    }

    /// <summary>Compares the pages, and with the second parameter each of their bytes.</summary>
    /// <returns>False where the access given does not allow reading.</returns>
    /// <exception cref="ImageServiceException">The target holds something else (UploadIncomplete), or could not be read.</exception>
    public async Task<bool> RunAsync(PageBlobClient blob, bool verify, OperationContext context)
    {
        try
        {
            bool compared = await PageRangeCheck.RunAsync(blob, image.Length, _meant, context).ConfigureAwait(false);
            if (compared && verify)
            {
                await PageVerification.RunAsync(blob, _ranges, budget.Throttle, counters.AddVerified, context.Cancellation).ConfigureAwait(false);
            }

            return compared;
        }
        catch (ImageServiceException exception) when (exception.Kind == ErrorKind.InvalidData)
        {
            throw new ImageServiceException(
                "UploadIncomplete",
                ErrorKind.InvalidData,
                "The upload was ended, but what is there is not the disk, although the journal says so.",
                "Remove what was uploaded, then upload again.",
                exception.Target,
                exception);
        }
    }

    private void Add(SentRange range)
    {
        _meant.Add(range.Extent);
        _ranges.Add(range);
        _checksum.Add(range.Offset, range.Length, range.Crc);
        counters.AddResumed(range.Length);
    }
}
