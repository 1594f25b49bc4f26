using System.Net;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Ends a storage request with an error of Azure's; caught where the answer is made.</summary>
internal sealed class StorageException(HttpStatusCode status, string code, string message) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>For what a bearer token is wanted; null where none is.</summary>
    public string? Resource { get; private init; }

    /// <summary>What the answer's body tells beside code and message, by element.</summary>
    public IReadOnlyList<(string Name, string Value)> Details { get; init; } = [];

    /// <param name="resource">For what a bearer token is wanted.</param>
    public static StorageException Unauthenticated(string resource)
        => new StorageException(
            HttpStatusCode.Unauthorized,
            "NoAuthenticationInformation",
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.")
        {
            Resource = resource,
        };

    /// <param name="detail">Why, for those who may know.</param>
    public static StorageException AuthenticationFailed(string detail)
        => new StorageException(
            HttpStatusCode.Forbidden,
            "AuthenticationFailed",
            "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.")
        {
            Details = [("AuthenticationErrorDetail", detail)],
        };

    public static StorageException PermissionMismatch()
        => Forbidden("AuthorizationPermissionMismatch", "This request is not authorized to perform this operation using this permission.");

    public static StorageException NotFound(string code, string message) => new StorageException(HttpStatusCode.NotFound, code, message);

    public static StorageException BlobNotFound() => NotFound("BlobNotFound", "The specified blob does not exist.");

    public static StorageException ContainerNotFound() => NotFound("ContainerNotFound", "The specified container does not exist.");

    public static StorageException Conflict(string code, string message) => new StorageException(HttpStatusCode.Conflict, code, message);

    public static StorageException BadRequest(string code, string message) => new StorageException(HttpStatusCode.BadRequest, code, message);

    public static StorageException Precondition(string code, string message) => new StorageException(HttpStatusCode.PreconditionFailed, code, message);

    public static StorageException Forbidden(string code, string message) => new StorageException(HttpStatusCode.Forbidden, code, message);

    public static StorageException NotImplemented(string message) => new StorageException(HttpStatusCode.NotImplemented, "NotImplemented", message);

    /// <param name="header">Its name.</param>
    /// <param name="value">What it says; null where that is not shown.</param>
    public static StorageException InvalidHeader(string header, string? value = null)
        => BadHeader("InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format.", header, value);

    public static StorageException UnsupportedHeader(string header, string? value = null)
        => BadHeader("UnsupportedHeader", "One of the HTTP headers specified in the request is not supported.", header, value);

    public static StorageException MissingHeader(string header)
        => BadHeader("MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified.", header, value: null);

    /// <param name="parameter">Its name.</param>
    /// <param name="value">What it says.</param>
    /// <param name="reason">What is wrong with that.</param>
    public static StorageException InvalidQuery(string parameter, string value = "", string reason = "")
        => new StorageException(
            HttpStatusCode.BadRequest, "InvalidQueryParameterValue", "Value for one of the query parameters specified in the request URI is invalid.")
        {
            Details = [("QueryParameterName", parameter), ("QueryParameterValue", value), ("Reason", reason)],
        };

    private static StorageException BadHeader(string code, string message, string header, string? value)
        => new StorageException(HttpStatusCode.BadRequest, code, message)
        {
            Details = value is null ? [("HeaderName", header)] : [("HeaderName", header), ("HeaderValue", value)],
        };
}
