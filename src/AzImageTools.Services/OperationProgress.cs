namespace AzImageTools.Services;

/// <summary>How far an operation has come.</summary>
public sealed record OperationProgress
{
    /// <summary>What is being done, such as <c>Uploading web01.vhdx</c>: one progress bar an activity.</summary>
    public required string Activity { get; init; }

    /// <summary>What is happening now, with bytes, rate and so on where they make sense.</summary>
    public required string Status { get; init; }

    /// <summary>0 to 100; null where the end can't be known.</summary>
    public double? PercentComplete { get; init; }

    /// <summary>The time left; null where it can't be told yet.</summary>
    public TimeSpan? TimeLeft { get; init; }

    /// <summary>Whether the activity has ended, so that its bar goes away.</summary>
    public bool IsCompleted { get; init; }
}
