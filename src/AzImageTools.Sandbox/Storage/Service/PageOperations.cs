using System.Globalization;
using System.Net;
using System.Xml.Linq;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>What can be done to pages, be they a blob's or a managed disk's.</summary>
internal sealed class PageOperations(CloudState state, ReadOperations reads, CopySources sources)
{
    /// <summary>The most ranges one answer of Get Page Ranges lists.</summary>
    private const int RangesAtOnce = 10_000;

    /// <param name="request">The request.</param>
    /// <param name="blob">The pages.</param>
    /// <param name="check">Called under the lock before anything is written: refuses by throwing.</param>
    public HttpResponseMessage PutPage(CloudRequest request, PageBlob blob, Action check)
    {
        var write = request.Header("x-ms-page-write") ?? throw StorageException.MissingHeader("x-ms-page-write");
        var isUpdate = string.Equals(write, "update", StringComparison.OrdinalIgnoreCase);
        if (!isUpdate && !string.Equals(write, "clear", StringComparison.OrdinalIgnoreCase))
        {
            throw StorageException.InvalidHeader("x-ms-page-write", write);
        }

        if (request.Header("x-ms-structured-body") is { } structured)
        {
            throw StorageException.UnsupportedHeader("x-ms-structured-body", structured);
        }

        var range = ReadRange(request, blob, mayBeLarge: !isUpdate);
        if (request.Body.IsTooLarge || request.Body.Length > RequestBody.SmallLimit)
        {
            throw BodyTooLarge();
        }

        if (request.Body.Length != (isUpdate ? range.Length : 0))
        {
            throw StorageException.InvalidHeader("Content-Length");
        }

        var sum = isUpdate ? ContentSum.Check(request, request.Body.Span) : default;
        lock (state.Gate)
        {
            check();
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

        return Written(blob, range, sum);
    }

    /// <summary>Put Page From URL.</summary>
    public HttpResponseMessage PutPageFromUrl(BlobTarget target)
    {
        var request = target.Request;
        PageBlob blob;
        lock (state.Gate)
        {
            blob = target.FindToWrite<PageBlob>();
        }

        if (!string.Equals(request.Header("x-ms-page-write"), "update", StringComparison.OrdinalIgnoreCase))
        {
            throw StorageException.InvalidHeader("x-ms-page-write", request.Header("x-ms-page-write"));
        }

        if (request.Body.Length > 0)
        {
            throw StorageException.InvalidHeader("Content-Length");
        }

        var range = ReadRange(request, blob, mayBeLarge: false);
        var wanted = ByteRange.Parse(request.Header("x-ms-source-range"), "x-ms-source-range") ?? throw StorageException.MissingHeader("x-ms-source-range");
        if (wanted.Length != range.Length)
        {
            throw StorageException.InvalidHeader("x-ms-source-range", request.Header("x-ms-source-range"));
        }

        var source = sources.Open(target);
        if (wanted.End > source.Data.Length)
        {
            throw new StorageException(HttpStatusCode.RequestedRangeNotSatisfiable, "InvalidRange", "The range specified is invalid for the current size of the resource.");
        }

        var bytes = new byte[range.Length];
        source.Data.ReadExactly(wanted.Start, bytes);
        var sum = ContentSum.Check(request, bytes, "x-ms-source-content-md5", "x-ms-source-content-crc64");
        lock (state.Gate)
        {
            BlobConditions.CheckSequenceNumber(request, target.FindToWrite<PageBlob>());
        }

        blob.Data.Write(range, bytes);
        return Written(blob, range, sum);
    }

    /// <summary>Get Page Ranges, or what differs since a snapshot.</summary>
    /// <param name="request">The request.</param>
    /// <param name="blob">The pages.</param>
    /// <param name="family">The blob whose snapshots may be compared with; null where there are none.</param>
    public HttpResponseMessage GetPageRanges(CloudRequest request, PageBlob blob, BlobTarget? family)
    {
        reads.CheckRead(request, blob);
        var window = ByteRange.Parse(request) is { } asked ? ByteRange.Cut(asked, blob.Data.Length) : new PageRange(0, blob.Data.Length);
        List<(PageRange Range, bool IsClear)> ranges;
        if (family is not null && request.Query.ContainsKey("prevsnapshot"))
        {
            lock (state.Gate)
            {
                ranges = PageDifferences.Find(blob, (PageBlob)family.Existing!, family.SnapshotTime("prevsnapshot"), window);
            }
        }
        else
        {
            ranges = [.. blob.Data.GetWritten(window).Select(range => (range, false))];
        }

        var list = new XElement("PageList");
        var next = Page(request, ranges, list);
        if (next is { } start)
        {
            list.Add(new XElement("NextMarker", start));
        }

        lock (state.Gate)
        {
            return StorageReply.Xml(HttpStatusCode.OK, list).WithVersion(blob).With("x-ms-blob-content-length", blob.Data.Length);
        }
    }

    private static PageRange ReadRange(CloudRequest request, PageBlob blob, bool mayBeLarge)
    {
        var range = ByteRange.Parse(request) ?? throw StorageException.MissingHeader("x-ms-range");
        if (!mayBeLarge && range.Length > RequestBody.SmallLimit)
        {
            throw BodyTooLarge();
        }

        return range.IsPageAligned && range.End <= blob.Data.Length
            ? range
            : throw new StorageException(HttpStatusCode.RequestedRangeNotSatisfiable, "InvalidPageRange", "The page range specified is invalid.");
    }

    private static StorageException BodyTooLarge()
        => new StorageException(HttpStatusCode.RequestEntityTooLarge, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum permissible limit.");

    /// <summary>Adds as many ranges as an answer has, and returns where the next begins.</summary>
    private static long? Page(CloudRequest request, List<(PageRange Range, bool IsClear)> ranges, XElement list)
    {
        var first = 0;
        if (request.QueryValue("marker") is { Length: > 0 } marker)
        {
            if (!long.TryParse(marker, NumberStyles.None, CultureInfo.InvariantCulture, out var from))
            {
                throw StorageException.InvalidQuery("marker", marker);
            }

            first = ranges.FindIndex(entry => entry.Range.Start >= from);
            first = first < 0 ? ranges.Count : first;
        }

        var most = RangesAtOnce;
        if (request.QueryValue("maxresults") is { Length: > 0 } text)
        {
            most = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
                ? Math.Min(count, RangesAtOnce)
                : throw StorageException.InvalidQuery("maxresults", text);
        }

        foreach (var (range, isClear) in ranges.Skip(first).Take(most))
        {
            list.Add(new XElement(isClear ? "ClearRange" : "PageRange", new XElement("Start", range.Start), new XElement("End", range.End - 1)));
        }

        return first + most < ranges.Count ? ranges[first + most].Range.Start : null;
    }

    private HttpResponseMessage Written(PageBlob blob, PageRange range, ContentSum sum)
    {
        lock (state.Gate)
        {
            blob.Changes.Add(range);
            blob.Touch(state.Now);
            var response = StorageReply.Empty(HttpStatusCode.Created).WithVersion(blob).With("x-ms-blob-sequence-number", blob.SequenceNumber).WithSum(sum);
            return sum == default ? response : response.WithServerEncryption();
        }
    }
}
