using AzImageTools.Disks;

namespace AzImageTools.Services.Sources;

/// <summary>Failures of parts of a search, which the rest goes on without: a warning each, as long as they are few. Thread-safe.</summary>
/// <param name="log">Where they are told.</param>
internal sealed class PartFailures(IOperationLog log)
{
    private const int Most = 10;

    /// <summary>A region that has none of it fails in all its parts alike.</summary>
    private const string OfRegion = "NoRegisteredProviderFound";

    private int _count;

    /// <summary>Does a part of the search; nothing is found where it fails.</summary>
    /// <typeparam name="T">What is found.</typeparam>
    /// <param name="part">The part.</param>
    /// <param name="failed">Done where it fails: what was sought there can't be said not to exist.</param>
    public async Task<IReadOnlyList<T>> OrNoneAsync<T>(Func<Task<IReadOnlyList<T>>> part, Action? failed = null)
    {
        try
        {
            return await part().ConfigureAwait(false);
        }
        catch (ImageServiceException problem) when (problem.Kind != ErrorKind.Authentication && problem.ErrorId != OfRegion)
        {
            failed?.Invoke();
            if (Interlocked.Increment(ref _count) <= Most)
            {
                log.Warning($"Not all was looked through. {problem.Message}");
            }

            return [];
        }
    }

    /// <summary>Tells how many there were beyond those that were told of.</summary>
    public void Finish()
    {
        if (_count > Most)
        {
            log.Warning($"Not all was looked through: {_count - Most} more parts of the search failed.");
        }
    }
}
