namespace AzImageTools.Services.Plans;

/// <summary>What a step's action and its undo are handed.</summary>
/// <param name="Context">Progress (scaled to the step's share of the plan), log, cancellation and clock.</param>
/// <param name="RunId">The id of this run, which created resources carry under <see cref="RunTag.Name"/>.</param>
internal sealed record StepRun(OperationContext Context, string RunId)
{
    /// <summary>Cancels the step; while undoing, a token of the undo's own.</summary>
    public CancellationToken Cancellation => Context.Cancellation;
}
