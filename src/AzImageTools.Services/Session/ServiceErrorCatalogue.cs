namespace AzImageTools.Services.Session;

/// <summary>What Azure's status and error codes mean, and what to do about those that people meet.</summary>
internal static class ServiceErrorCatalogue
{
    public const string SignInRemedy =
        "Sign in with Connect-AzAccount, or use Connect-AzImageService with a managed identity, a service principal or -UseDeviceCode.";

    public const string ConnectionRemedy = "Check the name, the network, and that no firewall or private endpoint stands between; then try again.";

    private static readonly Dictionary<string, (ServiceErrorKind Kind, string Remedy)> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["AuthorizationFailed"] = (ServiceErrorKind.PermissionDenied, "Ask for a role that allows it, such as Contributor on the resource group."),
        ["AuthorizationPermissionMismatch"] = (ServiceErrorKind.PermissionDenied, "Ask for the role Storage Blob Data Contributor on the storage account, or use a SAS that allows it."),
        ["AuthenticationFailed"] = (ServiceErrorKind.Authentication, "The credential or SAS is wrong, or not valid at this time: check the clock, or get a new one."),
        ["InvalidAuthenticationTokenTenant"] = (ServiceErrorKind.Authentication, "Connect to the subscription's own tenant with -TenantId."),
        ["ExpiredAuthenticationToken"] = (ServiceErrorKind.Authentication, SignInRemedy),
        ["AuthorizationSourceIPMismatch"] = (ServiceErrorKind.PermissionDenied, "The SAS allows other addresses only."),
        ["SubscriptionNotFound"] = (ServiceErrorKind.NotFound, "Check the subscription's id, and that the credential sees it."),
        ["ResourceGroupNotFound"] = (ServiceErrorKind.NotFound, "Create the resource group first, or check its name and the subscription (Get-AzImageContext)."),
        ["ResourceNotFound"] = (ServiceErrorKind.NotFound, "Check its name, the resource group and the subscription (Get-AzImageContext)."),
        ["ContainerNotFound"] = (ServiceErrorKind.NotFound, "Create the container first, or check its name."),
        ["BlobAlreadyExists"] = (ServiceErrorKind.AlreadyExists, "Use -Force to overwrite it, or another name."),
        ["LeaseIdMissing"] = (ServiceErrorKind.InvalidState, "Something holds a lease on the blob: another upload, or a VM that uses it as a disk."),
        ["LeaseAlreadyPresent"] = (ServiceErrorKind.InvalidState, "Something else writes to the blob: another upload, or a VM that uses it as a disk. A lease of a process that was killed ends within a minute."),
        ["Crc64Mismatch"] = (ServiceErrorKind.InvalidData, "The bytes were damaged on the way: try again; if it happens again, test this machine's memory and network."),
        ["Md5Mismatch"] = (ServiceErrorKind.InvalidData, "The bytes were damaged on the way: try again; if it happens again, test this machine's memory and network."),
        ["OperationNotAllowed"] = (ServiceErrorKind.InvalidState, string.Empty),
        ["QuotaExceeded"] = (ServiceErrorKind.LimitExceeded, "Ask for a higher quota, or use another region."),
        ["TooManyRequests"] = (ServiceErrorKind.LimitExceeded, "Wait a few minutes."),
        ["RequestDisallowedByPolicy"] = (ServiceErrorKind.PermissionDenied, "An Azure Policy forbids it: ask whoever looks after the subscription."),
        ["ScopeLocked"] = (ServiceErrorKind.PermissionDenied, "Remove the lock first."),
    };

    /// <summary>The sort of failure.</summary>
    public static ServiceErrorKind KindOf(int status, string errorId)
    {
        if (Known.TryGetValue(errorId, out (ServiceErrorKind Kind, string Remedy) known))
        {
            return known.Kind;
        }

        if (errorId.EndsWith("NotFound", StringComparison.OrdinalIgnoreCase))
        {
            return ServiceErrorKind.NotFound;
        }

        if (errorId.EndsWith("AlreadyExists", StringComparison.OrdinalIgnoreCase))
        {
            return ServiceErrorKind.AlreadyExists;
        }

        return status switch
        {
            400 => ServiceErrorKind.InvalidArgument,
            401 => ServiceErrorKind.Authentication,
            403 => ServiceErrorKind.PermissionDenied,
            404 or 410 => ServiceErrorKind.NotFound,
            408 or 504 => ServiceErrorKind.Timeout,
            409 or 412 => ServiceErrorKind.InvalidState,
            413 or 429 => ServiceErrorKind.LimitExceeded,
            501 => ServiceErrorKind.NotSupported,
            >= 500 => ServiceErrorKind.Connection,
            _ => ServiceErrorKind.Unspecified,
        };
    }

    /// <summary>What to do; empty where nothing better than the service's own message is known.</summary>
    public static string RemedyFor(int status, string errorId)
    {
        if (Known.TryGetValue(errorId, out (ServiceErrorKind Kind, string Remedy) known))
        {
            return known.Remedy;
        }

        return status switch
        {
            401 => SignInRemedy,
            403 => "The credential may not do this: ask for a role that allows it.",
            429 => "Wait a few minutes.",
            >= 500 => "The service has a problem: try again later.",
            _ => string.Empty,
        };
    }

    /// <summary>An error id for an answer without an error code.</summary>
    public static string IdOfStatus(int status)
        => status switch
        {
            400 => "BadRequest",
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            408 => "RequestTimeout",
            409 => "Conflict",
            412 => "PreconditionFailed",
            429 => "TooManyRequests",
            503 => "ServiceUnavailable",
            >= 500 => "ServiceError",
            _ => "RequestFailed",
        };
}
