using System.Net;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Storage.Authorization;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Blob storage: finds who is asked for what, checks the right to it, and adds what every answer carries.</summary>
internal sealed class BlobService
{
    /// <summary>What blob storage knows and the sandbox does not: told, rather than ignored.</summary>
    private static readonly string[] UnknownHeaders = ["x-ms-if-tags", "x-ms-encryption-key", "x-ms-encryption-scope"];

    private readonly CloudState _state;
    private readonly Authorizer _authorizer;
    private readonly DataRoles _roles;
    private readonly ManagedDiskEndpoint _disks;
    private readonly ServiceOperations _service;
    private readonly ContainerOperations _containers;
    private readonly ListOperations _lists;
    private readonly BlobOperations _blobs;
    private readonly ReadOperations _reads;
    private readonly PageOperations _pages;
    private readonly BlockOperations _blocks;
    private readonly AppendOperations _appends;
    private readonly CopyOperations _copies;
    private readonly LeaseOperations _leases;

    public BlobService(CloudState state, SandboxAccess access)
    {
        _state = state;
        _authorizer = new Authorizer(state);
        _roles = new DataRoles(access);
        var sources = new CopySources(state, _authorizer, _roles);
        _service = new ServiceOperations(state);
        _containers = new ContainerOperations(state);
        _lists = new ListOperations(state);
        _blobs = new BlobOperations(state);
        _reads = new ReadOperations(state);
        _pages = new PageOperations(state, _reads, sources);
        _blocks = new BlockOperations(state, sources);
        _appends = new AppendOperations(state);
        _copies = new CopyOperations(state, sources, _blobs);
        _leases = new LeaseOperations(state);
        _disks = new ManagedDiskEndpoint(state, _reads, _pages, _roles);
    }

    /// <summary>Brings all copies to their end.</summary>
    public void EndCopies() => _copies.EndAll();

    public void WaitForBytes() => _copies.WaitForBytes();

    public HttpResponseMessage Handle(CloudRequest request)
    {
        var requestId = Guid.NewGuid().ToString();
        HttpResponseMessage response;
        try
        {
            ServiceVersions.Check(request, _state.Options.NewestStorageVersion);
            response = BlobAddress.IsManagedDiskHost(request.Uri.Host) ? _disks.Handle(request) : HandleAccount(request);
        }
        catch (StorageException error)
        {
            response = Error(error);
        }
        catch (ObjectDisposedException)
        {
            // The blob was deleted while its pages were on the move.
            response = Error(StorageException.BlobNotFound());
        }
        catch (IOException problem)
        {
            response = Error(new StorageException(HttpStatusCode.InternalServerError, "InternalError", "The sandbox could not keep the bytes of a blob: " + problem.Message));
        }

        response.With("x-ms-request-id", requestId)
            .With("x-ms-version", ServiceVersions.Of(request) ?? ServiceVersions.Default)
            .With("Server", "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0");
        response.Headers.Date = _state.Now;
        return request.Header("x-ms-client-request-id") is { } clientId ? response.With("x-ms-client-request-id", clientId) : response;

        HttpResponseMessage Error(StorageException error) => StorageReply.Error(error, requestId, _state.Now, request.Method is "HEAD");
    }

    private HttpResponseMessage HandleAccount(CloudRequest request)
    {
        var (accountName, container, blob) = BlobAddress.Parse(request.Uri);
        StorageAccount? account;
        lock (_state.Gate)
        {
            _state.Accounts.TryGetValue(accountName, out account);
        }

        if (account is null)
        {
            throw StorageException.NotFound("ResourceNotFound", "The sandbox has no storage account named " + accountName + ".");
        }

        if (Array.Find(UnknownHeaders, header => request.Header(header) is not null) is { } unknown)
        {
            throw StorageException.NotImplemented("The sandbox does not know " + unknown + ".");
        }

        var isContainer = request.QueryValue("restype") is "container" && container.Length > 0;
        var (need, operation) = request.QueryValue("restype") is "account" ? AccountOperation(request, account)
            : blob is not null ? BlobOperation(request, new BlobTarget(_state, request, account, container, blob))
            : isContainer ? ContainerOperation(request, account, container)
            : container.Length == 0 ? ServiceOperation(request, account)
            : throw Unsupported(request);
        _authorizer.Check(request, account, container, blob, need);
        if (request.HasBearerToken)
        {
            _roles.Check(need, account);
        }

        return operation();
    }

    private static (AccessNeed Need, Func<HttpResponseMessage> Operation) AccountOperation(CloudRequest request, StorageAccount account)
        => request is { Method: "GET" or "HEAD" } && request.QueryValue("comp") is "properties"
            ? (new AccessNeed('s', "racwdl", ByService: true), () => ServiceOperations.GetAccountInformation(account))
            : throw Unsupported(request);

