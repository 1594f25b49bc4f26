using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Blobs as a whole: made, changed, deleted.</summary>
internal sealed class BlobOperations(CloudState state)
{
    /// <summary>8 TiB.</summary>
    private const long LargestBlob = 8L << 40;

    private const string MetadataPrefix = "x-ms-meta-";

    private static readonly string[] ContentHeaderNames = ["Content-Type", "Content-Encoding", "Content-Language", "Content-MD5", "Content-Disposition", "Cache-Control"];

    public static Dictionary<string, string> ReadMetadata(CloudRequest request)
    {
        var metadata = request.Headers
            .Where(header => header.Key.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
            .ToDictionary(header => header.Key.Substring(MetadataPrefix.Length), header => header.Value, StringComparer.OrdinalIgnoreCase);
        var invalid = metadata.Keys.FirstOrDefault(name => name.Length == 0 || char.IsDigit(name[0]) || !name.All(character => character == '_' || char.IsLetterOrDigit(character)));
        return invalid is null
            ? metadata
            : throw StorageException.BadRequest("InvalidMetadata", "The specified metadata is invalid. It has characters that are not permitted: " + invalid + ".");
    }

    public PageBlob Find(StorageAccount account, string containerName, string name)
    {
        lock (state.Gate)
        {
            var container = FindContainer(account, containerName);
            return container.Blobs.TryGetValue(name, out var blob) ? blob : throw BlobService.BlobNotFound();
        }
    }

    public HttpResponseMessage Put(CloudRequest request, StorageAccount account, string containerName, string name)
    {
        var type = request.Header("x-ms-blob-type") ?? throw StorageException.MissingHeader("x-ms-blob-type");
        if (!string.Equals(type, "PageBlob", StringComparison.OrdinalIgnoreCase))
        {
            throw StorageException.BadRequest("InvalidHeaderValue", "The sandbox keeps page blobs only: x-ms-blob-type.");
        }

        var text = request.Header("x-ms-blob-content-length") ?? throw StorageException.MissingHeader("x-ms-blob-content-length");
        var length = CheckLength(text);
        if (request.Body.Length > 0)
        {
            throw StorageException.InvalidHeader("Content-Length");
        }

        lock (state.Gate)
        {
            var container = FindContainer(account, containerName);
            if (container.Blobs.TryGetValue(name, out var existing))
            {
                if (request.Header("If-None-Match") is "*")
                {
                    throw StorageException.Conflict("BlobAlreadyExists", "The specified blob already exists.");
                }

                existing.Lease.CheckWrite(request.Header("x-ms-lease-id"), state.Now);
                BlobConditions.CheckWrite(request, existing);
            }
            else if (request.Header("If-Match") is not null)
            {
                throw StorageException.Precondition("ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.");
            }

            var blob = new PageBlob(name, state.Folder.Create(name, length), state.Now)
            {
                Metadata = ReadMetadata(request),
                ContentHeaders = ReadContentHeaders(request),
                SequenceNumber = request.NumberHeader("x-ms-blob-sequence-number") ?? 0,
            };
            existing?.Dispose();
            container.Blobs[name] = blob;
            return StorageReply.Empty(HttpStatusCode.Created).WithVersion(blob).WithServerEncryption();
        }
    }

    public HttpResponseMessage SetProperties(CloudRequest request, PageBlob blob)
    {
        lock (state.Gate)
        {
            blob.Lease.CheckWrite(request.Header("x-ms-lease-id"), state.Now);
            BlobConditions.CheckWrite(request, blob);
            if (request.Header("x-ms-sequence-number-action") is { } action)
            {
                blob.SequenceNumber = NextSequenceNumber(request, blob.SequenceNumber, action);
            }

            // A resize or a new sequence number alone leaves the content's headers as they are.
            if (request.Header("x-ms-blob-content-length") is { } text)
            {
                blob.Data.Resize(CheckLength(text));
            }
            else if (request.Header("x-ms-sequence-number-action") is null)
            {
                blob.ContentHeaders = ReadContentHeaders(request);
            }

            blob.Touch(state.Now);
            var response = StorageReply.Empty(HttpStatusCode.OK).WithVersion(blob);
            response.Headers.Add("x-ms-blob-sequence-number", blob.SequenceNumber.ToString(CultureInfo.InvariantCulture));
            return response;
        }
    }

    public HttpResponseMessage SetMetadata(CloudRequest request, PageBlob blob)
    {
        lock (state.Gate)
        {
            blob.Lease.CheckWrite(request.Header("x-ms-lease-id"), state.Now);
            BlobConditions.CheckWrite(request, blob);
            blob.Metadata = ReadMetadata(request);
            blob.Touch(state.Now);
            return StorageReply.Empty(HttpStatusCode.OK).WithVersion(blob).WithServerEncryption();
        }
    }

    public HttpResponseMessage Delete(CloudRequest request, StorageAccount account, string containerName, string name)
    {
        lock (state.Gate)
        {
            var container = FindContainer(account, containerName);
            var blob = container.Blobs.TryGetValue(name, out var found) ? found : throw BlobService.BlobNotFound();
            blob.Lease.CheckWrite(request.Header("x-ms-lease-id"), state.Now);
            BlobConditions.CheckWrite(request, blob);
            container.Blobs.Remove(name);
            blob.Dispose();
        }

        return StorageReply.Empty(HttpStatusCode.Accepted);
    }

    private static BlobContainer FindContainer(StorageAccount account, string name)
        => account.Containers.TryGetValue(name, out var container)
            ? container
            : throw StorageException.NotFound("ContainerNotFound", "The specified container does not exist.");

    private static long CheckLength(string text)
    {
        var isLength = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && length % PageRange.PageSize == 0
            && length <= LargestBlob;
        return isLength ? length : throw StorageException.InvalidHeader("x-ms-blob-content-length");
    }

    private static long NextSequenceNumber(CloudRequest request, long current, string action)
    {
        if (string.Equals(action, "increment", StringComparison.OrdinalIgnoreCase))
        {
            return current + 1;
        }

        var given = request.NumberHeader("x-ms-blob-sequence-number") ?? throw StorageException.MissingHeader("x-ms-blob-sequence-number");
        return string.Equals(action, "max", StringComparison.OrdinalIgnoreCase) ? Math.Max(current, given)
            : string.Equals(action, "update", StringComparison.OrdinalIgnoreCase) ? given
            : throw StorageException.InvalidHeader("x-ms-sequence-number-action");
    }

    private static Dictionary<string, string> ReadContentHeaders(CloudRequest request)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase) { ["Content-Type"] = "application/octet-stream" };
        foreach (var name in ContentHeaderNames)
        {
            if (request.Header("x-ms-blob-" + name) is { } value)
            {
                headers[name] = value;
            }
        }

        return headers;
    }
}
