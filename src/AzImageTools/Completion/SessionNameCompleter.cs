using System.Management.Automation;
using AzImageTools.Services;
using AzImageTools.Services.Session;
using AzImageTools.Session;

namespace AzImageTools.Completion;

/// <summary>Completes names that Azure lists. Those of the connection that was handed over by -ImageContext, else of this session's; nothing where nobody is connected: completing never signs in.</summary>
public abstract class SessionNameCompleter : PromptNameCompleter
{
    private protected SessionNameCompleter()
    {
    }

    private protected sealed override (object Key, Func<CancellationToken, IReadOnlyList<CompletedName>> List)? Prepare(CompletionRequest request)
    {
        SessionStore store = SessionStore.Current;
        ImageContext? handed = (request.BoundParameters?[nameof(ImageContext)] is PSObject wrapped ? wrapped.BaseObject : request.BoundParameters?[nameof(ImageContext)]) as ImageContext;
        using SessionLease? known = store.TryLeaseKnown(handed);
        if (known is null || Choose(request) is not var (key, list))
        {
            return null;
        }

        return ((known.Session, key), cancellation =>
        {
            using SessionLease? lease = store.TryLeaseKnown(handed);
            return lease is null
                ? []
                : [.. list(lease.Session, new OperationContext { Cancellation = cancellation }).GetAwaiter().GetResult().Select(static name => new CompletedName(name, name))];
        }
        );
    }

    private protected sealed override IReadOnlyList<CompletedName> Known(CompletionRequest request) => [.. Shipped(request).Select(static name => new CompletedName(name, name))];

    /// <summary>Names that ship with the module, for where nobody is connected or the answer takes too long; none by default.</summary>
    /// <param name="request">What was typed.</param>
    private protected virtual IReadOnlyList<string> Shipped(CompletionRequest request) => [];

    /// <summary>Finds out what to list; null where there is nothing.</summary>
    /// <param name="request">What was typed.</param>
    /// <returns>What tells this listing from others of the session, and the listing itself.</returns>
    private protected abstract (object Key, Func<ImageSession, OperationContext, Task<IReadOnlyList<string>>> List)? Choose(CompletionRequest request);
}
