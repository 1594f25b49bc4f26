namespace AzImageTools.Readiness.Guests;

/// <summary>A text is no evidence that can be judged. The message says what to do.</summary>
public sealed class EvidenceException : Exception
{
    /// <summary>Creates the exception without a reason.</summary>
    public EvidenceException()
        : this("The text is not evidence of a machine.")
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
}
