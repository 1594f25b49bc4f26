namespace AzImageTools.Services.Plans;

/// <summary>Makes one progress activity of a plan's steps, each taking its share of the whole.</summary>
internal sealed class PlanProgress
{
    private readonly Plan _plan;
    private readonly IProgress<OperationProgress> _sink;
    private readonly double _total;
    private double _percent;

    public PlanProgress(Plan plan, IProgress<OperationProgress> sink)
    {
        _plan = plan;
        _sink = sink;
        _total = Math.Max(plan.Steps.Sum(step => step.Weight), double.Epsilon);
    }

    /// <summary>Shows that a step begins.</summary>
    /// <returns>Where the step reports its own progress.</returns>
    public IProgress<OperationProgress> Begin(Step step)
    {
        double before = _plan.Steps.TakeWhile(other => !ReferenceEquals(other, step)).Sum(other => other.Weight);
        StepProgress progress = new(this, step, 100 * before / _total, step.Weight / _total);
        Report(step.Title, 100 * before / _total);
        return progress;
    }

    /// <summary>Shows that a step is being undone.</summary>
    public void BeginUndo(Step step) => Report($"Undoing: {step.Title}", _percent);

    /// <summary>Ends the activity.</summary>
    public void Complete() => _sink.Report(new OperationProgress { Activity = _plan.Title, Status = "Done", PercentComplete = 100, IsCompleted = true });

    private void Report(string status, double percent, TimeSpan? timeLeft = null)
    {
        _percent = percent;
        _sink.Report(new OperationProgress { Activity = _plan.Title, Status = status, PercentComplete = percent, TimeLeft = timeLeft });
    }

    private sealed class StepProgress : IProgress<OperationProgress>
    {
        private readonly PlanProgress _whole;
        private readonly Step _step;
        private readonly double _start;
        private readonly double _share;
        private double _reached;

        public StepProgress(PlanProgress whole, Step step, double start, double share)
        {
            _whole = whole;
            _step = step;
            _start = start;
            _share = share;
            _reached = start;
        }

        public void Report(OperationProgress value)
        {
            if (value.PercentComplete is { } percent)
            {
                _reached = _start + (_share * Math.Min(Math.Max(percent, 0), 100));
            }

            _whole.Report($"{_step.Title}: {value.Status}", _reached, value.TimeLeft);
        }
    }
}
