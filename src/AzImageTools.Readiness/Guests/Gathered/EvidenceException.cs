using AzImageTools.Disks;

namespace AzImageTools.Readiness.Guests.Gathered;

/// <summary>A text is no evidence that can be judged. The message says what to do.</summary>
public sealed class EvidenceException : Exception, IErrorDetails
{
    /// <summary>Creates the exception without a reason.</summary>
    public EvidenceException()
        : this("The text is not evidence of a machine.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what to do, as sentences.</param>
    public EvidenceException(string message)
        : base(PrintableText.OfOptional(message))
    {
    }

    /// <summary>Creates the exception with a cause.</summary>
    /// <param name="message">What is wrong and what to do, as sentences.</param>
    /// <param name="innerException">The cause.</param>
    public EvidenceException(string message, Exception innerException)
        : base(PrintableText.OfOptional(message), innerException)
    {
    }

    internal EvidenceException(EvidenceProblem problem, string message, Exception? innerException = null)
        : base(PrintableText.OfOptional(message), innerException)
    {
        Problem = problem;
    }

    /// <summary>What is wrong.</summary>
    public EvidenceProblem Problem { get; } = EvidenceProblem.EvidenceDamaged;

    /// <summary>The file with the text; null where it is of none.</summary>
    public string? File { get; init => field = PrintableText.OfOptional(value); }

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
    public object? Target => File;

    /// <inheritdoc/>
    public string Remedy => string.Empty;
}

/// <summary>Why a text is no evidence that can be judged.</summary>
public enum EvidenceProblem
{
    /// <summary>No collector's output is in it.</summary>
    EvidenceNotFound,

    /// <summary>A collector of a later version of this module made it.</summary>
    EvidenceVersionUnknown,

    /// <summary>The outputs of two collections are in it.</summary>
    EvidenceMixed,

    /// <summary>A part of the collector's output is missing.</summary>
    EvidenceIncomplete,

    /// <summary>It is not what the collector printed: its length, its hash or what is in it is wrong.</summary>
    EvidenceDamaged,

    /// <summary>It is larger than any collector makes it.</summary>
    EvidenceTooLarge,
}
