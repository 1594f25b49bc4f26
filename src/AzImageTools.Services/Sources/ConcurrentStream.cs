using System.Runtime.CompilerServices;

namespace AzImageTools.Services.Sources;

/// <summary>Work on a stream of items, several at a time, results in the items' order.</summary>
internal static class ConcurrentStream
{
    /// <summary>Does something with each item of a stream.</summary>
    /// <typeparam name="TItem">The item.</typeparam>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="concurrency">How many at a time.</param>
    /// <param name="select">What to do. Its token is cancelled as well when the reader stops early.</param>
    /// <param name="cancellation">Cancels all.</param>
    public static async IAsyncEnumerable<TResult> SelectConcurrentlyAsync<TItem, TResult>(
        this IAsyncEnumerable<TItem> items,
        int concurrency,
        Func<TItem, CancellationToken, Task<TResult>> select,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Queue<Task<TResult>> window = new();
        try
        {
            await foreach (TItem item in items.WithCancellation(stop.Token).ConfigureAwait(false))
            {
                if (window.Count == concurrency)
                {
                    yield return await window.Dequeue().ConfigureAwait(false);
                }

                window.Enqueue(select(item, stop.Token));
            }

            while (window.Count > 0)
            {
                yield return await window.Dequeue().ConfigureAwait(false);
            }
        }
        finally
        {
            await AbandonAsync(stop, window).ConfigureAwait(false);
        }
    }

    /// <summary>Does something with each item of a stream that yields several results.</summary>
    /// <typeparam name="TItem">The item.</typeparam>
    /// <typeparam name="TResult">What comes of it.</typeparam>
    /// <param name="items">The items.</param>
    /// <param name="concurrency">How many at a time.</param>
    /// <param name="select">What to do.</param>
    /// <param name="cancellation">Cancels all.</param>
    public static async IAsyncEnumerable<TResult> SelectManyConcurrentlyAsync<TItem, TResult>(
        this IAsyncEnumerable<TItem> items,
        int concurrency,
        Func<TItem, CancellationToken, Task<IReadOnlyList<TResult>>> select,
        [EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (IReadOnlyList<TResult> results in items.SelectConcurrentlyAsync(concurrency, select, cancellation).ConfigureAwait(false))
        {
            foreach (TResult result in results)
            {
                yield return result;
            }
        }
    }

    // The reader has stopped, or one item failed: what the others still bring, errors too, interests nobody.
    private static async Task AbandonAsync<TResult>(CancellationTokenSource stop, Queue<Task<TResult>> window)
    {
        if (window.Count == 0)
        {
            return;
        }

#if NET
        await stop.CancelAsync().ConfigureAwait(false);
#else
        stop.Cancel();
#endif
        await Task.WhenAll(window).ContinueWith(
            all => _ = all.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default).ConfigureAwait(false);
    }
}
