using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Lease Blob and Lease Container: acquire, renew, change, release, break.</summary>
internal sealed class LeaseOperations(CloudState state)
{
    public HttpResponseMessage LeaseBlob(BlobTarget target)
    {
        lock (state.Gate)
        {
            var blob = target.Existing ?? throw StorageException.BlobNotFound();
            BlobConditions.CheckWrite(target.Request, blob);
            return Handle(target.Request, blob.Lease, blob.ETag, blob.LastModified);
        }
    }

    public HttpResponseMessage LeaseContainer(CloudRequest request, StorageAccount account, string name)
    {
        lock (state.Gate)
        {
            var container = account.Containers.TryGetValue(name, out var found) ? found : throw StorageException.ContainerNotFound();
            BlobConditions.CheckWrite(request, container);
            return Handle(request, container.Lease, container.ETag, container.LastModified);
        }
    }

    private static long ReadDuration(CloudRequest request)
    {
        var text = request.Header("x-ms-lease-duration") ?? throw StorageException.MissingHeader("x-ms-lease-duration");
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : throw StorageException.InvalidHeader("x-ms-lease-duration", text);
    }

    private HttpResponseMessage Handle(CloudRequest request, BlobLease lease, string etag, DateTimeOffset lastModified)
    {
        var action = request.Header("x-ms-lease-action") ?? throw StorageException.MissingHeader("x-ms-lease-action");
        var id = request.Header("x-ms-lease-id");
        var proposed = request.Header("x-ms-proposed-lease-id");
        var now = state.Now;
        switch (action.ToUpperInvariant())
        {
            case "ACQUIRE":
                return Reply(HttpStatusCode.Created).With("x-ms-lease-id", lease.Acquire(proposed, ReadDuration(request), now));
            case "RENEW":
                return Reply(HttpStatusCode.OK).With("x-ms-lease-id", lease.Renew(id, now));
            case "CHANGE":
                return Reply(HttpStatusCode.OK).With("x-ms-lease-id", lease.Change(id, proposed, now));
            case "RELEASE":
                lease.Release(id);
                return Reply(HttpStatusCode.OK);
            case "BREAK":
                return Reply(HttpStatusCode.Accepted).With("x-ms-lease-time", lease.Break(request.NumberHeader("x-ms-lease-break-period"), now));
            default:
                throw StorageException.InvalidHeader("x-ms-lease-action", action);
        }

        HttpResponseMessage Reply(HttpStatusCode status) => StorageReply.Empty(status).WithVersion(etag, lastModified);
    }
}
