namespace AzImageTools.Completion;

/// <summary>
/// Completes names that must be read from somewhere: within 200 ms, or those that are known without reading. The reading goes on a little longer, and
/// what it finds is offered at the next attempt.
/// </summary>
public abstract class PromptNameCompleter : NameCompleter
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MostReading = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(15);

    private static Listing? _last;

    private protected PromptNameCompleter()
    {
    }

    private protected sealed override IEnumerable<CompletedName> ListNames(CompletionRequest request)
    {
        try
        {
            return Prepare(request) is var (key, list) && Read((GetType(), key), list) is { Count: > 0 } read ? read : Known(request);
        }
#pragma warning disable CA1031 // Completing never fails: the user can still type the name.
        catch (Exception)
#pragma warning restore CA1031
        {
            return [];
        }
    }

    /// <summary>What is offered where nothing could be read in time; nothing by default.</summary>
    /// <param name="request">What was typed.</param>
    private protected virtual IReadOnlyList<CompletedName> Known(CompletionRequest request) => [];

    /// <summary>Finds out, on the pipeline's thread, what to read; null where there is nothing.</summary>
    /// <param name="request">What was typed.</param>
    /// <returns>What tells this reading from others, and what reads on another thread.</returns>
    private protected abstract (object Key, Func<CancellationToken, IReadOnlyList<CompletedName>> List)? Prepare(CompletionRequest request);

    private static IReadOnlyList<CompletedName> Read(object key, Func<CancellationToken, IReadOnlyList<CompletedName>> list)
    {
        Listing? last = Volatile.Read(ref _last);
        if (last is null || !last.Key.Equals(key) || last.Names.IsFaulted || last.Names.IsCanceled || DateTime.UtcNow - last.Start > Lifetime)
        {
            last = new Listing(key, DateTime.UtcNow, Task.Run(() =>
            {
                using CancellationTokenSource stop = new(MostReading);
                return list(stop.Token);
            }));
            Volatile.Write(ref _last, last);
        }

        // What can't be read is as if it took too long: WhenAny throws nothing of it.
        return Task.WhenAny(last.Names).Wait(Patience) && last.Names.Status == TaskStatus.RanToCompletion ? last.Names.Result : [];
    }

    private sealed record Listing(object Key, DateTime Start, Task<IReadOnlyList<CompletedName>> Names);
}
