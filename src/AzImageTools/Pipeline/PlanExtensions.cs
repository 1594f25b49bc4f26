using AzImageTools.Services;
using AzImageTools.Services.Plans;

namespace AzImageTools.Pipeline;

/// <summary>Runs plans for cmdlets.</summary>
internal static class PlanExtensions
{
    /// <summary>Asks once whether the plan may run (-WhatIf prints its steps), runs it, and emits its result unless that is not wanted.</summary>
    public static async Task RunPlanAsync<TResult>(this IStreamSink sink, Plan<TResult> plan, OperationContext context, bool emit = true)
        where TResult : notnull
    {
        if (await sink.ShouldProcessAsync(plan.ToString(), plan.ToString(), "Confirm").ConfigureAwait(false))
        {
            TResult result = await PlanRunner.RunAsync(plan, context).ConfigureAwait(false);
            if (emit)
            {
                await sink.WriteObjectAsync(result).ConfigureAwait(false);
            }
        }
    }
}
