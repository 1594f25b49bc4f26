using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Lease Blob: acquire, renew, change, release, break.</summary>
internal sealed class LeaseOperations(CloudState state)
{
    public HttpResponseMessage Handle(CloudRequest request, PageBlob blob)
    {
        var action = request.Header("x-ms-lease-action") ?? throw StorageException.MissingHeader("x-ms-lease-action");
        var id = request.Header("x-ms-lease-id");
        var proposed = request.Header("x-ms-proposed-lease-id");
        lock (state.Gate)
        {
            BlobConditions.CheckWrite(request, blob);
            var now = state.Now;
            var lease = blob.Lease;
            switch (action.ToUpperInvariant())
            {
                case "ACQUIRE":
                    return Reply(HttpStatusCode.Created, blob, lease.Acquire(proposed, ReadDuration(request), now));
                case "RENEW":
                    return Reply(HttpStatusCode.OK, blob, lease.Renew(id, now));
                case "CHANGE":
                    return Reply(HttpStatusCode.OK, blob, lease.Change(id, proposed, now));
                case "RELEASE":
                    lease.Release(id);
                    return Reply(HttpStatusCode.OK, blob, id: null);
                case "BREAK":
                    var seconds = lease.Break(request.NumberHeader("x-ms-lease-break-period"), now);
                    var response = Reply(HttpStatusCode.Accepted, blob, id: null);
                    response.Headers.Add("x-ms-lease-time", seconds.ToString(CultureInfo.InvariantCulture));
                    return response;
                default:
                    throw StorageException.InvalidHeader("x-ms-lease-action");
            }
        }
    }

    private static long ReadDuration(CloudRequest request)
    {
        var text = request.Header("x-ms-lease-duration") ?? throw StorageException.MissingHeader("x-ms-lease-duration");
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : throw StorageException.InvalidHeader("x-ms-lease-duration");
    }

    private static HttpResponseMessage Reply(HttpStatusCode status, PageBlob blob, string? id)
    {
        var response = StorageReply.Empty(status).WithVersion(blob);
        if (id is not null)
        {
            response.Headers.Add("x-ms-lease-id", id);
        }

        return response;
    }
}
