namespace AzImageTools.Benchmarks;

/// <summary>
/// What a page blob or a managed disk takes, and how late it answers: a few milliseconds mostly, tens now and then, seconds seldom. Thread-safe.
/// </summary>
/// <param name="limits">How much it takes.</param>
internal sealed class BlobLimits(TransferLimits limits)
{
    private const double Fastest = 0.005;
    private const double Slowest = 0.080;
    private const double Stall = 1.5;

    /// <summary>One of how many requests stalls.</summary>
    private const int StallsOneOf = 400;

    private readonly Lock _gate = new();
    private readonly Random _random = new(1);
    private double _bytes = limits.BytesPerSecond * TransferLimits.SecondsAtOnce;
    private double _requests = limits.RequestsPerSecond * TransferLimits.SecondsAtOnce;
    private long _last = TimeProvider.System.GetTimestamp();

    /// <summary>Takes a request, or refuses it.</summary>
    /// <param name="bytes">How many bytes it brings.</param>
    /// <param name="latency">How late it is answered.</param>
    public bool TryTake(long bytes, out TimeSpan latency)
    {
        lock (_gate)
        {
            double elapsed = TimeProvider.System.GetElapsedTime(_last).TotalSeconds;
            _last = TimeProvider.System.GetTimestamp();
            _bytes = Refill(_bytes, limits.BytesPerSecond, elapsed);
            _requests = Refill(_requests, limits.RequestsPerSecond, elapsed);
            latency = TimeSpan.FromSeconds(_random.Next(StallsOneOf) == 0 ? Stall : Fastest + ((Slowest - Fastest) * Math.Pow(_random.NextDouble(), 3)));
            if (_bytes < bytes || _requests < 1)
            {
                return false;
            }

            _bytes -= bytes;
            _requests--;
            return true;
        }
    }

    private static double Refill(double left, double perSecond, double seconds) => Math.Min(perSecond * TransferLimits.SecondsAtOnce, left + (seconds * perSecond));
}
