using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Tests.Upload;

public sealed class AdaptiveThrottleTests
{
    private const int Ceiling = 32;
    private readonly SteppedTime _time = new();

    [Fact]
    public async Task It_begins_with_eight_or_the_ceiling()
    {
        using AdaptiveThrottle wide = new(Ceiling, _time);
        using AdaptiveThrottle narrow = new(3, _time);

        Assert.Equal((8, 3), (wide.Limit, narrow.Limit));
        Assert.Equal((8, 3), (await CountFreeAsync(wide), await CountFreeAsync(narrow)));
    }

    [Fact]
    public async Task It_grows_to_the_ceiling_while_more_requests_move_more_bytes()
    {
        using AdaptiveThrottle throttle = new(Ceiling, _time);
        for (int i = 0; i < 40; i++)
        {
            await MoveAsync(throttle, bytesPerSecond: 1000.0 * throttle.Limit);
        }

        Assert.Equal(Ceiling, throttle.Limit);
        Assert.Equal(Ceiling, await CountFreeAsync(throttle));
    }

    [Fact]
    public async Task It_stays_small_where_more_requests_move_no_more_bytes()
    {
        using AdaptiveThrottle throttle = new(Ceiling, _time);
        await MoveAsync(throttle, bytesPerSecond: 8000, throttle.Limit);
        int most = throttle.Limit;
        await MoveAsync(throttle, bytesPerSecond: 8000, throttle.Limit);
        for (int i = 0; i < 60; i++)
        {
            await MoveAsync(throttle, bytesPerSecond: 8000);
            most = Math.Max(most, throttle.Limit);
        }

        // It doubles once to see, goes back, and takes small steps from then on.
        Assert.Equal(16, most);
        Assert.InRange(throttle.Limit, 8, 10);
    }

    [Fact]
    public async Task It_doubles_at_first_while_that_pays_and_then_takes_small_steps()
    {
        using AdaptiveThrottle throttle = new(Ceiling, _time);
        List<int> limits = [];
        for (int i = 0; i < 4; i++)
        {
            await MoveAsync(throttle, bytesPerSecond: 1000.0 * Math.Min(throttle.Limit, 16), throttle.Limit);
            limits.Add(throttle.Limit);
        }

        Assert.Equal([16, 32, 16, 16], limits);
    }

    [Fact]
    public async Task It_doubles_no_more_once_the_service_has_asked_for_less()
    {
        using AdaptiveThrottle throttle = new(Ceiling, _time);
        throttle.Retrying(503, TimeSpan.Zero);
        for (int i = 0; i < 8; i++)
        {
            await MoveAsync(throttle, bytesPerSecond: 1000.0 * throttle.Limit);
        }

        Assert.Equal(4, throttle.Limit);
        await MoveAsync(throttle, bytesPerSecond: 1000.0 * throttle.Limit);
        Assert.Equal(5, throttle.Limit);
    }

    [Theory]
    [InlineData(429, 4)]
    [InlineData(503, 4)]
    [InlineData(408, 4)]
    [InlineData(0, 4)]
    [InlineData(500, 8)]
    [InlineData(400, 8)]
    public async Task It_is_halved_when_the_service_asks_for_less_or_does_not_answer(int status, int expected)
    {
        using AdaptiveThrottle throttle = new(Ceiling, _time);
        throttle.Retrying(status, TimeSpan.Zero);
        throttle.Retrying(status, TimeSpan.Zero);
        for (int i = 0; i < 8; i++)
        {
            await throttle.EnterAsync(CancellationToken.None);
        }

        for (int i = 0; i < 8; i++)
        {
            throttle.Leave(0);
        }

        Assert.Equal((expected, expected), (throttle.Limit, await CountFreeAsync(throttle)));
    }

    [Fact]
    public void Repeated_refusals_leave_one_request()
    {
        using AdaptiveThrottle throttle = new(Ceiling, _time);
        for (int i = 0; i < 10; i++)
        {
            throttle.Retrying(503, TimeSpan.Zero);
            _time.Advance(TimeSpan.FromSeconds(2));
        }

        Assert.Equal(1, throttle.Limit);
    }

    private static async Task<int> CountFreeAsync(AdaptiveThrottle throttle)
    {
        int free = 0;
        using CancellationTokenSource already = new();
        while (throttle.EnterAsync(already.Token) is { IsCompletedSuccessfully: true })
        {
            free++;
        }

        await already.CancelAsync();
        return free;
    }

    /// <summary>A second of full use at a rate: a window, in as many requests as it takes once the limit doubles no more.</summary>
    private Task MoveAsync(AdaptiveThrottle throttle, double bytesPerSecond) => MoveAsync(throttle, bytesPerSecond, 2 * throttle.Limit);

    private async Task MoveAsync(AdaptiveThrottle throttle, double bytesPerSecond, int requests)
    {
        for (int i = 0; i < requests; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1.0 / requests));
            await throttle.EnterAsync(CancellationToken.None);
            throttle.Leave((long)(bytesPerSecond / requests));
        }
    }
}
