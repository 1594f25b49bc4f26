namespace AzImageTools.Services.Tests.Upload;

/// <summary>The system's clock, on which every wait is over so many times sooner.</summary>
internal sealed class ScaledTime(int factor) : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        => System.CreateTimer(callback, state, Scale(dueTime), Scale(period));

    private TimeSpan Scale(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / factor;
}
