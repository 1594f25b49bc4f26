namespace AzImageTools.Services;

/// <summary>What every operation is handed: where to report, how to stop, what time it is.</summary>
public sealed record OperationContext
{
    private readonly IOperationLog _log = NullLog.Instance;

    /// <summary>A context that reports to nobody and can't be cancelled.</summary>
    public static OperationContext None { get; } = new();

    /// <summary>Where progress goes.</summary>
    public IProgress<OperationProgress> Progress { get; init; } = NullProgress.Instance;

    /// <summary>Where warnings, verbose and debug messages go. Secrets are taken out of them on the way.</summary>
    public IOperationLog Log
    {
        get => _log;
        init => _log = value is RedactedLog ? value : new RedactedLog(value);
    }

    /// <summary>Cancels the operation. What was created is cleaned up under a token of its own.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The clock that waits and expiries go by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    private sealed class NullProgress : IProgress<OperationProgress>
    {
        public static readonly NullProgress Instance = new();

        public void Report(OperationProgress value)
        {
        }
    }

    private sealed class RedactedLog(IOperationLog log) : IOperationLog
    {
        public bool WantsVerbose => log.WantsVerbose;

        public bool WantsDebug => log.WantsDebug;

        public void Warning(string message) => log.Warning(SecretText.Redact(message));

        public void Verbose(string message)
        {
            if (log.WantsVerbose)
            {
                log.Verbose(SecretText.Redact(message));
            }
        }

        public void Debug(string message)
        {
            if (log.WantsDebug)
            {
                log.Debug(SecretText.Redact(message));
            }
        }
    }

    private sealed class NullLog : IOperationLog
    {
        public static readonly NullLog Instance = new();

        public bool WantsVerbose => false;

        public bool WantsDebug => false;

        public void Warning(string message)
        {
        }

        public void Verbose(string message)
        {
        }

        public void Debug(string message)
        {
        }
    }
}

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

/// <summary>Where an operation's messages go. Thread-safe. A message never holds a secret (SAS, token, key).</summary>
public interface IOperationLog
{
    /// <summary>Whether anybody reads verbose messages: those that cost something, such as one for each request, are made only then.</summary>
    bool WantsVerbose { get; }

    /// <summary>Whether anybody reads debug messages.</summary>
    bool WantsDebug { get; }

    /// <summary>Something the user should know although the operation goes on.</summary>
    /// <param name="message">The message.</param>
    void Warning(string message);

    /// <summary>What the operation is doing, for whoever asks.</summary>
    /// <param name="message">The message.</param>
    void Verbose(string message);

    /// <summary>Details for finding a fault.</summary>
    /// <param name="message">The message.</param>
    void Debug(string message);
}
