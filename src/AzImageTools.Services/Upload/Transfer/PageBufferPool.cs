using AzImageTools.Services.Upload.Source;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// Memory for the chunks that are in it, of a fixed size: however large the disk, no more is used. A chunk takes as much of it as
/// it is long, in whole units of 64 KiB. Thread-safe.
/// </summary>
/// <param name="chunks">How many chunks of 4 MiB there is room for.</param>
internal sealed class PageBufferPool(int chunks) : IDisposable
{
    private const int UnitSize = 64 * 1024;

    private readonly bool[] _taken = new bool[chunks * (ChunkPlanner.ChunkSize / UnitSize)];
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly SemaphoreSlim _returned = new(0);

    /// <summary>The memory, made when it is first needed: a command may only tell what it would do.</summary>
    private byte[]? _bytes;

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
                if (TryTake(length) is { } bytes)
                {
                    return new PageBuffer(this, bytes);
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
            Mark(buffer.Bytes.Offset / UnitSize, Units(buffer.Bytes.Count), isTaken: false);
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
    private ArraySegment<byte>? TryTake(int length)
    {
        int units = Units(length);
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
                    return new ArraySegment<byte>(_bytes ??= Allocate(), first * UnitSize, length);
                }
            }

            return null;
        }
    }

    private static int Units(int length) => (length + UnitSize - 1) / UnitSize;

#if NET
    private byte[] Allocate() => GC.AllocateUninitializedArray<byte>(_taken.Length * UnitSize);
#else
    private byte[] Allocate() => new byte[_taken.Length * UnitSize];
#endif

    private void Mark(int first, int units, bool isTaken)
    {
        for (int unit = first; unit < first + units; unit++)
        {
            _taken[unit] = isTaken;
        }
    }
}

/// <summary>Room in memory for one chunk.</summary>
/// <param name="pool">Where it is from.</param>
/// <param name="bytes">The bytes.</param>
internal sealed class PageBuffer(PageBufferPool pool, ArraySegment<byte> bytes)
{
    /// <summary>The bytes.</summary>
    public ArraySegment<byte> Bytes => bytes;

    /// <summary>Gives it back to its pool.</summary>
    public void Release() => pool.Return(this);
}
