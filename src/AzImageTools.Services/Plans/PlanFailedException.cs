using AzImageTools.Disks;

namespace AzImageTools.Services.Plans;

/// <summary>
/// A plan failed. ErrorId, Kind and Target are those of the cause;
/// the message also says what was undone, what was kept and what could not be undone.
/// </summary>
public sealed class PlanFailedException : ImageServiceException
{
    /// <summary>Creates the exception without details.</summary>
    public PlanFailedException()
        : this("The plan failed.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What went wrong.</param>
    public PlanFailedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause.</param>
    public PlanFailedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal PlanFailedException(Step failed, Exception cause, PlanRollback rollback)
        : base(
            (cause as IErrorDetails)?.ErrorId ?? "PlanFailed",
            (cause as IErrorDetails)?.Kind ?? (cause is IOException ? ErrorKind.Unreadable : ErrorKind.InvalidState),
            cause is ImageServiceException ? WithoutRemedy(cause) : $"{failed.Title} failed: {WithoutRemedy(cause)}",
            string.Join(" ", new[] { (cause as IErrorDetails)?.Remedy, rollback.ToString() }.Where(part => !string.IsNullOrEmpty(part))),
            (cause as IErrorDetails)?.Target ?? failed.Target,
            cause)
    {
        FailedStep = failed.Title;
        Undone = rollback.Undone;
        Kept = rollback.Kept;
        NotUndone = rollback.NotUndone;
    }

    /// <summary>All steps are done: only the result could not be read.</summary>
    internal PlanFailedException(Plan done, Exception cause)
        : base(
            ((IErrorDetails)cause).ErrorId,
            ((IErrorDetails)cause).Kind,
            $"{done.Title}: all is done, but {char.ToLowerInvariant(cause.Message[0])}{WithoutRemedy(cause).Substring(1)}",
            string.Join(" ", new[] { ((IErrorDetails)cause).Remedy, PlanRollback.Done(done.Steps).ToString() }.Where(part => !string.IsNullOrEmpty(part))),
            ((IErrorDetails)cause).Target ?? done.Target,
            cause)
    {
        Kept = PlanRollback.Done(done.Steps).Kept;
    }

    /// <summary>The title of the step that failed; empty where all were done and only the result could not be read.</summary>
    public string FailedStep { get; } = string.Empty;

    /// <summary>What was created or changed and has been undone, latest first.</summary>
    public IReadOnlyList<string> Undone { get; } = [];

    /// <summary>What was created or changed and has been kept on purpose, latest first.</summary>
    public IReadOnlyList<string> Kept { get; } = [];

    /// <summary>What should have been undone but could not be, with the reason, latest first.</summary>
    public IReadOnlyList<string> NotUndone { get; } = [];

    private static string WithoutRemedy(Exception cause)
    {
        string tail = " " + (cause as IErrorDetails)?.Remedy;
        return tail.Length > 1 && cause.Message.EndsWith(tail, StringComparison.Ordinal)
            ? cause.Message.Substring(0, cause.Message.Length - tail.Length)
            : cause.Message;
    }
}
