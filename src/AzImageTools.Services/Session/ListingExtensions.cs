using Azure;

namespace AzImageTools.Services.Session;

/// <summary>Reads Resource Manager's listings, whose pages lead to one another as the service says.</summary>
internal static class ListingExtensions
{
    private const int OkStatus = 200;

    /// <summary>More pages than any subscription's listing has: the shortest pages have 50 entries.</summary>
    private const int MostPages = 2000;

    /// <summary>The entries of a listing, which has an end.</summary>
    /// <exception cref="RequestFailedException">A page leads to one that was read before, or there are too many (InvalidAnswer).</exception>
    public static async IAsyncEnumerable<T> InBounds<T>(this AsyncPageable<T> listing)
        where T : notnull
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        await foreach (Page<T> page in listing.AsPages().ConfigureAwait(false))
        {
            foreach (T entry in page.Values)
            {
                yield return entry;
            }

            if (!string.IsNullOrEmpty(page.ContinuationToken))
            {
                RequireNew(seen, page.ContinuationToken!);
            }
        }
    }

    /// <summary>Takes note of the page that comes next.</summary>
    /// <exception cref="RequestFailedException">It was read before, or there are too many (InvalidAnswer).</exception>
    public static void RequireNew(HashSet<string> seen, string next)
    {
        if (!seen.Add(next) || seen.Count > MostPages)
        {
            throw new RequestFailedException(OkStatus, "The pages of the service's listing lead to one another without an end.", "InvalidAnswer", innerException: null);
        }
    }
}
