using System.Collections.Concurrent;

namespace AzImageTools.Services.Upload;

/// <summary>A fixed number of buffers: however large the disk, no more memory is used. Renting waits for one to come back.</summary>
internal sealed class PageBufferPool(int count) : IDisposable
{
    private readonly SemaphoreSlim _free = new(count, count);
    private readonly ConcurrentBag<PageBuffer> _buffers = [];

    /// <summary>Waits for a free buffer.</summary>
    public async ValueTask<PageBuffer> RentAsync(CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation).ConfigureAwait(false);
        return _buffers.TryTake(out PageBuffer? buffer) ? buffer : new PageBuffer(this);
    }

    /// <summary>Takes a buffer back.</summary>
    public void Return(PageBuffer buffer)
    {
        _buffers.Add(buffer);
        _free.Release();
    }

    public void Dispose() => _free.Dispose();
}
