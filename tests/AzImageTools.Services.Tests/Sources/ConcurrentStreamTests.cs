using AzImageTools.Services.Sources;
using CsCheck;

namespace AzImageTools.Services.Tests.Sources;

public sealed class ConcurrentStreamTests
{
    [Fact]
    public async Task Results_keep_the_order_of_the_items_and_no_more_run_than_allowed()
    {
        await Gen.Select(Gen.Int[1, 6], Gen.Int[0, 3].Array[0, 30]).SampleAsync(async (concurrency, delays) =>
        {
            int running = 0, most = 0;
            List<int> results = [];
            await foreach (int result in Items(delays.Length).SelectConcurrentlyAsync(concurrency, async (item, _) =>
            {
                int now = Interlocked.Increment(ref running);
                InterlockedMax(ref most, now);
                for (int turn = 0; turn < delays[item]; turn++)
                {
                    await Task.Yield();
                }

                Interlocked.Decrement(ref running);
                return item;
            }, CancellationToken.None))
            {
                results.Add(result);
            }

            Assert.Equal(Enumerable.Range(0, delays.Length), results);
            Assert.InRange(most, 0, concurrency);
        }, iter: 200);
    }

    [Fact]
    public async Task A_reader_that_stops_early_cancels_what_runs_and_waits_for_it()
    {
        int cancelled = 0;
        await foreach (int result in Items(10).SelectConcurrentlyAsync(4, async (item, cancellation) =>
        {
            if (item > 0)
            {
                try
                {
                    await Task.Delay(Timeout.Infinite, cancellation);
                }
                finally
                {
                    Interlocked.Increment(ref cancelled);
                }
            }

            return item;
        }, CancellationToken.None))
        {
            Assert.Equal(0, result);
            break;
        }

        Assert.Equal(3, cancelled);
    }

    [Fact]
    public async Task The_first_failure_in_order_is_thrown_and_the_rest_is_joined()
    {
        int ended = 0;
        InvalidDataException failure = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (int _ in Items(5).SelectConcurrentlyAsync(3, async (item, cancellation) =>
            {
                try
                {
                    await Task.Yield();
                    return item == 1 ? throw new InvalidDataException("one") : await Forever(item, cancellation);
                }
                finally
                {
                    Interlocked.Increment(ref ended);
                }
            }, CancellationToken.None))
            {
            }
        });
        Assert.Equal("one", failure.Message);
        Assert.Equal(4, ended);

        static async Task<int> Forever(int item, CancellationToken cancellation)
        {
            if (item > 0)
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }

            return item;
        }
    }

    private static async IAsyncEnumerable<int> Items(int count)
    {
        for (int item = 0; item < count; item++)
        {
            await Task.Yield();
            yield return item;
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
