using AzImageTools.Services.Session;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>
/// How many requests may be in flight: begins at 8, doubles as long as more of them move more bytes, then looks in small steps
/// for more, and is halved when the service asks for less (429, 503) or does not answer in time. Several uploads may share one.
/// Thread-safe.
/// </summary>
/// <param name="ceiling">The most requests in flight.</param>
/// <param name="time">The clock.</param>
internal sealed class AdaptiveThrottle(int ceiling, TimeProvider time) : IRetryObserver, IDisposable
{
    /// <summary>How many requests may be in flight to begin with.</summary>
    public const int Start = 8;

    private const int TooManyRequests = 429;
    private const int RequestTimeout = 408;
    private const int ServiceUnavailable = 503;

    /// <summary>By how much more bytes a second a small step must pay.</summary>
    private const double WorthGrowing = 1.05;

    /// <summary>By how much more bytes a second doubling must pay.</summary>
    private const double WorthDoubling = 1.25;

    /// <summary>After how many measurements without growth another try is made.</summary>
    private const int WindowsBetweenTries = 8;

    private static readonly TimeSpan ShortestWindow = TimeSpan.FromMilliseconds(250);

    /// <summary>While it doubles, what is measured differs by more, and shows sooner.</summary>
    private static readonly TimeSpan ShortestDoublingWindow = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan TimeBetweenBackoffs = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _free = new(Math.Min(Start, ceiling));
    private readonly object _gate = new();
    private int _limit = Math.Min(Start, ceiling);
    private int _surplus;
    private long _windowStart = time.GetTimestamp();
    private long _windowBytes;
    private int _windowRequests;
    private double _lastRate;
    private int _lastStep;
    private int _restingWindows;
    private bool _isDoubling = true;
    private long? _lastBackoff;

    /// <summary>How many requests may be in flight now.</summary>
    public int Limit
    {
        get
        {
            lock (_gate)
            {
                return _limit;
            }
        }
    }

    /// <summary>The most that <see cref="Limit"/> becomes.</summary>
    public int Ceiling => ceiling;

    /// <summary>Sends a request as soon as one more may be in flight.</summary>
    /// <param name="send">Sends it, and returns how many bytes it moved; 0 for none.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    public async Task SendAsync(Func<Task<long>> send, CancellationToken cancellation)
    {
        await EnterAsync(cancellation).ConfigureAwait(false);
        long moved = 0;
        try
        {
            moved = await send().ConfigureAwait(false);
        }
        finally
        {
            Leave(moved);
        }
    }

    /// <summary>Waits until one more request may be in flight; <see cref="Leave"/> ends it.</summary>
    public Task EnterAsync(CancellationToken cancellation) => _free.WaitAsync(cancellation);

    /// <summary>A request has ended.</summary>
    /// <param name="bytes">How many bytes it moved; 0 where it moved none.</param>
    public void Leave(long bytes)
    {
        int free = 1;
        lock (_gate)
        {
            if (bytes > 0)
            {
                _windowBytes += bytes;
                _windowRequests++;
                Judge();
            }

            if (_surplus < 0)
            {
                free += -_surplus;
                _surplus = 0;
            }
            else if (_surplus > 0)
            {
                _surplus--;
                free = 0;
            }
        }

        if (free > 0)
        {
            _free.Release(free);
        }
    }

    public void Retrying(int status, TimeSpan delay)
    {
        if (status is not (0 or TooManyRequests or RequestTimeout or ServiceUnavailable))
        {
            return;
        }

        lock (_gate)
        {
            if (_lastBackoff is { } last && time.GetElapsedTime(last) < TimeBetweenBackoffs)
            {
                return;
            }

            _lastBackoff = time.GetTimestamp();
            _isDoubling = false;
            SetLimit(_limit / 2);
            BeginWindow(lastRate: 0, lastStep: 0);
            _restingWindows = WindowsBetweenTries;
        }
    }

    public void Dispose() => _free.Dispose();

    /// <summary>Looks at a window's rate once it is long enough to tell.</summary>
    private void Judge()
    {
        TimeSpan elapsed = time.GetElapsedTime(_windowStart);
        if (_isDoubling ? elapsed < ShortestDoublingWindow || _windowRequests < _limit : elapsed < ShortestWindow || _windowRequests < 2 * _limit)
        {
            return;
        }

        double rate = _windowBytes / elapsed.TotalSeconds;
        int step = 0;
        if (_lastStep > 0 && rate < _lastRate * (_isDoubling ? WorthDoubling : WorthGrowing))
        {
            // The last growth did not pay: back, and let it rest.
            step = -_lastStep;
            _restingWindows = WindowsBetweenTries;
            _isDoubling = false;
        }
        else if (_isDoubling)
        {
            step = _limit;
        }
        else if (_restingWindows > 0)
        {
            _restingWindows--;
        }
        else
        {
            step = Math.Max(1, _limit / 4);
        }

        int before = _limit;
        SetLimit(_limit + step);
        BeginWindow(rate, _limit - before);
    }

    private void BeginWindow(double lastRate, int lastStep)
    {
        _windowStart = time.GetTimestamp();
        _windowBytes = 0;
        _windowRequests = 0;
        _lastRate = lastRate;
        _lastStep = lastStep;
    }

    /// <summary>What is to be freed or kept back is settled by those who leave.</summary>
    private void SetLimit(int limit)
    {
        limit = Math.Min(Math.Max(limit, 1), ceiling);
        _surplus += _limit - limit;
        _limit = limit;
    }
}
