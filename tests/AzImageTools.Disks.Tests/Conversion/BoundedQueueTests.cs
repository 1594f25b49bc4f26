using AzImageTools.Disks.Conversion;

namespace AzImageTools.Disks.Tests.Conversion;

/// <summary>What hands chunks from the readers of a conversion to its writer.</summary>
public sealed class BoundedQueueTests
{
    private const int Capacity = 3;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_that_several_threads_add_is_taken_once()
    {
        const int Adders = 4;
        const int Each = 5000;
        BoundedQueue<int> queue = new(Capacity);
        Task adding = Task.WhenAll(Enumerable.Range(0, Adders).Select(adder => Task.Run(
            () => Assert.All(Enumerable.Range(0, Each), item => Assert.True(queue.TryAdd((adder * Each) + item))), Ended)))
            .ContinueWith(_ => queue.Complete(), TaskScheduler.Default);
        int[] taken = await Task.Run(() => queue.TakeAll().ToArray(), Ended);
        await adding;

        Assert.Equal(Enumerable.Range(0, Adders * Each), taken.Order());
    }

    [Fact]
    public async Task Nobody_waits_for_ever_where_more_threads_add_than_items_may_wait()
    {
        const int Adders = 16;
        const int Each = 2000;
        BoundedQueue<int> queue = new(1);
        Task adding = Task.WhenAll(Enumerable.Range(0, Adders).Select(_ => Task.Factory.StartNew(
            () => Assert.All(Enumerable.Range(0, Each), item => Assert.True(queue.TryAdd(item))), Ended, TaskCreationOptions.LongRunning, TaskScheduler.Default)))
            .ContinueWith(_ => queue.Complete(), TaskScheduler.Default);

        int taken = await Task.Factory.StartNew(() => queue.TakeAll().Count(), Ended, TaskCreationOptions.LongRunning, TaskScheduler.Default).WaitAsync(TimeSpan.FromMinutes(1), Ended);
        await adding;

        Assert.Equal(Adders * Each, taken);
    }

    [Fact]
    public async Task Who_adds_to_a_full_queue_waits_until_an_item_is_taken()
    {
        BoundedQueue<int> queue = new(Capacity);
        Assert.All(Enumerable.Range(0, Capacity), item => Assert.True(queue.TryAdd(item)));
        Task<bool> adding = Task.Run(() => queue.TryAdd(Capacity), Ended);
        await Task.Delay(TimeSpan.FromMilliseconds(50), Ended);
        Assert.False(adding.IsCompleted);

        using IEnumerator<int> items = queue.TakeAll().GetEnumerator();
        Assert.True(items.MoveNext());
        Assert.True(await adding);
        queue.Complete();
        List<int> rest = [];
        while (items.MoveNext())
        {
            rest.Add(items.Current);
        }

        Assert.Equal([1, 2, 3], rest);
    }

    [Fact]
    public async Task Who_waits_to_add_goes_on_when_nobody_takes_items_any_more()
    {
        BoundedQueue<int> queue = new(1);
        Assert.True(queue.TryAdd(0));
        Task<bool> adding = Task.Run(() => queue.TryAdd(1), Ended);
        await Task.Delay(TimeSpan.FromMilliseconds(50), Ended);
        queue.Abandon();

        Assert.False(await adding);
        Assert.False(queue.TryAdd(2));
    }
}
