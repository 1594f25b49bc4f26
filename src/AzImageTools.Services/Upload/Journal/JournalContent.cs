namespace AzImageTools.Services.Upload.Journal;

/// <summary>What a journal tells of an upload that was interrupted.</summary>
internal sealed class JournalContent(JournalHeader header)
{
    private readonly Dictionary<long, JournalChunk> _chunks = [];

    /// <summary>What it begins with.</summary>
    public JournalHeader Header => header;

    /// <summary>The disk's capacity in bytes: the target without its footer.</summary>
    public long Capacity => header.Length - ChunkPlanner.PageSize;

    /// <summary>The chunks that are done.</summary>
    public IReadOnlyCollection<JournalChunk> Chunks => _chunks.Values;

    /// <summary>The bytes that were written.</summary>
    public long BytesDone => _chunks.Values.Sum(chunk => chunk.RunBytes);

    /// <summary>Whether all pages were there and had been compared, so that only the footer may be missing.</summary>
    public bool IsVerified { get; private set; }

    /// <summary>How many bytes of the file are sound; what follows is torn or foreign.</summary>
    public long ValidLength { get; private set; }

    /// <summary>The chunk in the same aligned 4 MiB as a planned one, if it is done and the same.</summary>
    public JournalChunk? Find(Chunk chunk)
        => _chunks.TryGetValue(chunk.Offset / ChunkPlanner.ChunkSize, out JournalChunk? done) && done.IsOf(chunk) ? done : null;

    /// <summary>Takes in a sound line's record. A later one about the same 4 MiB takes an earlier one's place.</summary>
    /// <param name="chunk">The chunk; null for the record that all pages were there.</param>
    /// <param name="end">Where the line ends in the file.</param>
    public void Add(JournalChunk? chunk, long end)
    {
        if (chunk is not null)
        {
            _chunks[chunk.Index] = chunk;
        }

        // A chunk behind it tells of a later run that found something missing.
        IsVerified = chunk is null;
        ValidLength = end;
    }

    /// <summary>Takes in the first line.</summary>
    public static JournalContent Begin(JournalHeader header, long end) => new(header) { ValidLength = end };
}
