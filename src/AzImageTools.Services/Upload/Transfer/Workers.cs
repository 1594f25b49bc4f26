using System.Runtime.ExceptionServices;

namespace AzImageTools.Services.Upload.Transfer;

/// <summary>Runs bodies side by side until all have ended.</summary>
internal static class Workers
{
    /// <summary>
    /// Runs the bodies. The first that fails stops the others, and its failure is the one thrown: theirs only follow from it.
    /// </summary>
    /// <param name="bodies">What to run; each is handed a token that ends it early.</param>
    /// <param name="cancellation">Stops all of them.</param>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> bodies, CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<Task> running = [.. bodies.Select(body => Task.Run(() => body(stop.Token), CancellationToken.None))];
        Exception? failure = null;
        while (running.Count > 0)
        {
            Task ended = await Task.WhenAny(running).ConfigureAwait(false);
            running.Remove(ended);
            if (ended.IsFaulted || ended.IsCanceled)
            {
                failure ??= ended.Exception?.InnerException ?? new OperationCanceledException(cancellation);
#if NET
                await stop.CancelAsync().ConfigureAwait(false);
#else
                stop.Cancel();
#endif
            }
        }

        cancellation.ThrowIfCancellationRequested();
        if (failure is not null)
        {
            ExceptionDispatchInfo.Capture(failure).Throw();
        }
    }
}