    private (AccessNeed Need, Func<HttpResponseMessage> Operation) ServiceOperation(CloudRequest request, StorageAccount account)
        => (request.Method, request.QueryValue("comp"), request.QueryValue("restype")) switch
        {
            ("GET", "list", "") => (AccessNeed.Service("l"), () => _lists.ListContainers(request, account)),
            ("GET", "properties", "service") => (AccessNeed.Service("r"), () => _service.GetProperties(account)),
            ("PUT", "properties", "service") => (AccessNeed.Service("w"), () => _service.SetProperties(request, account)),
            ("POST", "userdelegationkey", "service") => (AccessNeed.Service("!"), () => _service.GetDelegationKey(request, account)),
            _ => throw Unsupported(request),
        };

    private (AccessNeed Need, Func<HttpResponseMessage> Operation) ContainerOperation(CloudRequest request, StorageAccount account, string name)
        => (request.Method, request.QueryValue("comp")) switch
        {
            ("GET", "list") => (new AccessNeed('c', "l", ByService: true), () => _lists.ListBlobs(request, account, name)),
            ("PUT", "") => (AccessNeed.Container("cw"), () => _containers.Create(request, account, name)),
            ("GET" or "HEAD", "" or "metadata") => (AccessNeed.Container("r"), () => _containers.GetProperties(request, account, name)),
            ("PUT", "metadata") => (AccessNeed.Container("w"), () => _containers.SetMetadata(request, account, name)),
            ("PUT", "lease") => (AccessNeed.Container("wd"), () => _leases.LeaseContainer(request, account, name)),
            ("GET" or "HEAD", "acl") => (AccessNeed.Container("!"), () => _containers.GetAccess(account, name)),
            ("PUT", "acl") => (AccessNeed.Container("!"), () => _containers.SetAccess(request, account, name)),
            ("DELETE", "") => (AccessNeed.Container("d"), () => _containers.Delete(request, account, name)),
            _ => throw Unsupported(request),
        };

    private (AccessNeed Need, Func<HttpResponseMessage> Operation) BlobOperation(CloudRequest request, BlobTarget target)
    {
        var isCopy = request.Header("x-ms-copy-source") is not null;
        return (request.Method, request.QueryValue("comp")) switch
        {
            ("PUT", "") => (AccessNeed.Object("cw"), () => isCopy ? _copies.Copy(target) : _blobs.Put(target)),
            ("PUT", "copy") => (AccessNeed.Object("w"), () => _copies.Abort(target)),
            ("PUT", "incrementalcopy") => (AccessNeed.Object("w"), () => _copies.CopyIncrementally(target)),
            ("GET", "") => (AccessNeed.Object("r"), () => _reads.GetBlob(request, Find())),
            ("HEAD", "") => (AccessNeed.Object("r"), () => _reads.GetProperties(request, Find())),
            ("GET" or "HEAD", "metadata") => (AccessNeed.Object("r"), () => _reads.GetMetadata(request, Find())),
            ("GET", "pagelist") => (AccessNeed.Object("r"), () => _pages.GetPageRanges(request, Find() as PageBlob ?? throw BlobTarget.WrongType(), target)),
            ("PUT", "page") => (AccessNeed.Object("w"), () => isCopy ? _pages.PutPageFromUrl(target) : PutPage(target)),
            ("PUT", "block") => (AccessNeed.Object("cw"), () => isCopy ? _blocks.PutFromUrl(target) : _blocks.Put(target)),
            ("PUT", "blocklist") => (AccessNeed.Object("cw"), () => _blocks.PutList(target)),
            ("GET", "blocklist") => (AccessNeed.Object("r"), () => _blocks.GetList(target)),
            ("PUT", "appendblock") when !isCopy => (AccessNeed.Object("aw"), () => _appends.Append(target)),
            ("PUT", "seal") => (AccessNeed.Object("aw"), () => _appends.Seal(target)),
            ("PUT", "properties") => (AccessNeed.Object("w"), () => _blobs.SetProperties(target)),
            ("PUT", "metadata") => (AccessNeed.Object("w"), () => _blobs.SetMetadata(target)),
            ("PUT", "tier") => (AccessNeed.Object("w"), () => _blobs.SetTier(target)),
            ("GET", "tags") => (AccessNeed.Object("t"), () => _blobs.GetTags(target)),
            ("PUT", "tags") => (AccessNeed.Object("t"), () => _blobs.SetTags(target)),
            ("PUT", "snapshot") => (AccessNeed.Object("cw"), () => _blobs.Snapshot(target)),
            ("PUT", "lease") => (AccessNeed.Object("wd"), () => _leases.LeaseBlob(target)),
            ("DELETE", "") => (AccessNeed.Object("d"), () => _blobs.Delete(target)),
            _ => throw Unsupported(request),
        };

        StoredBlob Find()
        {
            lock (_state.Gate)
            {
                return target.Find();
            }
        }
    }

    private HttpResponseMessage PutPage(BlobTarget target)
    {
        PageBlob blob;
        lock (_state.Gate)
        {
            blob = target.Existing as PageBlob ?? throw (target.Existing is null ? StorageException.BlobNotFound() : BlobTarget.WrongType());
        }

        return _pages.PutPage(target.Request, blob, () => target.FindToWrite<PageBlob>());
    }

    private static StorageException Unsupported(CloudRequest request)
        => StorageException.NotImplemented("The sandbox does not know " + request.Method + " " + request.Uri.AbsolutePath + " with comp '" + request.QueryValue("comp") + "'.");
}
