using System.Management.Automation;
using AzImageTools.Disks;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Items;
using AzImageTools.Readiness.Guests.Gathered;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services;

namespace AzImageTools.Errors;

/// <summary>Makes every ErrorRecord: a stable id, the fitting category, the object concerned. The remedy stands in the message.</summary>
internal static class ErrorRecords
{
    /// <summary>Whether an exception tells of the user's input or of the world outside, not of a fault in this module.</summary>
    public static bool IsExpected(Exception exception)
        => exception is ImageServiceException or DiskFormatException or ReadinessRuleException or EvidenceException or IOException or UnauthorizedAccessException or RuntimeException;

    /// <summary>The record of an exception.</summary>
    /// <param name="exception">What happened.</param>
    /// <param name="target">The object concerned, where the exception does not know.</param>
    public static ErrorRecord From(Exception exception, object? target = null) => exception switch
    {
        ImageServiceException service => new ErrorRecord(service, service.ErrorId, CategoryOf(service.Kind), service.Target ?? target),
        DiskFormatException format => new ErrorRecord(format, "DiskFormatInvalid", ErrorCategory.InvalidData, target ?? format.File),
        VhdConversionException conversion => new ErrorRecord(conversion, conversion.Problem.ToString(), CategoryOf(conversion.Problem), target ?? conversion.Destination),
        DiskItemException item => new ErrorRecord(item, item.Problem.ToString(), CategoryOf(item.Problem), target ?? item.Item),
        ReadinessRuleException { File: { } table } rule => new ErrorRecord(rule, "RuleTableInvalid", ErrorCategory.InvalidData, target ?? table),
        ReadinessRuleException rule => new ErrorRecord(rule, "RuleNotFound", ErrorCategory.ObjectNotFound, target),
        EvidenceException evidence => new ErrorRecord(evidence, evidence.Problem.ToString(), CategoryOf(evidence.Problem), target),
        FileNotFoundException missing => new ErrorRecord(missing, "FileNotFound", ErrorCategory.ObjectNotFound, target ?? missing.FileName),
        DirectoryNotFoundException missing => new ErrorRecord(missing, "FileNotFound", ErrorCategory.ObjectNotFound, target),
        UnauthorizedAccessException denied => new ErrorRecord(denied, "FileAccessDenied", ErrorCategory.PermissionDenied, target),
        IOException io => new ErrorRecord(io, "FileReadFailed", ErrorCategory.ReadError, target),
        RuntimeException runtime => new ErrorRecord(runtime.ErrorRecord, runtime),
        _ => new ErrorRecord(exception, "UnexpectedFailure", ErrorCategory.NotSpecified, target),
    };

    private static ErrorCategory CategoryOf(VhdConversionProblem problem) => problem switch
    {
        VhdConversionProblem.DestinationExists => ErrorCategory.ResourceExists,
        VhdConversionProblem.DestinationInUse => ErrorCategory.ResourceBusy,
        VhdConversionProblem.DestinationFolderNotFound => ErrorCategory.ObjectNotFound,
        VhdConversionProblem.TooLittleRoom or VhdConversionProblem.DiskFull => ErrorCategory.ResourceUnavailable,
        _ => ErrorCategory.InvalidArgument,
    };

    private static ErrorCategory CategoryOf(DiskItemProblem problem) => problem switch
    {
        DiskItemProblem.VolumeNotFound or DiskItemProblem.ItemNotFound => ErrorCategory.ObjectNotFound,
        DiskItemProblem.RegistryHiveNotFound or DiskItemProblem.RegistryKeyNotFound or DiskItemProblem.RegistryValueNotFound => ErrorCategory.ObjectNotFound,
        DiskItemProblem.VolumeNotReadable or DiskItemProblem.ItemEncrypted => ErrorCategory.ReadError,
        DiskItemProblem.DestinationExists or DiskItemProblem.DestinationIsLink or DiskItemProblem.DestinationIsOther => ErrorCategory.ResourceExists,
        DiskItemProblem.DestinationTooLarge => ErrorCategory.LimitsExceeded,
        DiskItemProblem.DiskFull => ErrorCategory.ResourceUnavailable,
        _ => ErrorCategory.InvalidArgument,
    };

    private static ErrorCategory CategoryOf(EvidenceProblem problem) => problem switch
    {
        EvidenceProblem.EvidenceVersionUnknown => ErrorCategory.NotImplemented,
        EvidenceProblem.EvidenceTooLarge => ErrorCategory.LimitsExceeded,
        _ => ErrorCategory.InvalidData,
    };

    private static ErrorCategory CategoryOf(ServiceErrorKind kind) => kind switch
    {
        ServiceErrorKind.InvalidArgument => ErrorCategory.InvalidArgument,
        ServiceErrorKind.NotFound => ErrorCategory.ObjectNotFound,
        ServiceErrorKind.AlreadyExists => ErrorCategory.ResourceExists,
        ServiceErrorKind.Authentication => ErrorCategory.AuthenticationError,
        ServiceErrorKind.PermissionDenied => ErrorCategory.PermissionDenied,
        ServiceErrorKind.InvalidState => ErrorCategory.InvalidOperation,
        ServiceErrorKind.LimitExceeded => ErrorCategory.LimitsExceeded,
        ServiceErrorKind.Connection => ErrorCategory.ConnectionError,
        ServiceErrorKind.Timeout => ErrorCategory.OperationTimeout,
        ServiceErrorKind.InvalidData => ErrorCategory.InvalidData,
        ServiceErrorKind.NotSupported => ErrorCategory.NotImplemented,
        _ => ErrorCategory.NotSpecified,
    };
}
