using AzImageTools.Disks.Items;
using AzImageTools.Errors;
using AzImageTools.Services;
using AzImageTools.Services.Plans;

namespace AzImageTools.Pipeline;

/// <summary>What the bodies of several cmdlets do with their streams.</summary>
internal static class StreamSinkExtensions
{
    /// <summary>The full path that a path means in the session; nothing in it is a wildcard.</summary>
    public static Task<string> ResolvePathAsync(this IStreamSink sink, string path)
        => sink.InvokeAsync(cmdlet => cmdlet.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path));

    /// <summary>Asks once whether the plan may run (-WhatIf prints its steps), runs it, and emits its result unless that is not wanted.</summary>
    public static async Task RunPlanAsync<TResult>(this IStreamSink sink, Plan<TResult> plan, OperationContext context, bool emit = true)
        where TResult : notnull
    {
        if (await sink.ShouldProcessAsync(plan.ToString()).ConfigureAwait(false))
        {
            TResult result = await PlanRunner.RunAsync(plan, context).ConfigureAwait(false);
            if (emit)
            {
                await sink.WriteObjectAsync(result).ConfigureAwait(false);
            }
        }
    }

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
