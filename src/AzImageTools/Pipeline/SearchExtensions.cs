using AzImageTools.Disks.Items;
using AzImageTools.Errors;
using AzImageTools.Services;

namespace AzImageTools.Pipeline;

/// <summary>Writes what is searched for on disks while it is found.</summary>
internal static class SearchExtensions
{
    /// <summary>Handles each find; what could not be read becomes an error of its own. A search that can't go on at all is one too.</summary>
    /// <param name="sink">Where to write.</param>
    /// <param name="search">The search.</param>
    /// <param name="handle">Handles a find.</param>
    /// <param name="context">Tells whether the user stopped.</param>
    public static async Task WriteFoundAsync<T>(this IStreamSink sink, IEnumerable<Found<T>> search, Func<T, Task> handle, OperationContext context)
        where T : class
    {
        try
        {
            foreach (Found<T> found in search)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                await (found.Value is { } value ? handle(value) : sink.WriteErrorAsync(ErrorRecords.From(found.Problem!))).ConfigureAwait(false);
            }
        }
        catch (IOException exception) when (!context.Cancellation.IsCancellationRequested)
        {
            await sink.WriteErrorAsync(ErrorRecords.From(exception)).ConfigureAwait(false);
        }
    }
}
