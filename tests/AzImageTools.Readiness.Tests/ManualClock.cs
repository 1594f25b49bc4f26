namespace AzImageTools.Readiness.Tests;

/// <summary>A clock that stands still until a test advances it.</summary>
internal sealed class ManualClock : TimeProvider
{
    private TimeSpan _passed;

    public static DateTimeOffset Start { get; } = new(2026, 5, 6, 7, 8, 9, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Start + _passed;

    public override long GetTimestamp() => _passed.Ticks;

    public void Advance(TimeSpan time) => _passed += time;
}
