using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Blobs as a whole: made, changed, deleted, kept as they are in snapshots.</summary>
internal sealed class BlobOperations(CloudState state)
{
    /// <summary>8 TiB.</summary>
    private const long LargestBlob = 8L << 40;

    public HttpResponseMessage Put(BlobTarget target)
    {
        var request = target.Request;
        var type = request.Header("x-ms-blob-type") ?? throw StorageException.MissingHeader("x-ms-blob-type");
        if (request.Body.IsTooLarge)
        {
            throw new StorageException(HttpStatusCode.RequestEntityTooLarge, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum permissible limit.");
        }

        var isBlock = Same(type, BlockBlob.TypeName);
        if (!isBlock && request.Body.Length > 0)
        {
            throw StorageException.InvalidHeader("Content-Length");
        }

        var sum = isBlock ? ContentSum.Check(request, request.Body.Span) : default;
        Func<StoredBlob> make = Same(type, PageBlob.TypeName) ? PutPages(target)
            : isBlock ? () => NewBlock(target, request.Body)
            : Same(type, AppendBlob.TypeName) ? () => new AppendBlob(target.Name, state.Folder.Create(target.Name, 0), state.Now)
            : throw StorageException.InvalidHeader("x-ms-blob-type", type);
        var metadata = BlobHeaders.ReadMetadata(request);
        var headers = BlobHeaders.ReadContent(request);
        var tags = BlobTags.ReadHeader(request);
        if (isBlock && !headers.ContainsKey("Content-MD5"))
        {
            headers["Content-MD5"] = Convert.ToBase64String(sum.Md5 ?? ContentSum.HashMd5(request.Body.Span));
        }

        lock (state.Gate)
        {
            _ = target.Container;
            target.CheckCreate();
            var blob = make();
            blob.Metadata = metadata;
            blob.ContentHeaders = headers;
            blob.Tags = tags;
            blob.Tier = BlobHeaders.ReadTier(request, blob.Type);
            target.Put(blob);
            var response = StorageReply.Empty(HttpStatusCode.Created).WithVersion(blob).WithServerEncryption();
            return isBlock ? response.WithSum(sum) : response;
        }
    }

    public HttpResponseMessage SetProperties(BlobTarget target)
    {
        var request = target.Request;
        lock (state.Gate)
        {
            var blob = target.FindToWrite<StoredBlob>();
            var action = request.Header("x-ms-sequence-number-action");
            var length = request.Header("x-ms-blob-content-length");
            if (action is null && length is null)
            {
                blob.ContentHeaders = BlobHeaders.ReadContent(request);
            }
            else if (blob is PageBlob pages)
            {
                ChangePages(request, pages, action, length);
            }
            else
            {
                throw BlobTarget.WrongType();
            }

            // A resize or a new sequence number alone leaves the content's headers as they are.
            blob.Touch(state.Now);
            var response = StorageReply.Empty(HttpStatusCode.OK).WithVersion(blob);
            return blob is PageBlob numbered ? response.With("x-ms-blob-sequence-number", numbered.SequenceNumber) : response;
        }
    }

    public HttpResponseMessage SetMetadata(BlobTarget target)
    {
        var metadata = BlobHeaders.ReadMetadata(target.Request);
        lock (state.Gate)
        {
            var blob = target.FindToWrite<StoredBlob>();
            blob.Metadata = metadata;
            blob.Touch(state.Now);
            return StorageReply.Empty(HttpStatusCode.OK).WithVersion(blob).WithServerEncryption();
        }
    }

    public HttpResponseMessage SetTier(BlobTarget target)
    {
        lock (state.Gate)
        {
            var blob = target.Find();
            var tier = target.Request.Header("x-ms-access-tier") ?? throw StorageException.MissingHeader("x-ms-access-tier");
            blob.Tier = BlobHeaders.ReadTier(target.Request, blob.Type) ?? tier;
            return StorageReply.Empty(HttpStatusCode.OK);
        }
    }

    public HttpResponseMessage GetTags(BlobTarget target)
    {
        lock (state.Gate)
        {
            return StorageReply.Xml(HttpStatusCode.OK, BlobTags.Describe(target.Find()));
        }
    }

    public HttpResponseMessage SetTags(BlobTarget target)
    {
        var tags = BlobTags.ReadBody(target.Request);
        lock (state.Gate)
        {
            var blob = target.Find();
            blob.Lease.CheckWrite(target.Request.Header("x-ms-lease-id"), state.Now);
            blob.Tags = tags;
            return StorageReply.Empty(HttpStatusCode.NoContent);
        }
    }

    public HttpResponseMessage Snapshot(BlobTarget target)
    {
        var metadata = BlobHeaders.ReadMetadata(target.Request);
        lock (state.Gate)
        {
            var blob = target.Existing ?? throw StorageException.BlobNotFound();
            blob.Lease.CheckRead(target.Request.Header("x-ms-lease-id"), state.Now);
            BlobConditions.CheckWrite(target.Request, blob);
            var snapshot = Take(blob, metadata.Count == 0 ? null : metadata);
            return StorageReply.Empty(HttpStatusCode.Created).WithVersion(snapshot).WithServerEncryption().With("x-ms-snapshot", snapshot.SnapshotTime!);
        }
    }

    /// <summary>Keeps a blob as it is now. Called under the lock, so that nothing else is made of it meanwhile.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="metadata">The snapshot's own; null for the blob's.</param>
    public StoredBlob Take(StoredBlob blob, Dictionary<string, string>? metadata)
    {
        var data = state.Folder.Create(blob.Name, blob.Data.Length);
        data.CopyFrom(blob.Data);
        return blob.TakeSnapshot(data, state.Now, metadata);
    }

    public HttpResponseMessage Delete(BlobTarget target)
    {
        var request = target.Request;
        var snapshots = request.Header("x-ms-delete-snapshots")?.ToLowerInvariant();
        if (snapshots is not (null or "include" or "only"))
        {
            throw StorageException.InvalidHeader("x-ms-delete-snapshots", snapshots);
        }

        lock (state.Gate)
        {
            var blob = target.Existing ?? throw StorageException.BlobNotFound();
            if (request.Query.ContainsKey("snapshot"))
            {
                var one = target.Find();
                if (snapshots is not null)
                {
                    throw StorageException.InvalidHeader("x-ms-delete-snapshots", snapshots);
                }

                RemoveSnapshot(blob, one);
                return StorageReply.Empty(HttpStatusCode.Accepted);
            }

            target.CheckWrite(blob);
            if (snapshots is null && blob.Snapshots.Count > 0)
            {
                throw StorageException.Conflict("SnapshotsPresent", "This operation is not permitted while the blob has snapshots.");
            }

            foreach (var snapshot in blob.Snapshots.Values.ToList())
            {
                RemoveSnapshot(blob, snapshot);
            }

            if (snapshots is not "only")
            {
                target.Container.Blobs.Remove(target.Name);
                blob.Dispose();
            }

            return StorageReply.Empty(HttpStatusCode.Accepted).With("x-ms-delete-type-permanent", "true");
        }
    }

    private static bool Same(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private static long ReadLength(string text)
    {
        var isLength = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            && length % PageRange.PageSize == 0
            && length <= LargestBlob;
        return isLength ? length : throw StorageException.InvalidHeader("x-ms-blob-content-length", text);
    }

    private static long NextSequenceNumber(CloudRequest request, long current, string action)
    {
        if (Same(action, "increment"))
        {
            return current + 1;
        }

        var given = request.NumberHeader("x-ms-blob-sequence-number") ?? throw StorageException.MissingHeader("x-ms-blob-sequence-number");
        return Same(action, "max") ? Math.Max(current, given)
            : Same(action, "update") ? given
            : throw StorageException.InvalidHeader("x-ms-sequence-number-action", action);
    }

    private static void ChangePages(CloudRequest request, PageBlob pages, string? action, string? length)
    {
        var number = action is null ? pages.SequenceNumber : NextSequenceNumber(request, pages.SequenceNumber, action);
        if (length is not null)
        {
            pages.Data.Resize(ReadLength(length));
        }

        pages.SequenceNumber = number;
    }

    /// <summary>What a snapshot had changed becomes part of what the next one has.</summary>
    private static void RemoveSnapshot(StoredBlob blob, StoredBlob snapshot)
    {
        if (snapshot is PageBlob removed)
        {
            var next = blob.Snapshots.Values.Append(blob).SkipWhile(step => step != snapshot).Skip(1).OfType<PageBlob>().FirstOrDefault();
            next?.RestoreChanges(removed.Changes.Within(new PageRange(0, long.MaxValue)));
        }

        blob.Snapshots.Remove(snapshot.SnapshotTime!);
        snapshot.Dispose();
    }

    private Func<StoredBlob> PutPages(BlobTarget target)
    {
        var request = target.Request;
        var length = ReadLength(request.Header("x-ms-blob-content-length") ?? throw StorageException.MissingHeader("x-ms-blob-content-length"));
        return () => new PageBlob(target.Name, state.Folder.Create(target.Name, length), state.Now)
        {
            SequenceNumber = request.NumberHeader("x-ms-blob-sequence-number") ?? 0,
        };
    }

    private BlockBlob NewBlock(BlobTarget target, RequestBody body)
    {
        var data = state.Folder.Create(target.Name, body.Length);
        if (body.Length > 0)
        {
            data.Write(new PageRange(0, body.Length), body.Buffer);
        }

        return new BlockBlob(target.Name, data, state.Now);
    }
}
