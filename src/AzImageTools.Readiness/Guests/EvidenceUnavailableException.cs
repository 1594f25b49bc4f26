using AzImageTools.Disks;

namespace AzImageTools.Readiness.Guests;

/// <summary>
/// A guest can't tell what a rule asks: a hive is missing, a volume is encrypted, a right is lacking. That is another
/// thing than a value that is not there; a rule that meets it is undetermined.
/// </summary>
public sealed class EvidenceUnavailableException : Exception
{
    /// <summary>Creates the exception without a reason.</summary>
    public EvidenceUnavailableException()
        : this("The evidence could not be read.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Why the evidence can't be had, as a sentence.</param>
    public EvidenceUnavailableException(string message)
        : base(PrintableText.OfOptional(message))
    {
    }

    /// <summary>Creates the exception with a cause.</summary>
    /// <param name="message">Why the evidence can't be had, as a sentence.</param>
    /// <param name="innerException">The cause.</param>
    public EvidenceUnavailableException(string message, Exception innerException)
        : base(PrintableText.OfOptional(message), innerException)
    {
    }
}
