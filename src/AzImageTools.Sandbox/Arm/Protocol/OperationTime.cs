using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>
/// How much of an operation's time has passed. It takes as many polls as the options say, and one more; where polls are to be some time apart
/// (<see cref="SandboxOptions.RetryAfter"/>), that time counts as the polls that it has room for. Used under the cloud's lock.
/// </summary>
/// <param name="options">The cloud's.</param>
/// <param name="started">By the cloud's clock.</param>
/// <param name="duration">How long it takes by what it tells of itself.</param>
/// <param name="retryAfter">What is asked of those who poll; null for what the options say.</param>
/// <param name="isBackground">Whether it is to go on when the operation that began it has ended: it takes three times as many polls.</param>
internal sealed class OperationTime(SandboxOptions options, DateTimeOffset started, TimeSpan duration, bool isBackground = false, TimeSpan? retryAfter = null)
{
    private readonly double _needed = (Math.Max(0, options.OperationPolls) + 1) * (isBackground ? 3 : 1);

    private int _polls;

    public DateTimeOffset Started { get; } = started;

    /// <summary>What is asked of those who poll.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter ?? options.RetryAfter;

    public void Poll() => _polls++;

    /// <summary>From 0 to 1.</summary>
    public double Passed(DateTimeOffset now)
    {
        var waited = RetryAfter > TimeSpan.Zero ? (now - Started).TotalSeconds / RetryAfter.TotalSeconds : 0;
        return Math.Min(1, Math.Max(_polls, waited) / _needed);
    }

    public bool IsOver(DateTimeOffset now) => Passed(now) >= 1;

    /// <summary>When it ended, for one that ends now: in milliseconds of ours its minutes have passed.</summary>
    public DateTimeOffset End(DateTimeOffset now)
    {
        var end = Started + duration;
        return end > now ? end : now;
    }
}
