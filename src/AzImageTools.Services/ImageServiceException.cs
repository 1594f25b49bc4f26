using AzImageTools.Disks;

namespace AzImageTools.Services;

/// <summary>What went wrong in a piece of work, to what, and what to do about it: in one line, without the secrets that its cause may hold or what a terminal would obey.</summary>
public class ImageServiceException : Exception, IErrorDetails
{
    /// <summary>Creates the exception without details.</summary>
    public ImageServiceException()
        : this("The operation failed.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What went wrong.</param>
    public ImageServiceException(string message)
        : base(Clean(message))
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause.</param>
    public ImageServiceException(string message, Exception innerException)
        : base(Clean(message), SecretText.Harmless(innerException))
    {
    }

    /// <summary>Creates the exception with all its details.</summary>
    /// <param name="errorId">A stable PascalCase id, such as <c>DiskAlreadyExists</c>.</param>
    /// <param name="kind">What sort of failure it is.</param>
    /// <param name="message">What happened, to what.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="target">The object concerned: a path, a resource id, a name. Never a secret.</param>
    /// <param name="innerException">The cause, if any.</param>
    public ImageServiceException(string errorId, ErrorKind kind, string message, string remedy, object? target = null, Exception? innerException = null)
        : base(Clean(string.Join(" ", new[] { message, NoteOf(message, innerException), remedy }.Where(static part => !string.IsNullOrEmpty(part)))), SecretText.Harmless(innerException))
    {
        RequestIds ids = RequestIds.Of(innerException);
        RequestId = ids.RequestId;
        CorrelationId = ids.CorrelationId;
        ErrorId = errorId;
        Kind = kind;
        Remedy = Clean(remedy ?? string.Empty);
        Target = SecretText.Harmless(target);
    }

    /// <inheritdoc/>
    public string ErrorId { get; } = "ImageServiceFailed";

    /// <inheritdoc/>
    public ErrorKind Kind { get; }

    /// <inheritdoc/>
    public string Remedy { get; } = string.Empty;

    /// <inheritdoc/>
    public object? Target { get; }

    /// <summary>What Azure calls the request that failed by, whichever service it was; null where none was answered. The message tells it too.</summary>
    public string? RequestId { get; }

    /// <summary>What Resource Manager calls all requests of one change by; null where another service answered, or none.</summary>
    public string? CorrelationId { get; }

    /// <summary>The ids of the request that the cause tells of, unless the message has them from there.</summary>
    private static string NoteOf(string message, Exception? cause)
        => RequestIds.Of(cause) is { RequestId: { } id } ids && message.IndexOf(id, StringComparison.Ordinal) < 0 ? ids.Note : string.Empty;

    private static string Clean(string message) => PrintableText.Of(SecretText.Redact(message));
}
