namespace AzImageTools.Services.Tests.Temporary;

/// <summary>The clock of a cloud, which can be put forward or back while the clients' clocks go on.</summary>
internal sealed class CloudTime : TimeProvider
{
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + new TimeSpan(Interlocked.Read(ref _ahead));

    public void Advance(TimeSpan time) => Interlocked.Add(ref _ahead, time.Ticks);
}
