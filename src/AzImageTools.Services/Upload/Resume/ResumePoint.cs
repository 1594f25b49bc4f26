using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Upload.Resume;

/// <summary>
/// From where an upload goes on: a chunk is done only where the journal says so and the service holds all that was written
/// of it. All else that the service holds is made zero first, so that what is there is what is known.
/// </summary>
internal static class ResumePoint
{
    /// <summary>Finds what is done, and clears the rest.</summary>
    /// <param name="image">The disk as a fixed VHD.</param>
    /// <param name="journal">What the journal tells.</param>
    /// <param name="writer">Writes to the target.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>The chunks that are done, by their offset.</returns>
    public static async Task<IReadOnlyDictionary<long, SentChunk>> FindAsync(IByteSource image, JournalContent journal, PageWriter writer, OperationContext context)
    {
        Dictionary<long, SentChunk> done = [];
        PageRangeList? held = await PageRangeCheck.TryReadRangesAsync(writer.Blob, context).ConfigureAwait(false);
        if (held is null)
        {
            context.Log.Warning("The access given does not allow reading, so the data sent before can't be checked: everything is sent again.");
            await writer.ClearAsync(new DiskExtent(0, image.Length), context.Cancellation).ConfigureAwait(false);
            return done;
        }

        PageRangeList known = new();
        foreach (Chunk chunk in ChunkPlanner.Plan(image, journal.Capacity))
        {
            if (journal.Find(chunk) is { } journalled && journalled.IsHeldIn(held))
            {
                done.Add(chunk.Offset, journalled);
                foreach (SentRange range in journalled.Ranges)
                {
                    known.Add(range.Extent);
                }
            }
        }

        // From the end on: where there is a footer it goes first, as none may be there while the rest is not whole.
        foreach (DiskExtent stray in held.Except(known).Reverse())
        {
            await writer.ClearAsync(stray, context.Cancellation).ConfigureAwait(false);
        }

        context.Log.Verbose(
            $"Continuing the upload: {ByteSize.Format(done.Values.Sum(chunk => chunk.BytesSent))} of {ByteSize.Format(journal.BytesDone)} in the journal are there.");
        return done;
    }
}
