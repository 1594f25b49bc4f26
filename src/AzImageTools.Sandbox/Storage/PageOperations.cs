using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Xml.Linq;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage;

/// <summary>What can be done to pages, be they a blob's or a managed disk's.</summary>
internal sealed class PageOperations(CloudState state)
{
    /// <summary>The most ranges one answer of Get Page Ranges lists.</summary>
    private const int RangesAtOnce = 10_000;

    public HttpResponseMessage PutPage(CloudRequest request, PageBlob blob)
    {
        var write = request.Header("x-ms-page-write") ?? throw StorageException.MissingHeader("x-ms-page-write");
        var range = ByteRange.Parse(request) ?? throw StorageException.MissingHeader("x-ms-range");
        var isUpdate = string.Equals(write, "update", StringComparison.OrdinalIgnoreCase);
        if (!isUpdate && !string.Equals(write, "clear", StringComparison.OrdinalIgnoreCase))
        {
            throw StorageException.InvalidHeader("x-ms-page-write");
        }

        if (request.Header("x-ms-structured-body") is not null)
        {
            throw StorageException.BadRequest("UnsupportedHeader", "One of the HTTP headers specified in the request is not supported: x-ms-structured-body.");
        }

        if (request.Body.IsTooLarge || (isUpdate && range.Length > RequestBody.Limit))
        {
            throw new StorageException(HttpStatusCode.RequestEntityTooLarge, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum permissible limit.");
        }

        if (!range.IsPageAligned || range.End > blob.Data.Length)
        {
            throw new StorageException(HttpStatusCode.RequestedRangeNotSatisfiable, "InvalidPageRange", "The page range specified is invalid.");
        }

        if (request.Body.Length != (isUpdate ? range.Length : 0))
        {
            throw StorageException.InvalidHeader("Content-Length");
        }

        var checksum = isUpdate ? CheckBody(request) : default;
        lock (state.Gate)
        {
            blob.Lease.CheckWrite(request.Header("x-ms-lease-id"), state.Now);
            BlobConditions.CheckWrite(request, blob);
            BlobConditions.CheckSequenceNumber(request, blob);
        }

        if (isUpdate)
        {
            blob.Data.Write(range, request.Body.Buffer);
        }
        else
        {
            blob.Data.Clear(range);
        }

        lock (state.Gate)
        {
            blob.Touch(state.Now);
            var response = StorageReply.Empty(HttpStatusCode.Created).WithVersion(blob).WithServerEncryption();
            response.Headers.Add("x-ms-blob-sequence-number", blob.SequenceNumber.ToString(CultureInfo.InvariantCulture));
            if (checksum.Md5 is not null)
            {
                response.Content.Headers.ContentMD5 = checksum.Md5;
            }
            else if (checksum.Crc64 is not null)
            {
                response.Headers.Add("x-ms-content-crc64", checksum.Crc64);
            }

            return response;
        }
    }

    public HttpResponseMessage GetPageRanges(CloudRequest request, PageBlob blob)
    {
        if (request.Query.ContainsKey("prevsnapshot"))
        {
            throw new StorageException(HttpStatusCode.NotImplemented, "NotImplemented", "The sandbox keeps no snapshots of blobs to compare with.");
        }

        CheckRead(request, blob);
        var window = ByteRange.Parse(request) is { } asked ? CutToBlob(asked, blob) : new PageRange(0, blob.Data.Length);
        var ranges = blob.Data.GetWritten(window);
        var first = 0;
        if (request.QueryValue("marker") is { Length: > 0 } marker)
        {
            if (!long.TryParse(marker, NumberStyles.None, CultureInfo.InvariantCulture, out var from))
            {
                throw InvalidQuery("marker");
            }

            while (first < ranges.Count && ranges[first].Start < from)
            {
                first++;
            }
        }

        var most = RangesAtOnce;
        if (request.QueryValue("maxresults") is { Length: > 0 } text)
        {
            most = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
                ? Math.Min(count, RangesAtOnce)
                : throw InvalidQuery("maxresults");
        }

        var list = new XElement("PageList");
        for (var index = first; index < Math.Min(ranges.Count, first + most); index++)
        {
            list.Add(new XElement("PageRange", new XElement("Start", ranges[index].Start), new XElement("End", ranges[index].End - 1)));
        }

        if (first + most < ranges.Count)
        {
            list.Add(new XElement("NextMarker", ranges[first + most].Start));
        }

        lock (state.Gate)
        {
            var response = StorageReply.Xml(HttpStatusCode.OK, list).WithVersion(blob);
            response.Headers.Add("x-ms-blob-content-length", blob.Data.Length.ToString(CultureInfo.InvariantCulture));
            return response;
        }
    }

    public HttpResponseMessage GetBlob(CloudRequest request, PageBlob blob)
    {
        CheckRead(request, blob);
        var length = blob.Data.Length;
        var asked = ByteRange.Parse(request);
        var range = asked is { } given ? CutToBlob(given, blob) : new PageRange(0, length);
        lock (state.Gate)
        {
            var status = asked is null ? HttpStatusCode.OK : HttpStatusCode.PartialContent;
            var response = new HttpResponseMessage(status) { Content = new StreamContent(new PageStream(blob.Data, range)) };
            response.Content.Headers.ContentLength = range.Length;
            if (asked is not null)
            {
                response.Content.Headers.ContentRange = new ContentRangeHeaderValue(range.Start, range.End - 1, length);
            }

            return response.WithProperties(blob, state.Now);
        }
    }

    public HttpResponseMessage GetProperties(CloudRequest request, PageBlob blob)
    {
        CheckRead(request, blob);
        lock (state.Gate)
        {
            var response = StorageReply.Empty(HttpStatusCode.OK);
            response.Content.Headers.ContentLength = blob.Data.Length;
            return response.WithProperties(blob, state.Now);
        }
    }

    private static StorageException InvalidQuery(string parameter)
        => StorageException.BadRequest(
            "InvalidQueryParameterValue", "Value for one of the query parameters specified in the request URI is invalid: " + parameter + ".");

    private static PageRange CutToBlob(PageRange range, PageBlob blob)
    {
        if (range.Start >= blob.Data.Length)
        {
            throw new StorageException(HttpStatusCode.RequestedRangeNotSatisfiable, "InvalidRange", "The range specified is invalid for the current size of the resource.");
        }

        return new PageRange(range.Start, Math.Min(range.End, blob.Data.Length));
    }

    /// <summary>Compares the body with the checksum that came with it, and returns the one that the answer carries.</summary>
    private static (string? Crc64, byte[]? Md5) CheckBody(CloudRequest request)
    {
        var givenCrc = request.Header("x-ms-content-crc64");
        var givenMd5 = request.Header("Content-MD5");
        if (givenCrc is not null && givenMd5 is not null)
        {
            throw StorageException.BadRequest("BothCrc64AndMd5HeaderPresent", "Both x-ms-content-crc64 header and Content-MD5 header are present.");
        }

        if (givenMd5 is not null)
        {
            var md5 = HashMd5(request.Body);
            return string.Equals(Convert.ToBase64String(md5), givenMd5, StringComparison.Ordinal)
                ? (null, md5)
                : throw StorageException.BadRequest("Md5Mismatch", "The MD5 value specified in the request did not match with the MD5 value calculated by the server.");
        }

        var crc = Crc64.Format(Crc64.Compute(request.Body.Span));
        return givenCrc is null || string.Equals(crc, givenCrc, StringComparison.Ordinal)
            ? (crc, null)
            : throw StorageException.BadRequest("Crc64Mismatch", "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.");
    }

    private static byte[] HashMd5(RequestBody body)
    {
        // MD5 because the protocol's Content-MD5 is: it guards against accidents only.
#pragma warning disable CA5351
#if NET
        return MD5.HashData(body.Span);
#else
        using var hash = MD5.Create();
        return hash.ComputeHash(body.Buffer, 0, body.Length);
#endif
#pragma warning restore CA5351
    }

    private void CheckRead(CloudRequest request, PageBlob blob)
    {
        lock (state.Gate)
        {
            blob.Lease.CheckRead(request.Header("x-ms-lease-id"), state.Now);
            BlobConditions.CheckRead(request, blob);
        }
    }
}
