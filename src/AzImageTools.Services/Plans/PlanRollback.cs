namespace AzImageTools.Services.Plans;

/// <summary>What became of a failed run's work.</summary>
internal sealed class PlanRollback
{
    private readonly List<string> _undone = [];
    private readonly List<string> _kept = [];
    private readonly List<string> _notUndone = [];
    private readonly List<string> _unfinished = [];
    private readonly List<string> _resumable = [];
    private readonly List<string> _aftermaths = [];
    private readonly List<Step> _stuck = [];

    /// <summary>Targets that were undone.</summary>
    public IReadOnlyList<string> Undone => _undone;

    /// <summary>Targets that were kept on purpose, those that the same command continues among them.</summary>
    public IReadOnlyList<string> Kept => [.. _kept, .. _resumable.Distinct(StringComparer.Ordinal)];

    /// <summary>Targets that could not be undone, with the reason.</summary>
    public IReadOnlyList<string> NotUndone => _notUndone;

    /// <summary>What to know now that steps which can't be undone were done.</summary>
    public IReadOnlyList<string> Aftermaths => _aftermaths;

    /// <summary>What a run that did all its steps has made or changed.</summary>
    /// <param name="steps">The steps, in order.</param>
    public static PlanRollback Done(IReadOnlyList<Step> steps)
    {
        HashSet<string> deleted = [.. steps.Where(step => step.Effect == StepEffect.Deletes).Select(step => step.Target)];
        PlanRollback done = new();
        done._kept.AddRange(steps.Reverse().Select(step => step.Target).Where(target => !deleted.Contains(target)));
        return done;
    }

    /// <summary>Undoes what a run began, latest first, and notes what became of each.</summary>
    /// <param name="begun">The steps that have begun, in order; the last may have failed halfway.</param>
    /// <param name="lastIsDone">Whether the last of them was finished.</param>
    /// <param name="undoAsync">Runs a step's undo.</param>
    public static async Task<PlanRollback> RunAsync(IReadOnlyList<Step> begun, bool lastIsDone, Func<Step, Task<bool>> undoAsync)
    {
        PlanRollback rollback = new();
        for (int index = begun.Count - 1; index >= 0; index--)
        {
            Step step = begun[index];
            bool done = lastIsDone || index < begun.Count - 1;
            bool resumes = step.OnFailure == FailureAction.Resume && step.CanResume?.Invoke() != false;
            if (resumes)
            {
                rollback._resumable.Add(step.Target);
            }
            else if (step.OnFailure == FailureAction.Resume)
            {
                if (step.Undo is not null)
                {
                    await rollback.UndoAsync(step, undoAsync).ConfigureAwait(false);
                }
            }
            else if (step.OnFailure == FailureAction.Undo && (step.KeptOnceBegun is null || !begun.Contains(step.KeptOnceBegun)))
            {
                await rollback.UndoAsync(step, undoAsync).ConfigureAwait(false);
            }
            else if (done)
            {
                rollback._kept.Add(step.Target);
            }
            else
            {
                rollback._unfinished.Add(step.Target);
            }

            if (done && step.Aftermath is not null)
            {
                rollback._aftermaths.Add(step.Aftermath);
            }
        }

        return rollback;
    }

    /// <summary>The whole as sentences.</summary>
    public override string ToString()
    {
        List<string> sentences = [];
        if (_undone.Count > 0)
        {
            sentences.Add($"Undone: {string.Join("; ", _undone)}.");
        }

        if (_kept.Count > 0)
        {
            sentences.Add($"Kept: {string.Join("; ", _kept)}.");
        }

        if (_resumable.Count > 0)
        {
            sentences.Add($"Kept, and continued by the same command: {string.Join("; ", _resumable.Distinct(StringComparer.Ordinal))}.");
        }

        if (_unfinished.Count > 0)
        {
            sentences.Add($"May be changed, or still be changing: {string.Join("; ", _unfinished)}.");
        }

        if (_notUndone.Count > 0)
        {
            sentences.Add($"Could not be undone; remove by hand: {string.Join("; ", _notUndone)}.");
        }

        sentences.AddRange(_aftermaths);
        return string.Join(" ", sentences);
    }

    private async Task UndoAsync(Step step, Func<Step, Task<bool>> undoAsync)
    {
        if (step.NeededBy is { } later && _stuck.Contains(later))
        {
            _notUndone.Add($"{step.Target} (it is needed by {later.Target})");
            return;
        }

        try
        {
            if (await undoAsync(step).ConfigureAwait(false))
            {
                _undone.Add(step.Target);
            }
        }
        catch (Exception exception)
        {
            // Whatever went wrong, the other steps must still be undone; the failure is reported with the plan's.
            _notUndone.Add($"{step.Target} ({exception.Message.TrimEnd('.')})");
            _stuck.Add(step);
        }
    }
}
