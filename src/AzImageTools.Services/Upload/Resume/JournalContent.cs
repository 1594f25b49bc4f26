using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Upload.Resume;

/// <summary>What a journal tells of an upload that was interrupted.</summary>
internal sealed class JournalContent(JournalHeader header)
{
    /// <summary>By their offset, each with where its line ends.</summary>
    private readonly Dictionary<long, (SentChunk Chunk, long Line)> _chunks = [];

    /// <summary>What it begins with.</summary>
    public JournalHeader Header => header;

    /// <summary>The disk's capacity in bytes: the target without its footer.</summary>
    public long Capacity => header.Length - ChunkPlanner.PageSize;

    /// <summary>
    /// The chunks that are done, in ascending order. Runs that found the disk mapped differently may have cut it differently:
    /// of two chunks that overlap, the later one is what is there.
    /// </summary>
    public IReadOnlyList<SentChunk> Chunks
    {
        get
        {
            List<(SentChunk Chunk, long Line)> latest = [];
            foreach ((SentChunk Chunk, long Line) next in _chunks.Values.OrderBy(static done => done.Chunk.Offset))
            {
                if (latest.Count == 0 || latest[latest.Count - 1].Chunk.End <= next.Chunk.Offset)
                {
                    latest.Add(next);
                }
                else if (latest[latest.Count - 1].Line < next.Line)
                {
                    latest[latest.Count - 1] = next;
                }
            }

            return [.. latest.Select(static done => done.Chunk)];
        }
    }

    /// <summary>The bytes that were written.</summary>
    public long BytesDone => Chunks.Sum(static chunk => chunk.BytesSent);

    /// <summary>Whether all pages were there and had been compared, so that only the footer may be missing.</summary>
    public bool IsVerified { get; private set; }

    /// <summary>How many bytes of the file are sound; what follows is torn or foreign.</summary>
    public long ValidLength { get; private set; }

    /// <summary>A planned chunk, if it is done.</summary>
    public SentChunk? Find(Chunk chunk)
        => _chunks.TryGetValue(chunk.Offset, out (SentChunk Chunk, long Line) done) && done.Chunk.IsOf(chunk) ? done.Chunk : null;

    /// <summary>Takes in a sound line's record. A later one about the same chunk takes an earlier one's place.</summary>
    /// <param name="chunk">The chunk; null for the record that all pages were there.</param>
    /// <param name="end">Where the line ends in the file.</param>
    public void Add(SentChunk? chunk, long end)
    {
        if (chunk is not null)
        {
            _chunks[chunk.Offset] = (chunk, end);
        }

        // A chunk behind it tells of a later run that found something missing.
        IsVerified = chunk is null;
        ValidLength = end;
    }

    /// <summary>Takes in the first line.</summary>
    public static JournalContent Begin(JournalHeader header, long end) => new(header) { ValidLength = end };
}
