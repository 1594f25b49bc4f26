namespace AzImageTools.Services.Tests.Generalize;

/// <summary>A clock that goes forward by what is waited: polling takes no time and comes to its bounds. Longer waits, those for a timeout, are the system's.</summary>
/// <param name="sleep">How long this machine sleeps at each poll besides.</param>
internal sealed class PollingTime(TimeSpan sleep = default) : TimeProvider
{
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMinutes(1);
    private long _ticks = DateTimeOffset.UtcNow.UtcTicks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime <= TimeSpan.Zero || dueTime > LongestPoll)
        {
            return base.CreateTimer(callback, state, dueTime, period);
        }

        Interlocked.Add(ref _ticks, (dueTime + sleep).Ticks);
        return base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}
