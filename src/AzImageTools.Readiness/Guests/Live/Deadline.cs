namespace AzImageTools.Readiness.Guests.Live;

/// <summary>Waits only so long for what may never answer: a damaged repository, a failing disk.</summary>
internal static class Deadline
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>An answer, or what it threw.</summary>
    /// <exception cref="TimeoutException">There was none in time.</exception>
    public static T Wait<T>(Func<T> ask)
    {
        Task<T> answer = Task.Run(ask);
        return Task.WaitAny([answer], Limit) == 0 ? answer.GetAwaiter().GetResult() : throw new TimeoutException();
    }
}
