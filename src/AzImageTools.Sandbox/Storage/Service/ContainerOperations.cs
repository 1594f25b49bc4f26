using System.Net;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Containers: made, described, deleted. None is open to everybody.</summary>
internal sealed class ContainerOperations(CloudState state)
{
    private static readonly Regex NameRule = new("^[a-z0-9](?:-?[a-z0-9])*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    public HttpResponseMessage Create(CloudRequest request, StorageAccount account, string name)
    {
        if (name.Length is < 3 or > 63)
        {
            throw StorageException.BadRequest("OutOfRangeInput", "The specified resource name length is not within the permissible limits.");
        }

        if (!NameRule.IsMatch(name))
        {
            throw StorageException.BadRequest("InvalidResourceName", "The specified resource name contains invalid characters.");
        }

        CheckPublicAccess(request);
        var metadata = BlobHeaders.ReadMetadata(request);
        lock (state.Gate)
        {
            if (account.Containers.ContainsKey(name))
            {
                throw StorageException.Conflict("ContainerAlreadyExists", "The specified container already exists.");
            }

            var container = new BlobContainer(name, state.Now) { Metadata = metadata };
            account.Containers.Add(name, container);
            return StorageReply.Empty(HttpStatusCode.Created).WithVersion(container.ETag, container.LastModified);
        }
    }

    public HttpResponseMessage GetProperties(CloudRequest request, StorageAccount account, string name)
    {
        lock (state.Gate)
        {
            var container = Find(account, name);
            container.Lease.CheckRead(request.Header("x-ms-lease-id"), state.Now);
            var response = StorageReply.Empty(HttpStatusCode.OK).WithVersion(container.ETag, container.LastModified).WithMetadata(container.Metadata);
            if (request.QueryValue("comp").Length == 0)
            {
                response.WithLease(container.Lease, state.Now)
                    .With("x-ms-has-immutability-policy", "false")
                    .With("x-ms-has-legal-hold", "false")
                    .With("x-ms-default-encryption-scope", "$account-encryption-key")
                    .With("x-ms-deny-encryption-scope-override", "false");
            }

            return response;
        }
    }

    public HttpResponseMessage SetMetadata(CloudRequest request, StorageAccount account, string name)
    {
        var metadata = BlobHeaders.ReadMetadata(request);
        lock (state.Gate)
        {
            var container = Find(account, name);
            container.Lease.CheckRead(request.Header("x-ms-lease-id"), state.Now);
            BlobConditions.CheckWrite(request, container);
            container.Metadata = metadata;
            container.Touch(state.Now);
            return StorageReply.Empty(HttpStatusCode.OK).WithVersion(container.ETag, container.LastModified);
        }
    }

    /// <summary>Get Container ACL: there are no stored access policies.</summary>
    public HttpResponseMessage GetAccess(StorageAccount account, string name)
    {
        lock (state.Gate)
        {
            var container = Find(account, name);
            return StorageReply.Xml(HttpStatusCode.OK, "<SignedIdentifiers />").WithVersion(container.ETag, container.LastModified);
        }
    }

    public HttpResponseMessage SetAccess(CloudRequest request, StorageAccount account, string name)
    {
        CheckPublicAccess(request);
        if (request.Body.Length > 0 && XmlBody.Read(request, "SignedIdentifiers").HasElements)
        {
            throw StorageException.NotImplemented("The sandbox keeps no stored access policies.");
        }

        lock (state.Gate)
        {
            var container = Find(account, name);
            container.Lease.CheckRead(request.Header("x-ms-lease-id"), state.Now);
            container.Touch(state.Now);
            return StorageReply.Empty(HttpStatusCode.OK).WithVersion(container.ETag, container.LastModified);
        }
    }

    public HttpResponseMessage Delete(CloudRequest request, StorageAccount account, string name)
    {
        lock (state.Gate)
        {
            var container = Find(account, name);
            container.Lease.CheckWrite(request.Header("x-ms-lease-id"), state.Now);
            BlobConditions.CheckWrite(request, container);
            account.Containers.Remove(name);
            container.Dispose();
            return StorageReply.Empty(HttpStatusCode.Accepted);
        }
    }

    private static BlobContainer Find(StorageAccount account, string name)
        => account.Containers.TryGetValue(name, out var container) ? container : throw StorageException.ContainerNotFound();

    private static void CheckPublicAccess(CloudRequest request)
    {
        if (request.Header("x-ms-blob-public-access") is { } access)
        {
            throw access is "container" or "blob"
                ? StorageException.Conflict("PublicAccessNotPermitted", "Public access is not permitted on this storage account.")
                : StorageException.InvalidHeader("x-ms-blob-public-access", access);
        }
    }
}
