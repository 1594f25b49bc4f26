using AzImageTools.Services.Upload.Transfer;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>The pace against a service that refills what it takes at a steady rate, in a time of the test's own.</summary>
public sealed class WritePaceTests : IDisposable
{
    private const int Piece = 1 << 20;
    private const double Mebibyte = 1 << 20;
    private readonly SteppedTime _time = new();
    private readonly Told _told = new();
    private readonly WritePace _pace;

    public WritePaceTests()
    {
        _pace = new WritePace(_time, _told);
    }

    [Fact]
    public async Task Nothing_waits_until_something_was_refused()
    {
        for (int i = 0; i < 1000; i++)
        {
            Assert.False(await _pace.EnterAsync(CancellationToken.None));
            _pace.Send(Piece);
            _pace.Taken(Piece);
        }

        Assert.Equal(TimeSpan.Zero, _pace.Wait);
        Assert.Equal(double.PositiveInfinity, _pace.Rate);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public void The_first_refusal_lets_all_wait_as_long_as_the_service_says(int status)
    {
        _pace.Taken(Piece);
        _time.Advance(TimeSpan.FromSeconds(1));
        _pace.Retrying(status, TimeSpan.FromSeconds(3));

        Assert.InRange(_pace.Wait, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(8));
        Assert.Empty(_told.Statuses);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(408)]
    [InlineData(500)]
    public void What_is_no_refusal_is_told_to_others_and_costs_nothing(int status)
    {
        _pace.Retrying(status, TimeSpan.FromSeconds(3));

        Assert.Equal(TimeSpan.Zero, _pace.Wait);
        Assert.Equal([status], _told.Statuses);
    }

    [Theory]
    [InlineData(60, 1.0, 200, Piece)]
    [InlineData(60, 1.0, 2000, Piece)]
    [InlineData(60, 0.2, 400, Piece)]
    [InlineData(60, 1.0, 120, 4 * Piece)]
    [InlineData(25, 1.0, 200, Piece)]
    [InlineData(500, 1.0, 1500, Piece)]
    [InlineData(31, 1.0, 200, 64 << 10)]
    public void It_finds_what_the_service_takes_and_stays_there(double limit, double secondsAtOnce, double unpaced, int piece)
    {
        const double Seconds = 60;
        (double taken, int requests, int refused) = Run(Seconds, _ => limit * Mebibyte, secondsAtOnce, unpaced * Mebibyte, piece);

        Assert.InRange(taken / (limit * Mebibyte * Seconds), 0.94, 1.0 + (secondsAtOnce / Seconds) + 0.01);
        Assert.InRange(refused / (double)requests, 0, 0.02);
    }

    [Fact]
    public void It_follows_a_service_that_takes_more_later()
    {
        (double taken, _, _) = Run(120, second => (second < 20 ? 20 : 60) * Mebibyte, secondsAtOnce: 1, 400 * Mebibyte, Piece);

        // Twenty seconds at 20, and three quarters of a hundred at 60: it has to find out.
        Assert.InRange(taken / Mebibyte, 400 + (100 * 60 * 0.75), 400 + (100 * 60) + 60);
    }

    [Fact]
    public void It_follows_a_service_that_takes_less_later()
    {
        (double taken, int requests, int refused) = Run(60, second => (second < 30 ? 60 : 10) * Mebibyte, secondsAtOnce: 1, 400 * Mebibyte, Piece);

        Assert.InRange(taken / Mebibyte, (30 * 60 * 0.95) + (30 * 10 * 0.8), (30 * 60) + (30 * 10) + 61);
        Assert.InRange(refused / (double)requests, 0, 0.05);
    }

    [Fact]
    public void A_service_that_refuses_everything_for_long_is_asked_again_soon()
    {
        _pace.Taken(Piece);
        for (int second = 0; second < 60; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            for (int request = 0; request < 32; request++)
            {
                _pace.Retrying(503, TimeSpan.FromSeconds(1));
            }
        }

        Assert.InRange(_pace.Wait, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(8));
        Assert.Equal(Mebibyte, _pace.Rate);
    }

    [Fact]
    public async Task One_at_a_time_comes_through_once_something_was_refused()
    {
        _pace.Taken(Piece);
        _time.Advance(TimeSpan.FromSeconds(1));
        _pace.Retrying(503, TimeSpan.Zero);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.True(await _pace.EnterAsync(CancellationToken.None));
        ValueTask<bool> second = _pace.EnterAsync(CancellationToken.None);
        Assert.False(second.IsCompleted);
        _pace.Leave();
        Assert.True(await second);
        _pace.Leave();
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_cancelled_and_leaves_the_turn_to_others()
    {
        _pace.Taken(Piece);
        _time.Advance(TimeSpan.FromSeconds(1));
        _pace.Retrying(503, TimeSpan.FromMinutes(1));
        using CancellationTokenSource cancellation = new();
        Task<bool> waiting = _pace.EnterAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(await _pace.EnterAsync(CancellationToken.None));
    }

    public void Dispose() => _pace.Dispose();

    /// <summary>Sends as much as the pace lets through, at most so much a second, and again a second later what was refused.</summary>
    private (double Taken, int Requests, int Refused) Run(double seconds, Func<double, double> limit, double secondsAtOnce, double unpaced, int piece)
    {
        TimeSpan step = TimeSpan.FromSeconds(piece / unpaced);
        PriorityQueue<int, double> again = new();
        double room = limit(0) * secondsAtOnce;
        double taken = 0;
        (int requests, int refused) = (0, 0);
        for (double now = 0; now < seconds; now += step.TotalSeconds)
        {
            room = Math.Min(limit(now) * secondsAtOnce, room + (limit(now) * step.TotalSeconds));
            if (again.TryPeek(out _, out double due) && due <= now)
            {
                again.Dequeue();
                Arrive(now);
            }
            else if (_pace.Wait == TimeSpan.Zero)
            {
                _pace.Send(piece);
                Arrive(now);
            }

            _time.Advance(step);
        }

        return (taken, requests, refused);

        void Arrive(double now)
        {
            requests++;
            if (room >= piece)
            {
                room -= piece;
                taken += piece;
                _pace.Taken(piece);
                return;
            }

            refused++;
            again.Enqueue(0, now + 1);
            _pace.Retrying(503, TimeSpan.FromSeconds(1));
        }
    }

    private sealed class Told : AzImageTools.Services.Session.IRetryObserver
    {
        public List<int> Statuses { get; } = [];

        public void Retrying(int status, TimeSpan delay) => Statuses.Add(status);
    }
}
