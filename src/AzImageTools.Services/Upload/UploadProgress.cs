using System.Globalization;

namespace AzImageTools.Services.Upload;

/// <summary>Reports how far an upload has come, at most five times a second.</summary>
internal sealed class UploadProgress(string activity, long capacity, UploadCounters counters, OperationContext context)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

#if NET9_0_OR_GREATER
    private readonly Lock _gate = new();
#else
    private readonly object _gate = new();
#endif
    private readonly long _started = context.Time.GetTimestamp();
    private TimeSpan _lastReport = TimeSpan.MinValue;

    /// <summary>Reports, unless the last report was a moment ago.</summary>
    public void Update()
    {
        TimeSpan elapsed = context.Time.GetElapsedTime(_started);
        lock (_gate)
        {
            if (_lastReport != TimeSpan.MinValue && elapsed - _lastReport < Interval)
            {
                return;
            }

            _lastReport = elapsed;
        }

        context.Progress.Report(Describe(elapsed));
    }

    /// <summary>A number of bytes for people.</summary>
    public static string Size(double bytes)
    {
        int unit = 0;
        for (; bytes >= 1024 && unit < Units.Length - 1; unit++)
        {
            bytes /= 1024;
        }

        return string.Format(CultureInfo.InvariantCulture, unit == 0 ? "{0:0} {1}" : "{0:0.0} {1}", bytes, Units[unit]);
    }

    private OperationProgress Describe(TimeSpan elapsed)
    {
        long sent = counters.Sent;
        double done = Math.Min(1, (sent + counters.Skipped) / (double)capacity);
        string status = $"{Size(sent)} sent, {Size(counters.Skipped)} empty, of {Size(capacity)}";
        if (elapsed > TimeSpan.Zero)
        {
            status += $", {Size(sent / elapsed.TotalSeconds)}/s";
        }

        if (counters.Retries > 0)
        {
            status += $", {counters.Retries} retries";
        }

        return new OperationProgress
        {
            Activity = activity,
            Status = status,
            PercentComplete = 100 * done,
            TimeLeft = done > 0 ? TimeSpan.FromSeconds(elapsed.TotalSeconds * (1 - done) / done) : null,
        };
    }
}
