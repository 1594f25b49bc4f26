using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Blob storage: finds who is asked for what, checks the right to it, and adds what every answer carries.</summary>
internal sealed class BlobService
{
    private const string DefaultVersion = "2023-11-03";

    private readonly CloudState _state;
    private readonly ManagedDiskEndpoint _disks;
    private readonly ContainerOperations _containers;
    private readonly BlobOperations _blobs;
    private readonly LeaseOperations _leases;
    private readonly PageOperations _pages;

    public BlobService(CloudState state)
    {
        _state = state;
        _pages = new PageOperations(state);
        _disks = new ManagedDiskEndpoint(state, _pages);
        _containers = new ContainerOperations(state);
        _blobs = new BlobOperations(state);
        _leases = new LeaseOperations(state);
    }

    /// <summary>Whether a host belongs to a managed disk's signature.</summary>
    public static bool IsManagedDiskHost(string host)
        => host.StartsWith("md-", StringComparison.OrdinalIgnoreCase) && host.IndexOf(".blob.", StringComparison.OrdinalIgnoreCase) > 0;

    /// <summary>Whether a host is a storage account's blob endpoint, in any of Azure's clouds.</summary>
    public static bool IsBlobHost(string host) => host.IndexOf(".blob.core.", StringComparison.OrdinalIgnoreCase) > 0;

    public HttpResponseMessage Handle(CloudRequest request)
    {
        var requestId = Guid.NewGuid().ToString();
        HttpResponseMessage response;
        try
        {
            response = IsManagedDiskHost(request.Uri.Host) ? _disks.Handle(request) : HandleAccount(request);
        }
        catch (StorageException error)
        {
            response = StorageReply.Error(error, requestId, request.Method is "HEAD");
        }
        catch (ObjectDisposedException)
        {
            // The blob was deleted while its pages were on the move.
            response = StorageReply.Error(BlobNotFound(), requestId, request.Method is "HEAD");
        }

        catch (IOException problem)
        {
            var error = new StorageException(HttpStatusCode.InternalServerError, "InternalError", "The sandbox could not keep the bytes of a blob: " + problem.Message);
            response = StorageReply.Error(error, requestId, request.Method is "HEAD");
        }

        response.Headers.Add("x-ms-request-id", requestId);
        response.Headers.TryAddWithoutValidation("x-ms-version", request.Header("x-ms-version") ?? DefaultVersion);
        response.Headers.TryAddWithoutValidation("Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0");
        response.Headers.Date = _state.Now;
        if (request.Header("x-ms-client-request-id") is { } clientId)
        {
            response.Headers.TryAddWithoutValidation("x-ms-client-request-id", clientId);
        }

        return response;
    }

    public static StorageException BlobNotFound() => StorageException.NotFound("BlobNotFound", "The specified blob does not exist.");

    private HttpResponseMessage HandleAccount(CloudRequest request)
    {
        var accountName = request.Uri.Host.Substring(0, request.Uri.Host.IndexOf('.'));
        StorageAccount? account;
        lock (_state.Gate)
        {
            _state.Accounts.TryGetValue(accountName, out account);
        }

        if (account is null)
        {
            throw StorageException.NotFound("ResourceNotFound", "The sandbox has no storage account named " + accountName + ".");
        }

        var path = request.Uri.AbsolutePath.TrimStart('/');
        var slash = path.IndexOf('/');
        var container = Uri.UnescapeDataString(slash < 0 ? path : path.Substring(0, slash));
        var blob = slash < 0 || slash == path.Length - 1 ? null : Uri.UnescapeDataString(path.Substring(slash + 1));
        var component = request.QueryValue("comp");
        return blob is not null ? HandleBlob(request, account, container, blob, component) : HandleContainer(request, account, container, component);
    }

    private HttpResponseMessage HandleContainer(CloudRequest request, StorageAccount account, string container, string component)
    {
        var isContainer = request.QueryValue("restype") is "container" && container.Length > 0;
        var listing = component is "list" && request.Method is "GET";
        Authorize(request, account, container, blob: null, listing ? "l" : "!");
        if (listing)
        {
            return isContainer ? _containers.ListBlobs(request, account, container) : _containers.ListContainers(request, account);
        }

        return (request.Method, component) switch
        {
            ("PUT", "") when isContainer => _containers.Create(request, account, container),
            ("GET" or "HEAD", "" or "metadata") when isContainer => _containers.GetProperties(account, container),
            ("DELETE", "") when isContainer => _containers.Delete(account, container),
            _ => throw Unsupported(request),
        };
    }

    private HttpResponseMessage HandleBlob(CloudRequest request, StorageAccount account, string container, string blob, string component)
    {
        if (request.Header("x-ms-copy-source") is not null)
        {
            throw new StorageException(HttpStatusCode.NotImplemented, "NotImplemented", "The sandbox copies no bytes from other addresses: x-ms-copy-source.");
        }

        var (needed, operation) = (request.Method, component) switch
        {
            ("PUT", "") => ("cw", (Func<HttpResponseMessage>)(() => _blobs.Put(request, account, container, blob))),
            ("GET", "") => ("r", () => _pages.GetBlob(request, Find())),
            ("HEAD", "" or "metadata") or ("GET", "metadata") => ("r", () => _pages.GetProperties(request, Find())),
            ("GET", "pagelist") => ("r", () => _pages.GetPageRanges(request, Find())),
            ("PUT", "page") => ("w", () => _pages.PutPage(request, Find())),
            ("PUT", "properties") => ("w", () => _blobs.SetProperties(request, Find())),
            ("PUT", "metadata") => ("w", () => _blobs.SetMetadata(request, Find())),
            ("PUT", "lease") => ("wd", () => _leases.Handle(request, Find())),
            ("DELETE", "") => ("d", () => _blobs.Delete(request, account, container, blob)),
            _ => throw Unsupported(request),
        };
        Authorize(request, account, container, blob, needed);
        return operation();

        PageBlob Find() => _blobs.Find(account, container, blob);
    }

    private void Authorize(CloudRequest request, StorageAccount account, string container, string? blob, string anyOf)
    {
        if (request.HasBearerToken)
        {
            return;
        }

        if (request.Query.ContainsKey("sig"))
        {
            _state.Signer.Check(request, account.Name, container, blob, anyOf, _state.Now);
        }
        else if (request.Header("Authorization") is not null)
        {
            throw SasSigner.AuthenticationFailed("The sandbox takes bearer tokens and its own signatures, not account keys.");
        }
        else
        {
            throw StorageException.Unauthenticated("https://storage.azure.com");
        }
    }

    private static StorageException Unsupported(CloudRequest request)
        => new StorageException(
            HttpStatusCode.NotImplemented,
            "NotImplemented",
            "The sandbox does not know " + request.Method + " " + request.Uri.AbsolutePath + " with comp '" + request.QueryValue("comp") + "'.");
}
