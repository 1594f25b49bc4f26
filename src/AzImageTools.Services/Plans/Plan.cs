using AzImageTools.Disks;

namespace AzImageTools.Services.Plans;

/// <summary>
/// What is going to be done, decided before anything is: validated inputs turned into ordered steps.
/// Immutable; making one only reads. <see cref="PlanRunner"/> runs it.
/// </summary>
public abstract class Plan
{
    private protected Plan(string title, string target, IReadOnlyList<Step> steps)
    {
        foreach (Step step in steps)
        {
            if (step.OnFailure == FailureAction.Undo && step.Undo is null)
            {
                throw new ArgumentException($"The step '{step.Title}' is to be undone on failure but has no undo.", nameof(steps));
            }
        }

        Title = title;
        Target = target;
        Steps = steps.ToArray();
    }

    /// <summary>What the plan does, as ShouldProcess names an action: <c>Capture to managed image 'web'</c>.</summary>
    public string Title { get; }

    /// <summary>What it is done to, as ShouldProcess names a target: <c>virtual machine 'web01' in resource group 'web'</c>.</summary>
    public string Target { get; }

    /// <summary>The steps in the order in which they run.</summary>
    public IReadOnlyList<Step> Steps { get; }

    /// <summary>Where it is noted that the plan is run, for those that follow if it is killed; null for nowhere.</summary>
    internal string? RunFolder { get; init; }

    /// <summary>The plan for people, as -WhatIf shows it.</summary>
    /// <returns>A heading, then one numbered line a step.</returns>
    public IReadOnlyList<string> Describe() =>
        [PrintableText.Of($"{Title}: {Target}"), .. Steps.Select((step, index) => PrintableText.Of(FormattableString.Invariant($"{index + 1}. {step}")))];

    /// <summary>The plan as one text, a line a step.</summary>
    /// <returns>The lines of <see cref="Describe"/>.</returns>
    public override string ToString() => string.Join(Environment.NewLine, Describe());
}

/// <summary>A <see cref="Plan"/> that yields something when it has run.</summary>
/// <typeparam name="TResult">What it yields.</typeparam>
public sealed class Plan<TResult> : Plan, IDisposable
{
    /// <summary>Makes a plan.</summary>
    /// <param name="title">What it does.</param>
    /// <param name="target">What to.</param>
    /// <param name="steps">The steps, in order.</param>
    /// <param name="readResult">Reads the result after the last step; nothing is undone when that fails.</param>
    internal Plan(string title, string target, IReadOnlyList<Step> steps, Func<OperationContext, Task<TResult>> readResult)
        : base(title, target, steps)
    {
        ReadResult = readResult;
    }

    internal Func<OperationContext, Task<TResult>> ReadResult { get; }

    /// <summary>What is open until the plan has run, or is given up; null for nothing.</summary>
    internal IDisposable? Holds { get; init; }

    /// <summary>Closes what the plan holds open; it does not run any more.</summary>
    public void Dispose() => Holds?.Dispose();
}
