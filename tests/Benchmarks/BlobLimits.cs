namespace AzImageTools.Benchmarks;

/// <summary>
/// What a page blob takes, by Azure's targets for one (Microsoft Learn, "Scalability and performance targets for Blob storage": 60 MiB and 500 requests a second),
/// and how late it answers: a few milliseconds mostly, tens now and then, seconds seldom. How much it takes at once is not documented; here it is what a second takes. Thread-safe.
/// </summary>
internal sealed class BlobLimits
{
    public const double BytesPerSecond = 60 << 20;
    public const double RequestsPerSecond = 500;

    private const double Fastest = 0.005;
    private const double Slowest = 0.080;
    private const double Stall = 1.5;

    /// <summary>One of how many requests stalls.</summary>
    private const int StallsOneOf = 400;

    private readonly Lock _gate = new();
    private readonly Random _random = new(1);
    private double _bytes = BytesPerSecond;
    private double _requests = RequestsPerSecond;
    private long _last = TimeProvider.System.GetTimestamp();

    /// <summary>How many seconds the limits leave no way round.</summary>
    public static double Least(double bytes, double requests) => Math.Max(bytes / BytesPerSecond, requests / RequestsPerSecond);

    /// <summary>Takes a request, or refuses it.</summary>
    /// <param name="bytes">How many bytes it brings.</param>
    /// <param name="latency">How late it is answered.</param>
    public bool TryTake(long bytes, out TimeSpan latency)
    {
        lock (_gate)
        {
            double elapsed = TimeProvider.System.GetElapsedTime(_last).TotalSeconds;
            _last = TimeProvider.System.GetTimestamp();
            _bytes = Math.Min(BytesPerSecond, _bytes + (elapsed * BytesPerSecond));
            _requests = Math.Min(RequestsPerSecond, _requests + (elapsed * RequestsPerSecond));
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
}
