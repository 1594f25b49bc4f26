using AzImageTools.Services;
using AzImageTools.Services.Plans;

namespace AzImageTools.Pipeline;

/// <summary>Runs plans for cmdlets.</summary>
internal static class PlanExtensions
{
    /// <summary>Asks once whether the plan may run (-WhatIf prints its steps), runs it, and emits its result.</summary>
    public static async Task RunPlanAsync<TResult>(this IStreamSink sink, Plan<TResult> plan, OperationContext context)
        where TResult : notnull
    {
        if (await sink.ShouldProcessAsync(plan.ToString(), plan.ToString(), "Confirm").ConfigureAwait(false))
        {
            await sink.WriteObjectAsync(await PlanRunner.RunAsync(plan, context).ConfigureAwait(false)).ConfigureAwait(false);
        }
    }
}
