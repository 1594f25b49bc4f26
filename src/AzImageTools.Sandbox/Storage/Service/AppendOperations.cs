using System.Net;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Append Block and Append Blob Seal.</summary>
internal sealed class AppendOperations(CloudState state)
{
    /// <summary>REST reference, Append Block.</summary>
    private const int MostBlocks = 50_000;

    public HttpResponseMessage Append(BlobTarget target)
    {
        var request = target.Request;
        if (request.Body.IsTooLarge || request.Body.Length > RequestBody.SmallLimit)
        {
            throw new StorageException(HttpStatusCode.RequestEntityTooLarge, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum permissible limit.");
        }

        if (request.Body.Length == 0)
        {
            throw StorageException.InvalidHeader("Content-Length", "0");
        }

        var sum = ContentSum.Check(request, request.Body.Span);
        lock (state.Gate)
        {
            var blob = FindOpen(target);
            var offset = blob.Data.Length;
            if (request.NumberHeader("x-ms-blob-condition-appendpos") is { } position && position != offset)
            {
                throw StorageException.Precondition("AppendPositionConditionNotMet", "The append position condition specified was not met.");
            }

            if (request.NumberHeader("x-ms-blob-condition-maxsize") is { } most && offset + request.Body.Length > most)
            {
                throw StorageException.Precondition("MaxBlobSizeConditionNotMet", "The max blob size condition specified was not met.");
            }

            if (blob.BlockCount == MostBlocks)
            {
                throw StorageException.Conflict("BlockCountExceedsLimit", "The committed block count cannot exceed the maximum limit of 50,000 blocks.");
            }

            blob.Data.Resize(offset + request.Body.Length);
            blob.Data.Write(new PageRange(offset, offset + request.Body.Length), request.Body.Buffer);
            blob.BlockCount++;
            blob.Touch(state.Now);
            return StorageReply.Empty(HttpStatusCode.Created).WithVersion(blob).WithServerEncryption().WithSum(sum)
                .With("x-ms-blob-append-offset", offset).With("x-ms-blob-committed-block-count", blob.BlockCount);
        }
    }

    public HttpResponseMessage Seal(BlobTarget target)
    {
        lock (state.Gate)
        {
            var blob = target.FindToWrite<AppendBlob>();
            blob.IsSealed = true;
            blob.Touch(state.Now);
            return StorageReply.Empty(HttpStatusCode.OK).WithVersion(blob).With("x-ms-blob-sealed", "true");
        }
    }

    private static AppendBlob FindOpen(BlobTarget target)
    {
        var blob = target.FindToWrite<AppendBlob>();
        return blob.IsSealed ? throw StorageException.Conflict("BlobIsSealed", "The specified blob is sealed and its contents can't be modified unless the blob is re-created after a delete.") : blob;
    }
}
