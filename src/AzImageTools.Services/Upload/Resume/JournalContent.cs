using System.Runtime.InteropServices;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Upload.Resume;

/// <summary>
/// What a journal tells of an upload that was interrupted: of each chunk no more than the checksum of its line. Whoever wants to
/// know whether a chunk is done makes that line from the disk, and asks whether it is the same. So all that is believed of a
/// journal is what the disk says too, and it takes as much memory for each chunk, whatever its lines hold.
/// </summary>
internal sealed class JournalContent(JournalHeader header)
{
    /// <summary>How many chunks are remembered at most: 8 TiB of full ones in less than 150 MiB. What is not remembered is sent again.</summary>
    private const int MostRemembered = 2 << 20;

    /// <summary>By their offset.</summary>
    private readonly Dictionary<long, Entry> _chunks = [];

    private int _lines;

    /// <summary>What it begins with.</summary>
    public JournalHeader Header => header;

    /// <summary>The disk's capacity in bytes: the target without its footer.</summary>
    public long Capacity => header.Length - ChunkPlanner.PageSize;

    /// <summary>A disk has no more chunks than this: between two of them there is a gap, or one of them is full.</summary>
    public long MostChunks { get; } = Math.Min(MostRemembered, ((header.Length - ChunkPlanner.PageSize) / DataRanges.ShortestGap) + 1);

    /// <summary>How many chunks it calls done.</summary>
    public int ChunkCount => _chunks.Count;

    /// <summary>
    /// The bytes that were written, as far as it can be believed. Runs that found the disk mapped differently may have cut it
    /// differently: of two chunks that overlap, the later one counts.
    /// </summary>
    public long BytesDone
    {
        get
        {
            long[] offsets = [.. _chunks.Keys];
            Array.Sort(offsets);
            long sum = 0;
            (long End, Entry Chunk) latest = default;
            foreach (long offset in offsets)
            {
                Entry chunk = _chunks[offset];
                if (offset >= latest.End)
                {
                    sum += latest.Chunk.BytesSent;
                    latest = (offset + chunk.Length, chunk);
                }
                else if (latest.Chunk.Line < chunk.Line)
                {
                    latest = (offset + chunk.Length, chunk);
                }
            }

            return sum + latest.Chunk.BytesSent;
        }
    }

    /// <summary>Whether all pages were there and had been compared, so that only the footer may be missing.</summary>
    public bool IsVerified { get; private set; }

    /// <summary>How many bytes of the file are sound; what follows is torn or foreign.</summary>
    public long ValidLength { get; private set; }

    /// <summary>Takes in the first line.</summary>
    public static JournalContent Begin(JournalHeader header, long end) => new(header) { ValidLength = end };

    /// <summary>Whether it calls a planned chunk done, however much of it was sent.</summary>
    public bool Names(Chunk chunk) => _chunks.TryGetValue(chunk.Offset, out Entry entry) && entry.Length == chunk.Length;

    /// <summary>Whether it tells of a chunk just what the disk says of it now: what of it is data, and with which checksums.</summary>
    public bool Tells(SentChunk chunk) => _chunks.TryGetValue(chunk.Offset, out Entry entry) && entry.Checksum == JournalFormat.ChecksumOf(chunk);

    /// <summary>Takes in a sound line's record. A later one about the same chunk takes an earlier one's place.</summary>
    /// <param name="chunk">The chunk; null for the record that all pages were there.</param>
    /// <param name="checksum">The line's own.</param>
    /// <param name="end">Where the line ends in the file.</param>
    public void Add(SentChunk? chunk, ulong checksum, long end)
    {
        if (chunk is not null && (_chunks.Count < MostChunks || _chunks.ContainsKey(chunk.Offset)))
        {
            _chunks[chunk.Offset] = new Entry(checksum, chunk.Length, (int)chunk.BytesSent, _lines++);
        }

        // A chunk behind it tells of a later run that found something missing.
        IsVerified = chunk is null;
        ValidLength = end;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Entry(ulong Checksum, int Length, int BytesSent, int Line);
}
