using AzImageTools.Services.Upload;

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
        int most = 0;
        for (int i = 0; i < 60; i++)
        {
            await MoveAsync(throttle, bytesPerSecond: 8000);
            most = Math.Max(most, throttle.Limit);
        }

        Assert.InRange(most, 8, 10);
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

    /// <summary>One window of full use at a rate.</summary>
    private async Task MoveAsync(AdaptiveThrottle throttle, double bytesPerSecond)
    {
        int requests = 2 * throttle.Limit;
        _time.Advance(TimeSpan.FromSeconds(1));
        for (int i = 0; i < requests; i++)
        {
            await throttle.EnterAsync(CancellationToken.None);
            throttle.Leave((long)(bytesPerSecond / requests));
        }
    }
}
