namespace AzImageTools.Services.Remote;

/// <summary>Handles many disks side by side, so many at once at most.</summary>
public static class Fleet
{
    /// <summary>How many are handled at once where nobody says.</summary>
    public const int DefaultThrottleLimit = 16;

    /// <summary>The most that can be asked for.</summary>
    public const int LargestThrottleLimit = 64;

    /// <summary>Handles all, in their order as far as there is room.</summary>
    /// <param name="bodies">Handles one each, and reports its failure itself.</param>
    /// <param name="limit">How many at once at most.</param>
    /// <param name="context">Cancellation: no further one is begun, and those that have begun are waited for.</param>
    public static async Task RunAsync(IReadOnlyList<Func<Task>> bodies, int limit, OperationContext context)
    {
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(limit, bodies.Count)).Select(_ => Task.Run(WorkAsync, CancellationToken.None))).ConfigureAwait(false);

        async Task WorkAsync()
        {
            for (int index = Interlocked.Increment(ref next); index < bodies.Count && !context.Cancellation.IsCancellationRequested; index = Interlocked.Increment(ref next))
            {
                await bodies[index]().ConfigureAwait(false);
            }
        }
    }
}
