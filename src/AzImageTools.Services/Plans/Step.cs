using System.Text;

namespace AzImageTools.Services.Plans;

/// <summary>One step of a <see cref="Plan"/>: what it will do to what, and what becomes of that on failure.</summary>
public sealed class Step
{
    /// <summary>Makes a step.</summary>
    /// <param name="action">Does it.</param>
    internal Step(Func<StepRun, Task> action)
    {
        Action = action;
    }

    /// <summary>What the step does, as a short sentence without a full stop: <c>Back up the OS disk</c>.</summary>
    public required string Title { get; init; }

    /// <summary>Whether it creates, changes or deletes its target.</summary>
    public required StepEffect Effect { get; init; }

    /// <summary>What it creates, changes or deletes: <c>snapshot 'web01-os' in resource group 'web'</c>.</summary>
    public required string Target { get; init; }

    /// <summary>What happens to its work when the plan fails at this step or later.</summary>
    public FailureAction OnFailure { get; init; } = FailureAction.Keep;

    /// <summary>What else to know before agreeing, such as what it costs, as sentences; null if nothing.</summary>
    public string? Note { get; init; }

    /// <summary>
    /// With <see cref="FailureAction.Resume"/>: whether there is anything to continue. Where not, the step is undone instead,
    /// if it can be. Null if there always is.
    /// </summary>
    internal Func<bool>? CanResume { get; init; }

    /// <summary>A later step that needs this one's work as a safety net: once it has begun, the work is kept.</summary>
    internal Step? KeptOnceBegun { get; init; }

    /// <summary>A later step whose work is made of this one's: where that can't be undone, this is kept too.</summary>
    internal Step? NeededBy { get; init; }

    /// <summary>What to know when the plan fails after this step was done, as sentences; null if nothing.</summary>
    internal string? Aftermath { get; init; }

    /// <summary>How much of the plan's time the step takes, beside the others.</summary>
    internal double Weight { get; init; } = 1;

    /// <summary>What it does in Azure's own words, for <see cref="Preflight"/>.</summary>
    internal IReadOnlyList<ResourceChange> Changes { get; init; } = [];

    /// <summary>Does the step.</summary>
    internal Func<StepRun, Task> Action { get; }

    /// <summary>
    /// Undoes the step; required with <see cref="FailureAction.Undo"/>. It is called for every step that has begun,
    /// also one that failed halfway: it must find out whether there is something of this run to undo, and returns whether there was.
    /// </summary>
    internal Func<StepRun, Task<bool>>? Undo { get; init; }

    /// <summary>The same step as the safety net of another plan's.</summary>
    /// <param name="later">The step that needs it.</param>
    /// <param name="aftermath">What to know when the plan fails after it was done; null for nothing.</param>
    internal Step KeptFor(Step later, string? aftermath) => new(Action)
    {
        Title = Title,
        Effect = Effect,
        Target = Target,
        OnFailure = OnFailure,
        Note = Note,
        CanResume = CanResume,
        KeptOnceBegun = later,
        NeededBy = NeededBy,
        Aftermath = aftermath,
        Weight = Weight,
        Changes = Changes,
        Undo = Undo,
    };

    /// <summary>The step in one line.</summary>
    /// <returns>Title, effect, target, what happens on failure, and the note.</returns>
    public override string ToString()
    {
        StringBuilder line = new();
        line.Append(Title).Append(": ").Append(EffectVerb).Append(' ').Append(Target);
        switch (OnFailure)
        {
            case FailureAction.Undo when KeptOnceBegun is not null:
                line.Append(" (undone on failure, but kept once this has begun: ").Append(KeptOnceBegun.Title).Append(')');
                break;
            case FailureAction.Undo:
                line.Append(" (undone on failure)");
                break;
            case FailureAction.Resume:
                line.Append(" (continued by the next run after a failure)");
                break;
            default:
                line.Append(" (kept on failure)");
                break;
        }

        line.Append('.');
        if (Note is not null)
        {
            line.Append(' ').Append(Note);
        }

        return line.ToString();
    }

    private string EffectVerb => Effect switch
    {
        StepEffect.Creates => "creates",
        StepEffect.Deletes => "deletes",
        _ => "changes",
    };
}

/// <summary>What a step's action and its undo are handed.</summary>
/// <param name="Context">Progress (scaled to the step's share of the plan), log, cancellation and clock.</param>
/// <param name="RunId">The id of this run, which created resources carry under <see cref="RunTag.Name"/>.</param>
internal sealed record StepRun(OperationContext Context, string RunId)
{
    /// <summary>Where the run notes what nothing in Azure tells afterwards; null for nowhere.</summary>
    public RunNote? Note { get; init; }

    /// <summary>Cancels the step; while undoing, a token of the undo's own.</summary>
    public CancellationToken Cancellation => Context.Cancellation;
}

/// <summary>What a step does to its target.</summary>
public enum StepEffect
{
    /// <summary>The target comes into being.</summary>
    Creates,

    /// <summary>The target is there already and will be another afterwards.</summary>
    Changes,

    /// <summary>The target ceases to be.</summary>
    Deletes,
}

/// <summary>What happens to a step's work when the plan fails or is cancelled at that step or a later one.</summary>
public enum FailureAction
{
    /// <summary>It is undone.</summary>
    Undo,

    /// <summary>It stays, because it is wanted anyway or can't be undone.</summary>
    Keep,

    /// <summary>It stays, so that running the same command again continues from it.</summary>
    Resume,
}
