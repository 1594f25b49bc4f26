using AzImageTools.Services.Session;

namespace AzImageTools.Services.Sources.Marketplace;

/// <summary>
/// Lets reads in one subscription begin: as many at a time as the service answers well, and never more than it says that it still takes. Without word of it, Azure's
/// documented limits hold (Microsoft Learn, "Understand how Azure Resource Manager throttles requests": 250 reads at once, 25 a second). Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class ReadGate(TimeProvider time) : IRetryObserver
{
    private const double Bucket = 250;
    private const double PerSecond = 25;
    private const double FirstAtOnce = 24;
    private const double MostAtOnce = 48;

    /// <summary>How many answers are remembered: more than run at once, so that the one that was made last is among them, in whatever order they come.</summary>
    private const int Remembered = 64;

    /// <summary>What is left to others of the same sign-in.</summary>
    private const double Margin = 8;

    private readonly object _gate = new();
    private readonly Queue<TaskCompletionSource<bool>> _waiting = new();
    private double _atOnce = FirstAtOnce;
    private readonly Queue<(double Left, long At)> _told = new();
    private double _own = Bucket;
    private long _ownAt = time.GetTimestamp();
    private double _most = Bucket;
    private int _running;

    /// <summary>Runs a read when it may begin.</summary>
    /// <typeparam name="T">What it reads.</typeparam>
    /// <param name="read">The read, which tells how many more the service takes, where it says so.</param>
    /// <param name="cancellation">Cancels.</param>
    public async Task<T> RunAsync<T>(Func<Task<(T Result, long? Left)>> read, CancellationToken cancellation)
    {
        await EnterAsync(cancellation).ConfigureAwait(false);
        long? left = null;
        try
        {
            (T result, left) = await read().ConfigureAwait(false);
            return result;
        }
        finally
        {
            Leave(left);
        }
    }

    /// <summary>Fewer at a time where the service refuses.</summary>
    public void Retrying(int status, TimeSpan delay)
    {
        if (status is 429 or 503)
        {
            lock (_gate)
            {
                _atOnce = Math.Max(2, _atOnce / 2);
                if (status == 429)
                {
                    Remember(0);
                }
            }
        }
    }

    private async Task EnterAsync(CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            TaskCompletionSource<bool>? turn = null;
            TimeSpan wait = TimeSpan.Zero;
            lock (_gate)
            {
                double left = Left();
                if (_running >= _atOnce)
                {
                    turn = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
                    _waiting.Enqueue(turn);
                }
                else if (left < Margin)
                {
                    wait = TimeSpan.FromSeconds(Math.Max(0.05, (Margin - left) / PerSecond));
                }
                else
                {
                    _running++;
                    _own = Refilled(_own, _ownAt) - 1;
                    _ownAt = time.GetTimestamp();
                    return;
                }
            }

            if (turn is null)
            {
                await time.Delay(wait, cancellation).ConfigureAwait(false);
                continue;
            }

            using CancellationTokenRegistration registration = cancellation.Register(static state => ((TaskCompletionSource<bool>)state!).TrySetCanceled(), turn);
            await turn.Task.ConfigureAwait(false);
        }
    }

    private void Leave(long? left)
    {
        lock (_gate)
        {
            _running--;
            if (left is { } told)
            {
                _most = Math.Max(Bucket, told);
                Remember(told);
                _atOnce = Math.Min(MostAtOnce, _atOnce + (1 / _atOnce));
            }

            // One that was cancelled takes no turn.
            while (_waiting.Count > 0 && !_waiting.Dequeue().TrySetResult(true))
            {
            }
        }
    }

    /// <summary>How many more the service takes: by the lowest that it told of late, and of those that run none may have been counted yet. By our own count where it tells nothing.</summary>
    private double Left()
        => _told.Count == 0 ? Refilled(_own, _ownAt) : _told.Min(told => Refilled(told.Left, told.At)) - _running;

    private double Refilled(double left, long at) => Math.Min(_most, left + (time.GetElapsedTime(at).TotalSeconds * PerSecond));

    private void Remember(double left)
    {
        _told.Enqueue((left, time.GetTimestamp()));
        if (_told.Count > Remembered)
        {
            _told.Dequeue();
        }
    }
}
