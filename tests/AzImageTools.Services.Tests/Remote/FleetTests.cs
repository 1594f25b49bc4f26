using AzImageTools.Services.Remote;

namespace AzImageTools.Services.Tests.Remote;

public sealed class FleetTests
{
    [Theory]
    [InlineData(100, 7)]
    [InlineData(3, 16)]
    [InlineData(0, 4)]
    public async Task All_are_handled_and_no_more_at_once_than_the_limit(int count, int limit)
    {
        int running = 0;
        int most = 0;
        int done = 0;
        Lock gate = new();
        await Fleet.RunAsync([.. Enumerable.Range(0, count).Select(_ => (Func<Task>)RunAsync)], limit, OperationContext.None);

        Assert.Equal(count, done);
        Assert.Equal(Math.Min(count, limit), most);

        async Task RunAsync()
        {
            lock (gate)
            {
                most = Math.Max(most, ++running);
            }

            // Until as many run as may.
            for (int waited = 0; waited < 200 && most < Math.Min(count, limit); waited++)
            {
                await Task.Delay(10);
            }

            lock (gate)
            {
                running--;
                done++;
            }
        }
    }

    [Fact]
    public async Task Cancelling_begins_no_further_one_and_waits_for_those_that_run()
    {
        using CancellationTokenSource cancellation = new();
        int begun = 0;
        int ended = 0;
        await Fleet.RunAsync([.. Enumerable.Range(0, 50).Select(_ => (Func<Task>)RunAsync)], 4, new OperationContext { Cancellation = cancellation.Token });

        Assert.InRange(begun, 1, 4);
        Assert.Equal(begun, ended);

        async Task RunAsync()
        {
            Interlocked.Increment(ref begun);
            await cancellation.CancelAsync();
            await Task.Delay(20);
            Interlocked.Increment(ref ended);
        }
    }
}
