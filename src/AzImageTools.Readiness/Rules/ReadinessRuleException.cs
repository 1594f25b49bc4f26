using AzImageTools.Disks;

namespace AzImageTools.Readiness.Rules;

/// <summary>Rules were asked for in a way that can't be: a table of rules can't be read, or a name fits none.</summary>
public sealed class ReadinessRuleException : Exception, IErrorDetails
{
    /// <summary>Creates the exception without a reason.</summary>
    public ReadinessRuleException()
        : this("The rules can't be used.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what would be right; for a table with its file, line and property.</param>
    public ReadinessRuleException(string message)
        : base(PrintableText.OfOptional(message))
    {
    }

    /// <summary>Creates the exception with a cause.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public ReadinessRuleException(string message, Exception innerException)
        : base(PrintableText.OfOptional(message), innerException)
    {
    }

    /// <summary>The table's file; null where no table is concerned.</summary>
    public string? File { get; init => field = PrintableText.OfOptional(value); }

    /// <summary>The table's line, from 1; null where none is known.</summary>
    public int? Line { get; init; }

    /// <summary>The rule's id, or the pattern that fits none; null where a table is at fault.</summary>
    public string? RuleId { get; init => field = PrintableText.OfOptional(value); }

    /// <inheritdoc/>
    public string ErrorId => File is null ? "RuleNotFound" : "RuleTableInvalid";

    /// <inheritdoc/>
    public ErrorKind Kind => File is null ? ErrorKind.NotFound : ErrorKind.InvalidData;

    /// <inheritdoc/>
    public object? Target => File ?? RuleId;

    /// <inheritdoc/>
    public string Remedy { get; init; } = string.Empty;

    internal static ReadinessRuleException InTable(string file, int line, string problem)
        => new(FormattableString.Invariant($"{file}, line {line}: {problem}")) { File = file, Line = line };
}
