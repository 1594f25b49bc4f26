using AzImageTools.Disks;

namespace AzImageTools.Services.Session;

/// <summary>What Azure's status and error codes mean, and what to do about those that people meet.</summary>
internal static class ServiceErrorCatalogue
{
    public const string SignInRemedy =
        "Sign in with Connect-AzAccount, or use Connect-AzImageService with a managed identity, a service principal or -UseDeviceCode.";

    /// <summary>The error id of an answer that leads elsewhere.</summary>
    public const string Redirected = "Redirected";

    public const string ConnectionRemedy = "Check the name, the network, and that no firewall or private endpoint stands between; then try again.";

    /// <summary>Microsoft Learn, "Troubleshoot 403 errors in Azure Blob Storage": AuthorizationFailure is what an account's network rules answer, whatever the credential.</summary>
    private const string NetworkRemedy =
        "The account's network rules do not let this machine in, whatever its roles or signature allow. Look at its Networking page: let this network or address through the firewall, "
        + "or work from a network that has a private endpoint to it (for a managed disk: its network access policy and disk access).";

    private static readonly Dictionary<string, (ErrorKind Kind, string Remedy)> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["AuthorizationFailed"] = (ErrorKind.PermissionDenied, "Ask for a role that allows it, such as Contributor on the resource group."),
        ["LinkedAuthorizationFailed"] = (ErrorKind.PermissionDenied, "Ask for a role that allows it there too. Where that is in another tenant, its sign-in is needed beside yours: Copy-AzImageVersion takes one with -DestinationContext, and both have to be of one user or multitenant application."),
        ["AuthorizationPermissionMismatch"] = (ErrorKind.PermissionDenied, "Ask for the role Storage Blob Data Contributor on the storage account, or use a SAS that allows it."),
        ["AuthorizationFailure"] = (ErrorKind.PermissionDenied, NetworkRemedy),
        ["PublicAccessNotPermitted"] = (ErrorKind.PermissionDenied, NetworkRemedy),
        ["KeyBasedAuthenticationNotPermitted"] = (ErrorKind.PermissionDenied, "The storage account takes neither keys nor signatures made with them: use your own sign-in, or a user delegation SAS."),
        ["AuthorizationProtocolMismatch"] = (ErrorKind.PermissionDenied, "The SAS allows https only, and the address begins with http."),
        ["AuthorizationResourceTypeMismatch"] = (ErrorKind.PermissionDenied, "The SAS is for something else than this blob: get one for the blob or its container."),
        ["AuthorizationServiceMismatch"] = (ErrorKind.PermissionDenied, "The SAS is for another service than blobs: get one for the blob or its container."),
        ["AuthenticationFailed"] = (ErrorKind.Authentication, "The credential or SAS is wrong, or not valid at this time: check the clock, or get a new one."),
        ["InvalidAuthenticationTokenTenant"] = (ErrorKind.Authentication, "Connect to the subscription's own tenant with -TenantId."),
        ["ExpiredAuthenticationToken"] = (ErrorKind.Authentication, SignInRemedy),
        ["AuthorizationSourceIPMismatch"] = (ErrorKind.PermissionDenied, "The SAS allows other addresses only."),
        ["SubscriptionNotFound"] = (ErrorKind.NotFound, "Check the subscription's id, and that the credential sees it."),
        ["ResourceGroupNotFound"] = (ErrorKind.NotFound, "Create the resource group first, or check its name and the subscription (Get-AzImageContext)."),
        ["ResourceNotFound"] = (ErrorKind.NotFound, "Check its name, the resource group and the subscription (Get-AzImageContext)."),
        ["ContainerNotFound"] = (ErrorKind.NotFound, "Create the container first, or check its name."),
        ["BlobAlreadyExists"] = (ErrorKind.AlreadyExists, "Use -Force to overwrite it, or another name."),
        ["LeaseIdMissing"] = (ErrorKind.InvalidState, "Something holds a lease on the blob: another upload, or a VM that uses it as a disk."),
        ["LeaseAlreadyPresent"] = (ErrorKind.InvalidState, "Something else writes to the blob: another upload, or a VM that uses it as a disk. A lease of a process that was killed ends within a minute."),
        ["Crc64Mismatch"] = (ErrorKind.InvalidData, "The bytes were damaged on the way: try again; if it happens again, test this machine's memory and network."),
        ["Md5Mismatch"] = (ErrorKind.InvalidData, "The bytes were damaged on the way: try again; if it happens again, test this machine's memory and network."),
        ["CannotVerifyCopySource"] = (ErrorKind.PermissionDenied, "The target's service can't read the source for you: look at the source's firewall and network rules (this machine must be let in too), and whether its signature or your role still allows to read it."),
        ["InvalidAnswer"] = (ErrorKind.InvalidData, "Something answers that is not Azure, or not as Azure does: check the address, and what proxy or gateway lies between."),
        [Redirected] = (ErrorKind.InvalidData, "It was not followed. Azure answers itself: check the address, and what proxy, gateway or sign-in page of a network lies between."),
        ["OperationNotAllowed"] = (ErrorKind.InvalidState, string.Empty),
        ["LocationNotAvailableForResourceType"] = (ErrorKind.InvalidArgument, "Give one of those with -Location."),
        ["NoRegisteredProviderFound"] = (ErrorKind.InvalidArgument, "Give the name of a region with -Location, such as westeurope."),
        ["InvalidAvailabilityZone"] = (ErrorKind.InvalidArgument, "Give one of those with -Zone, or leave it out."),
        ["QuotaExceeded"] = (ErrorKind.LimitExceeded, "Ask for a higher quota, or use another region."),
        ["TooManyRequests"] = (ErrorKind.LimitExceeded, "Wait a few minutes."),
        ["RequestDisallowedByPolicy"] = (ErrorKind.PermissionDenied, "An Azure Policy forbids it: ask whoever looks after the subscription."),
        ["ScopeLocked"] = (ErrorKind.PermissionDenied, "Remove the lock first."),
    };

    /// <summary>The sort of failure.</summary>
    public static ErrorKind KindOf(int status, string errorId)
    {
        if (Known.TryGetValue(errorId, out (ErrorKind Kind, string Remedy) known))
        {
            return known.Kind;
        }

        if (errorId.EndsWith("NotFound", StringComparison.OrdinalIgnoreCase))
        {
            return ErrorKind.NotFound;
        }

        if (errorId.EndsWith("AlreadyExists", StringComparison.OrdinalIgnoreCase))
        {
            return ErrorKind.AlreadyExists;
        }

        return status switch
        {
            400 => ErrorKind.InvalidArgument,
            401 => ErrorKind.Authentication,
            403 => ErrorKind.PermissionDenied,
            404 or 410 => ErrorKind.NotFound,
            408 or 504 => ErrorKind.Timeout,
            409 or 412 => ErrorKind.InvalidState,
            413 or 429 => ErrorKind.LimitExceeded,
            501 => ErrorKind.NotSupported,
            >= 500 => ErrorKind.Connection,
            >= 400 => ErrorKind.InvalidArgument,

            // Neither Azure's success nor its refusal.
            _ => ErrorKind.InvalidData,
        };
    }

    /// <summary>What to do; empty where nothing better than the service's own message is known.</summary>
    public static string RemedyFor(int status, string errorId)
    {
        if (Known.TryGetValue(errorId, out (ErrorKind Kind, string Remedy) known))
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
            >= 300 and < 400 => Redirected,
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
