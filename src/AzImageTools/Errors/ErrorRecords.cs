using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Services;

namespace AzImageTools.Errors;

/// <summary>
/// Makes every ErrorRecord: a stable id, the fitting category, the object concerned, the remedy as the recommended action. No text
/// of a record holds what a terminal would obey.
/// </summary>
internal static class ErrorRecords
{
    /// <summary>
    /// PowerShell 7.5 and later write the recommended action below an error's message, earlier ones nowhere. The exception's message
    /// holds the remedy in any case.
    /// </summary>
    private static readonly bool RecommendationsAreShown = typeof(PSObject).Assembly.GetName().Version >= new Version(7, 5);

    /// <summary>Whether an exception tells of the user's input or of the world outside, not of a fault in this module.</summary>
    public static bool IsExpected(Exception exception)
        => exception is IErrorDetails or IOException or UnauthorizedAccessException or RuntimeException;

    /// <summary>The record of an exception.</summary>
    /// <param name="exception">What happened.</param>
    /// <param name="target">The object concerned, where the exception does not know.</param>
    public static ErrorRecord From(Exception exception, object? target = null)
    {
        ErrorRecord record = Make(exception, target is string text ? PrintableText.Of(text) : target);
        string shown = PrintableText.Of(record.CategoryInfo.TargetName);
        if (!string.Equals(shown, record.CategoryInfo.TargetName, StringComparison.Ordinal))
        {
            record.CategoryInfo.TargetName = shown;
        }

        if (record.ErrorDetails is null)
        {
            record.ErrorDetails = DetailsOf(record);
        }

        return record;
    }

    /// <summary>What happened, without what to do about it.</summary>
    public static string WithoutRemedy(Exception exception)
    {
        string message = exception.Message;
        string remedy = (exception as IErrorDetails)?.Remedy ?? string.Empty;
        int told = remedy.Length > 0 ? message.IndexOf(remedy, StringComparison.Ordinal) : -1;
        return told > 0 ? message.Substring(0, told).TrimEnd() + message.Substring(told + remedy.Length) : message;
    }

    /// <summary>PowerShell's category for a kind of error.</summary>
    public static ErrorCategory CategoryOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Unspecified => ErrorCategory.InvalidResult,
        ErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        ErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        ErrorKind.AlreadyExists => ErrorCategory.ResourceExists,
        ErrorKind.Authentication => ErrorCategory.AuthenticationError,
        ErrorKind.PermissionDenied => ErrorCategory.PermissionDenied,
        ErrorKind.InvalidState => ErrorCategory.InvalidOperation,
        ErrorKind.LimitExceeded => ErrorCategory.LimitsExceeded,
        ErrorKind.Connection => ErrorCategory.ConnectionError,
        ErrorKind.Timeout => ErrorCategory.OperationTimeout,
        ErrorKind.InvalidData => ErrorCategory.InvalidData,
        ErrorKind.NotSupported => ErrorCategory.NotImplemented,
        ErrorKind.InUse => ErrorCategory.ResourceBusy,
        ErrorKind.NoRoom => ErrorCategory.ResourceUnavailable,
        ErrorKind.Unreadable => ErrorCategory.ReadError,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), $"No category is known for {kind}."),
    };

    /// <summary>The remedy apart from the message, which is shown without it where the remedy is shown too.</summary>
    private static ErrorDetails DetailsOf(ErrorRecord record)
    {
        string remedy = (record.Exception as IErrorDetails)?.Remedy ?? string.Empty;
        return new ErrorDetails(RecommendationsAreShown ? WithoutRemedy(record.Exception) : record.Exception.Message) { RecommendedAction = remedy.Length > 0 ? remedy : GeneralRemedies.For(record.CategoryInfo.Category) };
    }

    private static ErrorRecord Make(Exception exception, object? target) => exception switch
    {
        IErrorDetails details => new ErrorRecord(exception, details.ErrorId, CategoryOf(details.Kind), details.Target ?? target),
        FileNotFoundException missing => new ErrorRecord(
            Printable(missing, message => new FileNotFoundException(message, PrintableText.OfOptional(missing.FileName))), "FileNotFound", ErrorCategory.ObjectNotFound, target ?? PrintableText.OfOptional(missing.FileName) ?? PathIn(missing)),
        DirectoryNotFoundException missing => new ErrorRecord(Printable(missing, static message => new DirectoryNotFoundException(message)), "FileNotFound", ErrorCategory.ObjectNotFound, target ?? PathIn(missing)),
        UnauthorizedAccessException denied => new ErrorRecord(Printable(denied, static message => new UnauthorizedAccessException(message)), "FileAccessDenied", ErrorCategory.PermissionDenied, target ?? PathIn(denied)),
        IOException io => new ErrorRecord(Printable(io, static message => new IOException(message)), "FileReadFailed", ErrorCategory.ReadError, target ?? PathIn(io)),
        RuntimeException runtime => new ErrorRecord(runtime.ErrorRecord, runtime),
        _ => new ErrorRecord(SecretText.Harmless(exception), "UnexpectedFailure", ErrorCategory.InvalidResult, target ?? exception.TargetSite?.Name),
    };

    /// <summary>The path in a message of the system, which the exception tells nowhere else: <c>Access to the path '/disks/a.vhd' is denied.</c></summary>
    private static string? PathIn(Exception exception)
    {
        int first = exception.Message.IndexOf('\'');
        int last = exception.Message.LastIndexOf('\'');
        return first >= 0 && last > first + 1 ? PrintableText.Of(exception.Message.Substring(first + 1, last - first - 1)) : null;
    }

    /// <summary>The exception, or where its message can't be shown (it holds a file's name, mostly) one of its type whose message can.</summary>
    private static Exception Printable(Exception exception, Func<string, Exception> remake)
    {
        string message = PrintableText.Of(exception.Message);
        return string.Equals(message, exception.Message, StringComparison.Ordinal) ? exception : remake(message);
    }
}
