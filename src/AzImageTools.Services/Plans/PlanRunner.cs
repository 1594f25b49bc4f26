using AzImageTools.Disks;

namespace AzImageTools.Services.Plans;

/// <summary>Runs plans: in order, with one progress activity, and undoing on failure or cancellation.</summary>
public static class PlanRunner
{
    /// <summary>How long undoing one step may take. It does not end when the run is cancelled.</summary>
    internal static readonly TimeSpan UndoTimeout = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Runs a plan's steps in order. When one fails or the run is cancelled, the steps begun so far are undone, latest first;
    /// what could not be undone is reported as warnings and in the exception.
    /// </summary>
    /// <typeparam name="TResult">What the plan yields.</typeparam>
    /// <param name="plan">The plan.</param>
    /// <param name="context">Progress, log, cancellation, clock.</param>
    /// <returns>What the plan yields.</returns>
    /// <exception cref="PlanFailedException">A step failed, or all were done and the result could not be read.</exception>
    /// <exception cref="OperationCanceledException">The run was cancelled; what was created has been undone, unless all was done.</exception>
    public static async Task<TResult> RunAsync<TResult>(Plan<TResult> plan, OperationContext context)
    {
        string runId = RunTag.NewRunId();
        using RunNote? note = RunNote.TryBegin(plan.RunFolder, runId);
        return await RunWithinAsync(plan, new StepRun(context, runId) { Note = note }).ConfigureAwait(false);
    }

    /// <summary>Runs a plan as part of another's step: what it makes is of the same run, and noted with it.</summary>
    /// <typeparam name="TResult">What the plan yields.</typeparam>
    /// <param name="plan">The plan.</param>
    /// <param name="run">The step's run.</param>
    /// <inheritdoc cref="RunAsync{TResult}(Plan{TResult}, OperationContext)"/>
    internal static async Task<TResult> RunWithinAsync<TResult>(Plan<TResult> plan, StepRun run)
    {
        PlanProgress progress = new(plan, run.Context.Progress);
        try
        {
            await RunStepsAsync(plan, run.Context, run, progress).ConfigureAwait(false);
            return await ReadResultAsync(plan, run.Context).ConfigureAwait(false);
        }
        finally
        {
            progress.Complete();
        }
    }

    /// <summary>When all is done and only the result can't be read, what was made would else be told by nobody.</summary>
    private static async Task<TResult> ReadResultAsync<TResult>(Plan<TResult> plan, OperationContext context)
    {
        try
        {
            return await plan.ReadResult(context).ConfigureAwait(false);
        }
        catch (OperationCanceledException cause) when (context.Cancellation.IsCancellationRequested)
        {
            throw new OperationCanceledException($"{plan.Title} was cancelled when all was done. {PlanRollback.Done(plan.Steps)}".TrimEnd(), cause, context.Cancellation);
        }
        catch (Exception cause) when (cause is IErrorDetails)
        {
            throw new PlanFailedException(plan, cause);
        }
    }

    private static async Task RunStepsAsync(Plan plan, OperationContext context, StepRun run, PlanProgress progress)
    {
        List<Step> begun = [];
        bool done = true;
        try
        {
            foreach (Step step in plan.Steps)
            {
                context.Cancellation.ThrowIfCancellationRequested();
                begun.Add(step);
                done = false;
                context.Log.Verbose($"{step.Title}: {step.Target}");
                await step.Action(run with { Context = context with { Progress = progress.Begin(step) } }).ConfigureAwait(false);
                done = true;
            }
        }
        catch (Exception cause)
        {
            PlanRollback rollback = await PlanRollback.RunAsync(begun, done, step => UndoAsync(step, run, progress)).ConfigureAwait(false);
            foreach (string target in rollback.NotUndone)
            {
                context.Log.Warning($"Could not be undone; remove by hand: {target}.");
            }

            if (cause is OperationCanceledException && context.Cancellation.IsCancellationRequested)
            {
                foreach (string aftermath in rollback.Aftermaths)
                {
                    context.Log.Warning(aftermath);
                }

                throw new OperationCanceledException($"{plan.Title} was cancelled. {rollback}".TrimEnd(), cause, context.Cancellation);
            }

            throw new PlanFailedException(begun[begun.Count - 1], cause, rollback);
        }
    }

    private static async Task<bool> UndoAsync(Step step, StepRun run, PlanProgress progress)
    {
        OperationContext context = run.Context;
        progress.BeginUndo(step);
        context.Log.Verbose($"Undoing '{step.Title}': {step.Target}");
        using CancellationTokenSource timeout = context.Time.CreateCancellationTokenSource(UndoTimeout);
        OperationContext own = context with { Cancellation = timeout.Token, Progress = OperationContext.None.Progress };
        return await step.Undo!(run with { Context = own }).ConfigureAwait(false);
    }
}
