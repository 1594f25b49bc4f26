namespace AzImageTools.Services.Plans;

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
