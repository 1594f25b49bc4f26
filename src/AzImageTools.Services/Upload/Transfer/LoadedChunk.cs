using AzImageTools.Disks;
using AzImageTools.Services.Upload.Source;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>A chunk in memory while its ranges are sent. Thread-safe.</summary>
/// <param name="chunk">The chunk.</param>
/// <param name="buffer">Its bytes, needed until the last range is done.</param>
/// <param name="ranges">What is to be sent, as positions in the buffer, in ascending order.</param>
internal sealed class LoadedChunk(Chunk chunk, PageBuffer buffer, IReadOnlyList<DiskExtent> ranges)
{
    private readonly SentRange[] _sent = new SentRange[ranges.Count];
    private int _left = ranges.Count;

    /// <summary>How many ranges there are.</summary>
    public int RangeCount => ranges.Count;

    /// <summary>Its bytes.</summary>
    public PageBuffer Buffer => buffer;

    /// <summary>The bytes of a range.</summary>
    public ArraySegment<byte> BytesOf(int range) => new(buffer.Bytes.Array!, buffer.Bytes.Offset + (int)ranges[range].Offset, (int)ranges[range].Length);

    /// <summary>Where a range is on the disk.</summary>
    public DiskExtent ExtentOf(int range) => new(chunk.Offset + ranges[range].Offset, ranges[range].Length);

    /// <summary>Notes that the service has confirmed a range.</summary>
    /// <returns>The whole chunk, once this was its last range: its bytes are not needed any more.</returns>
    public SentChunk? Complete(int range, ulong crc)
    {
        _sent[range] = new SentRange(ExtentOf(range).Offset, (int)ranges[range].Length, crc);
        if (Interlocked.Decrement(ref _left) > 0)
        {
            return null;
        }

        return new SentChunk(chunk.Offset, chunk.Length, _sent);
    }
}
