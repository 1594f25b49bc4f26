using AzImageTools.Disks;
using AzImageTools.Services.Upload.Journal;

namespace AzImageTools.Services.Upload;

/// <summary>A chunk in memory while its runs are sent. Thread-safe.</summary>
/// <param name="chunk">The chunk.</param>
/// <param name="buffer">Its bytes, needed until the last run is done.</param>
/// <param name="runs">What is to be sent, as positions in the buffer, in ascending order.</param>
internal sealed class LoadedChunk(Chunk chunk, PageBuffer buffer, IReadOnlyList<DiskExtent> runs)
{
    private readonly JournalRun[] _done = new JournalRun[runs.Count];
    private int _left = runs.Count;

    /// <summary>How many runs there are.</summary>
    public int RunCount => runs.Count;

    /// <summary>Its bytes.</summary>
    public PageBuffer Buffer => buffer;

    /// <summary>The bytes of a run.</summary>
    public ArraySegment<byte> BytesOf(int run) => new(buffer.Bytes.Array!, buffer.Bytes.Offset + (int)runs[run].Offset, (int)runs[run].Length);

    /// <summary>Where a run is on the disk.</summary>
    public DiskExtent ExtentOf(int run) => new(chunk.Offset + runs[run].Offset, runs[run].Length);

    /// <summary>Notes that the service has confirmed a run.</summary>
    /// <returns>The whole chunk, once this was its last run: its bytes are not needed any more.</returns>
    public JournalChunk? Complete(int run, ulong crc)
    {
        _done[run] = new JournalRun(ExtentOf(run).Offset, (int)runs[run].Length, crc);
        if (Interlocked.Decrement(ref _left) > 0)
        {
            return null;
        }

        return new JournalChunk(chunk.Offset, chunk.Length, _done);
    }
}
