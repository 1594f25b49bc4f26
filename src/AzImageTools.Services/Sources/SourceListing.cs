using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using Azure;

namespace AzImageTools.Services.Sources;

/// <summary>Reads the service's listings, within bounds.</summary>
internal static class SourceListing
{
    private const int MostEntries = 100_000;

    /// <summary>Reads a listing to its end. What is not there has no entries.</summary>
    /// <typeparam name="T">What is listed.</typeparam>
    /// <typeparam name="TResult">What is wanted of it.</typeparam>
    /// <param name="what">The listing, for messages: <c>the offers of Canonical</c>.</param>
    /// <param name="target">What it is a listing of, as an error's target: a resource group, a gallery, a publisher.</param>
    /// <param name="list">Starts the listing.</param>
    /// <param name="select">Takes what is wanted; null leaves the entry out.</param>
    public static Task<IReadOnlyList<TResult>> ReadAsync<T, TResult>(string what, string target, Func<AsyncPageable<T>> list, Func<T, TResult?> select)
        where T : notnull
        where TResult : class => AzureErrors.CallAsync($"Listing {what}", target, async () =>
        {
            List<TResult> results = [];
            int entries = 0;
            try
            {
                await foreach (T entry in list().InBounds().ConfigureAwait(false))
                {
                    if (++entries > MostEntries)
                    {
                        throw new ImageServiceException(
                            "ListingTooLong", ErrorKind.InvalidData, $"The service lists more than {MostEntries} entries for {what}.", "Narrow the search.", target);
                    }

                    if (select(entry) is { } result)
                    {
                        results.Add(result);
                    }
                }
            }
            catch (RequestFailedException failure) when (Lookup.IsAbsent(failure))
            {
                results.Clear();
            }

            return (IReadOnlyList<TResult>)results;
        });
}
