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
        : base(Clean(string.IsNullOrEmpty(remedy) ? message : $"{message} {remedy}"), SecretText.Harmless(innerException))
    {
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

    private static string Clean(string message) => PrintableText.Of(SecretText.Redact(message));
}
