namespace AzImageTools.Services.Tests.Upload;

/// <summary>A clock that goes forward only when told.</summary>
internal sealed class SteppedTime : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => new(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddTicks(_ticks), TimeSpan.Zero);

    public void Advance(TimeSpan time) => _ticks += time.Ticks;
}
