namespace AzImageTools.Pipeline;

/// <summary>
/// Runs work that waits for its bytes on a thread of its own: on those of the pool, many that wait would keep the answers from being taken.
/// </summary>
internal static class OwnThread
{
    /// <summary>Runs it.</summary>
    public static Task<T> RunAsync<T>(Func<T> work)
        => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach, TaskScheduler.Default);
}
