namespace AzImageTools.Services.Plans;

/// <summary>Makes one progress activity of a plan's steps, each taking its share of the whole.</summary>
internal sealed class PlanProgress(Plan plan, IProgress<OperationProgress> sink)
{
    private readonly double _total = Math.Max(plan.Steps.Sum(step => step.Weight), double.Epsilon);
    private double _percent;

    /// <summary>Shows that a step begins.</summary>
    /// <returns>Where the step reports its own progress.</returns>
    public IProgress<OperationProgress> Begin(Step step)
    {
        double before = plan.Steps.TakeWhile(other => !ReferenceEquals(other, step)).Sum(other => other.Weight);
        StepProgress progress = new(this, step, 100 * before / _total, step.Weight / _total);
        Report(step.Title, 100 * before / _total);
        return progress;
    }

    /// <summary>Shows that a step is being undone.</summary>
    public void BeginUndo(Step step) => Report($"Undoing: {step.Title}", _percent);

    /// <summary>Ends the activity.</summary>
    public void Complete() => sink.Report(new OperationProgress { Activity = plan.Title, Status = "Done", PercentComplete = 100, IsCompleted = true });

    private void Report(string status, double percent, TimeSpan? timeLeft = null)
    {
        _percent = percent;
        sink.Report(new OperationProgress { Activity = plan.Title, Status = status, PercentComplete = percent, TimeLeft = timeLeft });
    }

    private sealed class StepProgress(PlanProgress whole, Step step, double start, double share) : IProgress<OperationProgress>
    {
        private readonly double _start = start;
        private double _reached = start;

        public void Report(OperationProgress value)
        {
            if (value.PercentComplete is { } percent)
            {
                _reached = _start + (share * Math.Min(Math.Max(percent, 0), 100));
            }

            whole.Report($"{step.Title}: {value.Status}", _reached, value.TimeLeft);
        }
    }
}
