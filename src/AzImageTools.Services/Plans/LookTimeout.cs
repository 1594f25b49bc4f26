namespace AzImageTools.Services.Plans;

/// <summary>
/// How long something is looked at again and again. It is over at the second look after its time: this machine may have slept between two looks, and what is waited for have come meanwhile.
/// </summary>
/// <param name="timeout">Its time, from now on.</param>
/// <param name="clock">Tells it.</param>
internal sealed class LookTimeout(TimeSpan timeout, TimeProvider clock)
{
    private readonly long _began = clock.GetTimestamp();
    private bool _hasPassed;

    /// <summary>How long it has been looked at.</summary>
    public TimeSpan Elapsed => clock.GetElapsedTime(_began);

    /// <summary>Whether it is over; asked once after each look.</summary>
    public bool IsOver()
    {
        bool hadPassed = _hasPassed;
        _hasPassed = Elapsed > timeout;
        return _hasPassed && hadPassed;
    }
}
