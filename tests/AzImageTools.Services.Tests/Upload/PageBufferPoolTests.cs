using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Transfer;
using CsCheck;

namespace AzImageTools.Services.Tests.Upload;

public sealed class PageBufferPoolTests
{
    private const int Chunks = 2;
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task It_gives_out_no_more_than_it_has()
    {
        using PageBufferPool pool = new(Chunks);
        PageBuffer[] all = [await pool.RentAsync(ChunkPlanner.ChunkSize, Never), await pool.RentAsync(ChunkPlanner.ChunkSize, Never)];

        Task<PageBuffer> next = pool.RentAsync(512, Never);
        Assert.False(next.IsCompleted);
        all[1].Release();

        Assert.Equal(512, (await next).Bytes.Count);
    }

    [Fact]
    public async Task A_large_chunk_is_served_before_a_small_one_that_asked_later()
    {
        using PageBufferPool pool = new(Chunks);
        PageBuffer first = await pool.RentAsync(ChunkPlanner.ChunkSize, Never);
        PageBuffer second = await pool.RentAsync(ChunkPlanner.ChunkSize / 2, Never);

        Task<PageBuffer> large = pool.RentAsync(ChunkPlanner.ChunkSize, Never);
        Task<PageBuffer> small = pool.RentAsync(512, Never);
        Assert.False(small.IsCompleted);
        first.Release();

        Assert.Equal(ChunkPlanner.ChunkSize, (await large).Bytes.Count);
        Assert.Equal(512, (await small).Bytes.Count);
        second.Release();
    }

    [Fact]
    public async Task Who_stops_waiting_keeps_nobody_else_waiting()
    {
        using PageBufferPool pool = new(1);
        PageBuffer first = await pool.RentAsync(ChunkPlanner.ChunkSize, Never);
        using CancellationTokenSource stop = new();
        Task<PageBuffer> stopped = pool.RentAsync(ChunkPlanner.ChunkSize, stop.Token);
        Task<PageBuffer> next = pool.RentAsync(ChunkPlanner.ChunkSize, Never);

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        first.Release();

        Assert.Equal(ChunkPlanner.ChunkSize, (await next).Bytes.Count);
    }

    [Fact]
    public Task What_is_given_out_at_the_same_time_never_overlaps_and_all_of_it_comes_back()
        => Gen.Int[1, ChunkPlanner.ChunkSize].Array[1, 60].SampleAsync(async lengths =>
        {
            using PageBufferPool pool = new(Chunks);
            List<PageBuffer> held = [];
            foreach (int length in lengths)
            {
                Task<PageBuffer> rented = pool.RentAsync(length, Never);
                while (held.Count > 0 && await Task.WhenAny(rented, Task.Delay(1, Never)) != rented)
                {
                    // The oldest comes back first, as chunks are sent in order.
                    held[0].Release();
                    held.RemoveAt(0);
                }

                ArraySegment<byte> bytes = (await rented).Bytes;
                Assert.Equal(length, bytes.Count);
                Assert.DoesNotContain(held, other => other.Bytes.Offset < bytes.Offset + bytes.Count && bytes.Offset < other.Bytes.Offset + other.Bytes.Count);
                held.Add(await rented);
            }

            held.ForEach(buffer => buffer.Release());
            Assert.True(pool.RentAsync(ChunkPlanner.ChunkSize, Never).IsCompleted);
            Assert.True(pool.RentAsync(ChunkPlanner.ChunkSize, Never).IsCompleted);
        });
}
