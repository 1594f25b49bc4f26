using System.Net;
using AzImageTools.Sandbox.Storage.Authorization;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>The hosts behind a managed disk's shared access signature: pages can be read, listed and, while an upload is open, written; nothing else.</summary>
internal sealed class ManagedDiskEndpoint(CloudState state, ReadOperations reads, PageOperations pages, DataRoles roles)
{
    /// <summary>
    /// What these hosts take no part in: conditions (azcopy, <c>ste/downloader-blob.go</c>: "no access conditions … are supported on managed disk
    /// import/export", nor on the older addresses), leases, snapshots and encryption by the customer's request.
    /// Which code Azure answers is not documented; this is the one that it has for headers that an operation does not take.
    /// </summary>
    private static readonly string[] RefusedHeaders =
    [
        "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "x-ms-if-tags",
        "x-ms-if-sequence-number-le", "x-ms-if-sequence-number-lt", "x-ms-if-sequence-number-eq",
        "x-ms-lease-id", "x-ms-encryption-key", "x-ms-encryption-scope",
    ];

    private static readonly string[] SumHeaders = ["x-ms-range-get-content-crc64", "x-ms-range-get-content-md5"];

    public HttpResponseMessage Handle(CloudRequest request)
    {
        var grant = Find(state, request.Uri, request.Query, request.HasBearerToken);
        if (grant is { NeedsToken: true, DiskId: { } disk })
        {
            roles.CheckDisk(disk, grant.CanWrite);
        }

        foreach (var header in state.Options.DiskHostsGiveRangeSums ? RefusedHeaders : RefusedHeaders.Concat(SumHeaders))
        {
            if (request.Header(header) is { } value)
            {
                throw StorageException.UnsupportedHeader(header, value);
            }
        }

        if (request.Query.ContainsKey("snapshot") || request.Query.ContainsKey("prevsnapshot"))
        {
            throw StorageException.PermissionMismatch();
        }

        return (request.Method, request.QueryValue("comp")) switch
        {
            ("GET", "") => reads.GetBlob(request, grant.Pages),
            ("HEAD", "") => reads.GetProperties(request, grant.Pages),
            ("GET", "pagelist") => pages.GetPageRanges(request, grant.Pages, family: null),
            ("PUT", "page") => PutPage(request, grant),
            ("GET" or "HEAD" or "PUT" or "DELETE" or "POST", _) => throw StorageException.PermissionMismatch(),
            _ => throw new StorageException(HttpStatusCode.MethodNotAllowed, "UnsupportedHttpVerb", "The resource doesn't support specified Http Verb."),
        };
    }

    /// <summary>The access that an address gives, or the error that it gives none.</summary>
    public static DiskGrant Find(CloudState state, Uri address, IReadOnlyDictionary<string, string> query, bool hasToken)
    {
        DiskGrant? grant;
        lock (state.Gate)
        {
            state.Grants.TryGetValue(DiskGrant.Key(address), out grant);
        }

        if (grant is null || !Secrets.AreEqual(query.TryGetValue("sig", out var given) ? given : "", grant.Signature))
        {
            throw StorageException.AuthenticationFailed("Signature did not match, or access to the disk was revoked.");
        }

        if (state.Now >= grant.Expires)
        {
            throw StorageException.AuthenticationFailed("Signature not valid in the specified time frame.");
        }

        return grant.NeedsToken && !hasToken ? throw StorageException.Unauthenticated("https://disk.azure.com/") : grant;
    }

    private HttpResponseMessage PutPage(CloudRequest request, DiskGrant grant)
    {
        if (!grant.CanWrite)
        {
            throw StorageException.PermissionMismatch();
        }

        if (request.Header("Content-MD5") is { } sum)
        {
            throw StorageException.UnsupportedHeader("Content-MD5", sum);
        }

        return pages.PutPage(request, grant.Pages, check: () => { });
    }
}
