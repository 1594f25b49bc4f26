using AzImageTools.Services.Session;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// How fast one blob takes pages. Azure takes some 60 MiB or 500 requests a second for a page blob, others for disks of each size, and refuses what comes beyond (503, 429). So nothing is held
/// back until it refuses something; from then on pages go at the rate that it has taken them at, which grows slowly until the next refusal. Between two refusals it has taken as much as it can.
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

    /// <summary>The least of its rate that a refusal leaves, and the most.</summary>
    private const double MostCut = 0.5;
    private const double LeastCut = 0.97;

    /// <summary>By how much the rate grows in a second: while only one refusal has told of it, soon after one, later, and much later, when the service takes more than it did.</summary>
    private const double SearchingGrowth = 0.15;
    private const double EarlyGrowth = 0.005;
    private const double LaterGrowth = 0.02;
    private const double LateGrowth = 0.10;
    private const double LaterAfter = 10;
    private const double LateAfter = 40;

    /// <summary>What is refused is sent again, and leaves as much room besides: for how many requests each pays.</summary>
    private const int RequestsPerRefusal = 2;

    /// <summary>Refusals within this time have one cause: what was in flight together.</summary>
    private static readonly TimeSpan Together = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _turn = new(1);
    private readonly object _gate = new();
    private readonly long _begun = time.GetTimestamp();
    private double _rate = double.PositiveInfinity;
    private double _taken;
    private long _requests;
    private double _sinceRefusal;
    private long _counted = time.GetTimestamp();
    private long _grown;
    private long _next;
    private bool _isSearching;

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
                Postpone(Cost(bytes));
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
            bool isFirst = double.IsPositiveInfinity(_rate);
            double seconds = Math.Max(time.GetElapsedTime(_counted).TotalSeconds, 0.001);
            if (isFirst)
            {
                // It took more for a while than it goes on to take: only the next refusal tells how much that is. Until it wants what it refused again, it takes nothing.
                _rate = Math.Max(_taken / Math.Max(time.GetElapsedTime(_begun).TotalSeconds, 0.001) * MostCut, LeastCost);
                _next = time.GetTimestamp() + Ticks(delay.TotalSeconds);
                _isSearching = true;
                BeginCount();
            }
            else if (seconds >= Together.TotalSeconds)
            {
                double taken = _sinceRefusal / seconds;
                _rate = Math.Max(Math.Min(Math.Max(taken, _rate * MostCut), _rate * LeastCut), LeastCost);
                _isSearching = false;
                BeginCount();
            }

            Postpone(RequestsPerRefusal * Math.Max(_taken / Math.Max(_requests, 1), LeastCost));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static double Cost(int bytes) => Math.Max(bytes, LeastCost);

    private long Ticks(double seconds) => (long)(seconds * time.TimestampFrequency);

    private void BeginCount()
    {
        _sinceRefusal = 0;
        _counted = time.GetTimestamp();
        _grown = _counted;
    }

    private void Postpone(double cost) => _next = Math.Max(_next, time.GetTimestamp()) + Ticks(cost / _rate);

    private void Grow()
    {
        double quiet = time.GetElapsedTime(_counted).TotalSeconds;
        double growth = _isSearching ? SearchingGrowth : quiet < LaterAfter ? EarlyGrowth : quiet < LateAfter ? LaterGrowth : LateGrowth;
        _rate *= 1 + (growth * time.GetElapsedTime(_grown).TotalSeconds);
        _grown = time.GetTimestamp();
    }
}
