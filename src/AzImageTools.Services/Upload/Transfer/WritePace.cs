using AzImageTools.Services.Session;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// How fast one blob takes pages. Azure takes some 60 MiB or 500 requests a second for a page blob, others for disks of each size, and refuses what comes beyond (503, 429). So nothing is held
/// back until it refuses something; from then on pages go at the rate that it has taken them at, which grows slowly until the next refusal. Between two refusals, the second soon after the first,
/// it has taken as much as it can.
/// Each blob has its own: what one refuses another may take. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="others">Told of what else fails; null for nobody.</param>
internal sealed class WritePace(TimeProvider time, IRetryObserver? others) : IRetryObserver, IDisposable
{
    /// <summary>What a request costs at least, in bytes: by Azure's targets for a page blob, 500 requests take as long as 60 MiB (Microsoft Learn, "Scalability and performance targets for Blob storage").</summary>
    private const double LeastCost = (60 << 20) / 500.0;

    private const int TooManyRequests = 429;
    private const int ServiceUnavailable = 503;

    /// <summary>What is left of the rate before the first refusal, which was more than the service goes on to take.</summary>
    private const double FirstCut = 0.5;

    /// <summary>What is left of what it took between two refusals, so that it need not refuse at once again.</summary>
    private const double Cut = 0.97;

    /// <summary>What is left of the rate after a refusal long after the last.</summary>
    private const double LateCut = 0.9;

    /// <summary>By how much the rate grows in a second: while two refusals have not told of it, soon after one, later, and much later, when the service takes more than it did.</summary>
    private const double SearchingGrowth = 0.5;
    private const double EarlyGrowth = 0.005;
    private const double LaterGrowth = 0.02;
    private const double LateGrowth = 0.10;
    private const double LaterAfter = 10;
    private const double LateAfter = 40;

    /// <summary>What is refused is sent again, and leaves as much room besides: for how many requests each pays.</summary>
    private const int RequestsPerRefusal = 2;

    /// <summary>Slower than any disk that Azure offers.</summary>
    private const double LeastRate = 1 << 20;

    /// <summary>However much is refused, and for however long: who asks no more does not see that it has ended.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>Refusals within this time have one cause: what was in flight together.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(1);

    /// <summary>Between refusals within this time the service took all that it can; in a longer time it could have taken more.</summary>
    private static readonly TimeSpan Near = TimeSpan.FromSeconds(3);

    /// <summary>A request that goes later than it may, as clocks are coarse, lets the next go so much sooner.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly object _gate = new();
    private double _rate = double.PositiveInfinity;
    private double _taken;
    private long _requests;
    private double _sinceRefusal;
    private long _counted = time.GetTimestamp();
    private long _grown;
    private long _next;
    private int _refusalsToCome;

    /// <summary>How many bytes go in a second, small requests counted as larger ones; infinite as long as nothing was refused.</summary>
    public double Rate
    {
        get
        {
            lock (_gate)
            {
                return _rate;
            }
        }
    }

    /// <summary>How long the next request has to wait.</summary>
    public TimeSpan Wait
    {
        get
        {
            lock (_gate)
            {
                return double.IsPositiveInfinity(_rate) || time.GetTimestamp() >= _next ? TimeSpan.Zero : time.GetElapsedTime(time.GetTimestamp(), _next);
            }
        }
    }

    /// <summary>Waits until the next request may go. As long as something was refused, one caller at a time comes through, and has to <see cref="Leave"/>.</summary>
    /// <returns>Whether the caller has to leave.</returns>
    public async ValueTask<bool> EnterAsync(CancellationToken cancellation)
    {
        if (double.IsPositiveInfinity(Rate))
        {
            return false;
        }

        await _turn.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            // A refusal meanwhile makes it longer.
            while (Wait is { Ticks: > 0 } wait)
            {
                await time.Delay(wait, cancellation).ConfigureAwait(false);
            }
        }
        catch
        {
            _turn.Release();
            throw;
        }

        return true;
    }

    /// <summary>The next caller may come.</summary>
    public void Leave() => _turn.Release();

    /// <summary>A request goes.</summary>
    /// <param name="bytes">How many bytes it brings.</param>
    public void Send(int bytes)
    {
        lock (_gate)
        {
            if (!double.IsPositiveInfinity(_rate))
            {
                Grow();
                Postpone(Cost(bytes), Slack);
            }
        }
    }

    /// <summary>A request was taken.</summary>
    /// <param name="bytes">How many bytes it brought.</param>
    public void Taken(int bytes)
    {
        lock (_gate)
        {
            _requests++;
            _taken += Cost(bytes);
            _sinceRefusal += Cost(bytes);
        }
    }

    /// <inheritdoc/>
    public void Retrying(int status, TimeSpan delay)
    {
        if (status is not (TooManyRequests or ServiceUnavailable))
        {
            others?.Retrying(status, delay);
            return;
        }

        lock (_gate)
        {
            double seconds = Math.Max(time.GetElapsedTime(_counted).TotalSeconds, 0.001);
            double took = _sinceRefusal / seconds;
            if (double.IsPositiveInfinity(_rate))
            {
                // What it refused it wants again when it says so, and nothing before.
                _next = time.GetTimestamp() + Ticks(delay);
                _refusalsToCome = 2;
                SetRate(took * FirstCut);
            }
            else if (seconds >= Together.TotalSeconds)
            {
                bool isExact = _refusalsToCome == 2 || seconds < Near.TotalSeconds;
                _refusalsToCome = Math.Max(0, _refusalsToCome - 1);
                SetRate(isExact ? Math.Min(took, _rate) * Cut : _rate * LateCut);
            }

            if (_next < time.GetTimestamp() + Ticks(LongestWait))
            {
                Postpone(RequestsPerRefusal * Math.Max(_taken / Math.Max(_requests, 1), LeastCost), TimeSpan.Zero);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static double Cost(int bytes) => Math.Max(bytes, LeastCost);

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * time.TimestampFrequency);

    private void SetRate(double rate)
    {
        _rate = Math.Max(rate, LeastRate);
        _sinceRefusal = 0;
        _counted = _grown = time.GetTimestamp();
    }

    private void Postpone(double cost, TimeSpan slack)
        => _next = Math.Max(_next, time.GetTimestamp() - Ticks(slack)) + Ticks(TimeSpan.FromSeconds(cost / _rate));

    private void Grow()
    {
        double quiet = time.GetElapsedTime(_counted).TotalSeconds;
        double growth = _refusalsToCome > 0 ? SearchingGrowth : quiet < LaterAfter ? EarlyGrowth : quiet < LateAfter ? LaterGrowth : LateGrowth;
        _rate *= 1 + (growth * time.GetElapsedTime(_grown).TotalSeconds);
        _grown = time.GetTimestamp();
    }
}
