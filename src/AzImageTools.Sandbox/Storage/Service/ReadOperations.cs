using System.Net;
using System.Net.Http.Headers;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>What is read of blobs of every type, and of managed disks.</summary>
internal sealed class ReadOperations(CloudState state)
{
    public HttpResponseMessage GetBlob(CloudRequest request, StoredBlob blob)
    {
        CheckRead(request, blob);
        var length = blob.Data.Length;
        var asked = ByteRange.Parse(request);
        var range = asked is { } given ? ByteRange.Cut(given, length) : new PageRange(0, length);
        var sum = SumOf(request, blob, asked is null ? null : range);
        lock (state.Gate)
        {
            var status = asked is null ? HttpStatusCode.OK : HttpStatusCode.PartialContent;
            var response = new HttpResponseMessage(status) { Content = new StreamContent(new PageStream(blob.Data, range)) };
            response.Content.Headers.ContentLength = range.Length;
            response.WithProperties(blob, state.Now);
            if (asked is not null)
            {
                response.Content.Headers.ContentRange = new ContentRangeHeaderValue(range.Start, range.End - 1, length);
                MoveMd5(response, sum.Md5);
            }

            return sum.Crc64 is null ? response : response.With("x-ms-content-crc64", sum.Crc64);
        }
    }

    public HttpResponseMessage GetProperties(CloudRequest request, StoredBlob blob)
    {
        CheckRead(request, blob);
        lock (state.Gate)
        {
            var response = StorageReply.Empty(HttpStatusCode.OK);
            response.Content.Headers.ContentLength = blob.Data.Length;
            return response.WithProperties(blob, state.Now);
        }
    }

    public HttpResponseMessage GetMetadata(CloudRequest request, StoredBlob blob)
    {
        CheckRead(request, blob);
        lock (state.Gate)
        {
            return StorageReply.Empty(HttpStatusCode.OK).WithVersion(blob).WithMetadata(blob.Metadata);
        }
    }

    public void CheckRead(CloudRequest request, StoredBlob blob)
    {
        lock (state.Gate)
        {
            blob.Lease.CheckRead(request.Header("x-ms-lease-id"), state.Now);
            BlobConditions.CheckRead(request, blob);
        }
    }

    /// <summary>The sum of a range that was asked for with it: at most 4 MiB, one of the two.</summary>
    private static ContentSum SumOf(CloudRequest request, StoredBlob blob, PageRange? range)
    {
        var wantsMd5 = Wants("x-ms-range-get-content-md5");
        var wantsCrc = Wants("x-ms-range-get-content-crc64");
        if (!wantsMd5 && !wantsCrc)
        {
            return default;
        }

        var header = wantsMd5 ? "x-ms-range-get-content-md5" : "x-ms-range-get-content-crc64";
        if (range is not { Length: <= RequestBody.SmallLimit } part || (wantsMd5 && wantsCrc))
        {
            throw range is null ? StorageException.MissingHeader("Range") : StorageException.InvalidHeader(header, request.Header(header));
        }

        var bytes = new byte[part.Length];
        blob.Data.ReadExactly(part.Start, bytes);
        return wantsMd5 ? new ContentSum(null, ContentSum.HashMd5(bytes)) : new ContentSum(Crc64.Format(Crc64.Compute(bytes)), null);

        bool Wants(string name) => string.Equals(request.Header(name), "true", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The answer to a range tells the whole blob's sum elsewhere: its own place is for that of the range.</summary>
    private static void MoveMd5(HttpResponseMessage response, byte[]? ofRange)
    {
        if (response.Content.Headers.ContentMD5 is { } whole)
        {
            response.With("x-ms-blob-content-md5", Convert.ToBase64String(whole));
        }

        response.Content.Headers.ContentMD5 = ofRange;
    }
}
