namespace AzImageTools.Disks;

/// <summary>Work on a disk image, or on a file of this machine, went wrong: what, with what, and what to do about it. The message is one line, fit to be shown.</summary>
public class DiskException : IOException, IErrorDetails
{
    /// <summary>What to do where a file is there already that only -Force replaces without a question.</summary>
    internal const string ReplaceRemedy = "Give another path, or -Force to replace it without being asked.";

    /// <summary>Creates the exception without details.</summary>
    public DiskException()
        : this("The disk image can't be worked on.")
    {
    }

    /// <summary>Creates the exception with a message.</summary>
    /// <param name="message">What went wrong.</param>
    public DiskException(string message)
        : base(PrintableText.OfOptional(message))
    {
    }

    /// <summary>Creates the exception with a message and a cause.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The cause; null for none.</param>
    public DiskException(string message, Exception? innerException)
        : base(PrintableText.OfOptional(message), innerException)
    {
    }

    /// <summary>Creates the exception with all its details.</summary>
    /// <param name="errorId">A stable PascalCase id.</param>
    /// <param name="kind">What sort of failure it is.</param>
    /// <param name="message">What happened, to what.</param>
    /// <param name="remedy">What to do, as a sentence.</param>
    /// <param name="target">The object concerned.</param>
    public DiskException(string errorId, ErrorKind kind, string message, string remedy, object? target)
        : base(PrintableText.Of(string.IsNullOrEmpty(remedy) ? message : $"{message} {remedy}"))
    {
        ErrorId = errorId;
        Kind = kind;
        Remedy = PrintableText.OfOptional(remedy) ?? string.Empty;
        Target = target is string text ? PrintableText.Of(text) : target;
    }

    /// <inheritdoc/>
    public virtual string ErrorId { get; } = "DiskFailed";

    /// <inheritdoc/>
    public virtual ErrorKind Kind { get; }

    /// <inheritdoc/>
    public virtual object? Target { get; }

    /// <inheritdoc/>
    public virtual string Remedy { get; } = string.Empty;
}
