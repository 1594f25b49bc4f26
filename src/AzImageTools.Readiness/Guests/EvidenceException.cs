using AzImageTools.Disks;

namespace AzImageTools.Readiness.Guests;

/// <summary>A text is no evidence that can be judged. The message says what to do.</summary>
public sealed class EvidenceException : Exception, IErrorDetails
{
    /// <summary>Creates the exception without a reason.</summary>
    public EvidenceException()
        : this("The text is no evidence.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to do, as sentences.</param>
    public EvidenceException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with a cause.</summary>
    /// <param name="message">What is wrong and what to do, as sentences.</param>
    /// <param name="innerException">The cause.</param>
    public EvidenceException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal EvidenceException(EvidenceProblem problem, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Problem = problem;
    }

    /// <summary>What is wrong.</summary>
    public EvidenceProblem Problem { get; } = EvidenceProblem.EvidenceDamaged;

    /// <inheritdoc/>
    public string ErrorId => Problem.ToString();

    /// <inheritdoc/>
    public ErrorKind Kind => Problem switch
    {
        EvidenceProblem.EvidenceNotFound or EvidenceProblem.EvidenceMixed or EvidenceProblem.EvidenceIncomplete or EvidenceProblem.EvidenceDamaged => ErrorKind.InvalidData,
        EvidenceProblem.EvidenceVersionUnknown => ErrorKind.NotSupported,
        EvidenceProblem.EvidenceTooLarge => ErrorKind.LimitExceeded,
        _ => throw new InvalidOperationException($"{Problem} has no kind."),
    };

    /// <inheritdoc/>
    public object? Target => null;

    /// <inheritdoc/>
    public string Remedy => string.Empty;
}
