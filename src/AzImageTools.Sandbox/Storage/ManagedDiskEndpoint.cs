using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage;

/// <summary>The hosts behind a managed disk's shared access signature: pages can be read, listed and, while an upload is open, written; nothing else.</summary>
internal sealed class ManagedDiskEndpoint(CloudState state, PageOperations pages)
{
    public HttpResponseMessage Handle(CloudRequest request)
    {
        DiskGrant? grant;
        lock (state.Gate)
        {
            state.Grants.TryGetValue(Key(request.Uri), out grant);
        }

        if (grant is null || !SasSigner.AreEqual(request.QueryValue("sig"), grant.Signature))
        {
            throw SasSigner.AuthenticationFailed("Signature did not match, or access to the disk was revoked.");
        }

        if (state.Now >= grant.Expires)
        {
            throw SasSigner.AuthenticationFailed("Signature not valid in the specified time frame.");
        }

        if (grant.NeedsToken && !request.HasBearerToken)
        {
            throw StorageException.Unauthenticated("https://disk.azure.com/");
        }

        var component = request.QueryValue("comp");
        return (request.Method, component) switch
        {
            ("GET", "") => pages.GetBlob(request, grant.Pages),
            ("HEAD", "") => pages.GetProperties(request, grant.Pages),
            ("GET", "pagelist") => pages.GetPageRanges(request, grant.Pages),
            ("PUT", "page") => PutPage(request, grant),
            ("GET" or "HEAD" or "PUT" or "DELETE" or "POST", _) => throw NotPermitted(),
            _ => throw new StorageException(HttpStatusCode.MethodNotAllowed, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb."),
        };
    }

    /// <summary>What names a grant: host and path of the address.</summary>
    public static string Key(Uri uri) => uri.Host + uri.AbsolutePath;

    private HttpResponseMessage PutPage(CloudRequest request, DiskGrant grant)
    {
        if (!grant.CanWrite)
        {
            throw NotPermitted();
        }

        if (request.Header("Content-MD5") is not null)
        {
            throw StorageException.BadRequest("UnsupportedHeader", "One of the HTTP headers specified in the request is not supported: Content-MD5.");
        }

        return pages.PutPage(request, grant.Pages);
    }

    private static StorageException NotPermitted()
        => StorageException.Forbidden("AuthorizationPermissionMismatch", "This request is not authorized to perform this operation using this permission.");
}

/// <summary>Access to a managed disk or snapshot through a shared access signature of the service's own making.</summary>
/// <param name="Pages">The disk's bytes.</param>
/// <param name="Signature">What the address must carry as <c>sig</c>.</param>
/// <param name="CanWrite">Whether pages may be written.</param>
/// <param name="Expires">From when on the address is refused.</param>
/// <param name="NeedsToken">Whether a bearer token has to come with each request beside the signature.</param>
internal sealed record DiskGrant(PageBlob Pages, string Signature, bool CanWrite, DateTimeOffset Expires, bool NeedsToken);
