namespace AzImageTools.Services.Upload;

/// <summary>
/// Memory for the chunks that are in it, of a fixed size: however large the disk, no more is used. A chunk takes as much of it as
/// it is long, in whole units of 64 KiB. Thread-safe.
/// </summary>
/// <param name="chunks">How many chunks of 4 MiB there is room for.</param>
internal sealed class PageBufferPool(int chunks) : IDisposable
{
    private const int UnitSize = 64 * 1024;

#if NET
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(chunks * ChunkPlanner.ChunkSize);
#else
    private readonly byte[] _bytes = new byte[chunks * ChunkPlanner.ChunkSize];
#endif
    private readonly bool[] _taken = new bool[chunks * (ChunkPlanner.ChunkSize / UnitSize)];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SemaphoreSlim _returned = new(0);

    /// <summary>Waits for room, in the order of asking: a large chunk is not kept waiting by small ones.</summary>
    /// <param name="length">How many bytes, at most 4 MiB.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task<PageBuffer> RentAsync(int length, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            while (true)
            {
                if (TryTake((length + UnitSize - 1) / UnitSize) is { } first)
                {
                    return new PageBuffer(this, new ArraySegment<byte>(_bytes, first * UnitSize, length));
                }

                await _returned.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes room back.</summary>
    public void Return(PageBuffer buffer)
    {
        lock (_taken)
        {
            Mark(buffer.Bytes.Offset / UnitSize, (buffer.Bytes.Count + UnitSize - 1) / UnitSize, isTaken: false);
            if (_returned.CurrentCount == 0)
            {
                _returned.Release();
            }
        }
    }

    public void Dispose()
    {
        _turn.Dispose();
        _returned.Dispose();
    }

    /// <summary>Takes the first units in a row that are free, so that memory is not touched before it is needed.</summary>
    private int? TryTake(int units)
    {
        lock (_taken)
        {
            int free = 0;
            for (int unit = 0; unit < _taken.Length; unit++)
            {
                free = _taken[unit] ? 0 : free + 1;
                if (free == units)
                {
                    int first = unit + 1 - units;
                    Mark(first, units, isTaken: true);
                    return first;
                }
            }

            return null;
        }
    }

    private void Mark(int first, int units, bool isTaken)
    {
        for (int unit = first; unit < first + units; unit++)
        {
            _taken[unit] = isTaken;
        }
    }
}
