using System.Security.Cryptography;
using AzImageTools.Disks.Conversion;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Download.Transfer;

/// <summary>
/// Finds what of an interrupted download can stay. The journal lies beside the file, and so may have been written to by others, as
/// the file itself: a chunk stays where the file holds just what the journal says of it, and eight of them, chosen by chance, are read
/// again from the service; where one is not the service's, none stays.
/// </summary>
/// <param name="file">The file of the interrupted run.</param>
/// <param name="journal">Its journal.</param>
/// <param name="reader">Reads the blob.</param>
/// <param name="budget">The memory, and how many requests may be in flight.</param>
/// <param name="context">Log and cancellation.</param>
internal sealed class DownloadResume(GrowingImage file, UploadJournal journal, RangeReader reader, UploadBudget budget, OperationContext context)
{
    private const int SampleSize = 8;

    /// <summary>The chunks that stay, by their offset.</summary>
    /// <param name="chunks">All that holds data.</param>
    public async Task<IReadOnlyDictionary<long, SentChunk>> FindAsync(IEnumerable<Chunk> chunks)
    {
        Dictionary<long, SentChunk> done = [];
        PageBuffer room = await budget.Buffers.RentAsync(ChunkPlanner.ChunkSize, context.Cancellation).ConfigureAwait(false);
        try
        {
            foreach (Chunk chunk in chunks.Where(journal.Content.Names))
            {
                context.Cancellation.ThrowIfCancellationRequested();
                ArraySegment<byte> bytes = new(room.Bytes.Array!, room.Bytes.Offset, chunk.Length);
                file.Read(chunk.Offset, bytes);
                SentChunk held = new(chunk.Offset, chunk.Length, [new SentRange(chunk.Offset, chunk.Length, Crc64Nvme.Compute(bytes))]);
                if (journal.Content.Tells(held))
                {
                    done.Add(chunk.Offset, held);
                }
            }

            SentChunk[] all = [.. done.Values];
            foreach (SentChunk chunk in ChooseSample(all))
            {
                ArraySegment<byte> bytes = new(room.Bytes.Array!, room.Bytes.Offset, chunk.Length);
                if ((await reader.ReadAsync(chunk.Ranges[0].Extent, bytes, context.Cancellation).ConfigureAwait(false)).Crc != chunk.Ranges[0].Crc)
                {
                    context.Log.Warning($"What an interrupted run left of {file.Destination} is not what the service holds: all of it is brought down again.");
                    return new Dictionary<long, SentChunk>();
                }
            }
        }
        finally
        {
            room.Release();
        }

        return done;
    }

    private static IEnumerable<SentChunk> ChooseSample(SentChunk[] chunks)
    {
        byte[] choice = new byte[sizeof(uint) * Math.Min(SampleSize, chunks.Length)];
        using (RandomNumberGenerator random = RandomNumberGenerator.Create())
        {
            random.GetBytes(choice);
        }

        return Enumerable.Range(0, choice.Length / sizeof(uint)).Select(i => chunks[BitConverter.ToUInt32(choice, i * sizeof(uint)) % chunks.Length]).ToArray();
    }
}
