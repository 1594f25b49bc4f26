using System.Net;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Ends a storage request with an error of Azure's; caught where the answer is made.</summary>
internal sealed class StorageException(HttpStatusCode status, string code, string message) : Exception(message)
{
    public HttpStatusCode Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>For what a bearer token is wanted; null where none is.</summary>
    public string? Resource { get; private init; }

    /// <param name="resource">For what a bearer token is wanted.</param>
    public static StorageException Unauthenticated(string resource)
        => new StorageException(
            HttpStatusCode.Unauthorized,
            "NoAuthenticationInformation",
            "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.")
        {
            Resource = resource,
        };

    public static StorageException NotFound(string code, string message) => new StorageException(HttpStatusCode.NotFound, code, message);

    public static StorageException Conflict(string code, string message) => new StorageException(HttpStatusCode.Conflict, code, message);

    public static StorageException BadRequest(string code, string message)
        => new StorageException(HttpStatusCode.BadRequest, code, message);

    public static StorageException Precondition(string code, string message)
        => new StorageException(HttpStatusCode.PreconditionFailed, code, message);

    public static StorageException Forbidden(string code, string message) => new StorageException(HttpStatusCode.Forbidden, code, message);

    public static StorageException InvalidHeader(string header)
        => BadRequest("InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format: " + header + ".");

    public static StorageException MissingHeader(string header)
        => BadRequest("MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified: " + header + ".");
}
