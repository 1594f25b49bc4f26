using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Xml.Linq;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Makes the answers of blob storage.</summary>
internal static class StorageReply
{
    public static HttpResponseMessage Empty(HttpStatusCode status)
        => new HttpResponseMessage(status) { Content = new ByteArrayContent([]) };

    public static HttpResponseMessage Xml(HttpStatusCode status, XElement root) => Xml(status, root.ToString(SaveOptions.DisableFormatting));

    public static HttpResponseMessage Xml(HttpStatusCode status, string root)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes("<?xml version=\"1.0\" encoding=\"utf-8\"?>" + root));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
        return new HttpResponseMessage(status) { Content = content };
    }

    public static HttpResponseMessage Error(StorageException error, string requestId, DateTimeOffset now, bool isHead)
    {
        var message = error.Message + "\nRequestId:" + requestId + "\nTime:" + now.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'", CultureInfo.InvariantCulture);
        var body = new XElement("Error", new XElement("Code", error.Code), new XElement("Message", message));
        body.Add(error.Details.Select(detail => new XElement(detail.Name, Printable(detail.Value))));
        var response = isHead || error.Status == HttpStatusCode.NotModified ? Empty(error.Status) : Xml(error.Status, body);
        response.ReasonPhrase = error.Message.Replace('\r', ' ').Replace('\n', ' ');
        response.Headers.Add("x-ms-error-code", error.Code);
        if (error.Resource is not null)
        {
            response.Headers.TryAddWithoutValidation(
                "WWW-Authenticate", "Bearer authorization_uri=https://login.microsoftonline.com/common/oauth2/authorize resource_id=" + error.Resource);
        }

        return response;
    }

    /// <summary>Adds what tells a blob's version.</summary>
    public static HttpResponseMessage WithVersion(this HttpResponseMessage response, StoredBlob blob)
        => response.WithVersion(blob.ETag, blob.LastModified);

    public static HttpResponseMessage WithVersion(this HttpResponseMessage response, string etag, DateTimeOffset lastModified)
    {
        response.Headers.TryAddWithoutValidation("ETag", etag);
        response.Content.Headers.LastModified = lastModified;
        return response;
    }

    public static HttpResponseMessage WithServerEncryption(this HttpResponseMessage response) => response.With("x-ms-request-server-encrypted", "true");

    /// <summary>Adds the sum of what arrived: the one that the request asked to be checked, or else CRC-64.</summary>
    public static HttpResponseMessage WithSum(this HttpResponseMessage response, ContentSum sum)
    {
        if (sum.Md5 is not null)
        {
            response.Content.Headers.ContentMD5 = sum.Md5;
        }

        return sum.Crc64 is null ? response : response.With("x-ms-content-crc64", sum.Crc64);
    }

    public static HttpResponseMessage With(this HttpResponseMessage response, string header, string value)
    {
        response.Headers.TryAddWithoutValidation(header, value);
        return response;
    }

    public static HttpResponseMessage With(this HttpResponseMessage response, string header, long value)
        => response.With(header, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds a lease's state, to answers that tell of it.</summary>
    public static HttpResponseMessage WithLease(this HttpResponseMessage response, BlobLease lease, DateTimeOffset now)
    {
        response.With("x-ms-lease-state", lease.State(now)).With("x-ms-lease-status", lease.IsHeld(now) ? "locked" : "unlocked");
        return lease.DurationKind(now) is { } duration ? response.With("x-ms-lease-duration", duration) : response;
    }

    public static HttpResponseMessage WithMetadata(this HttpResponseMessage response, IEnumerable<KeyValuePair<string, string>> metadata)
    {
        foreach (var entry in metadata)
        {
            response.With("x-ms-meta-" + entry.Key, entry.Value);
        }

        return response;
    }

    /// <summary>Adds what tells a blob's state, as Get Blob and Get Blob Properties do.</summary>
    public static HttpResponseMessage WithProperties(this HttpResponseMessage response, StoredBlob blob, DateTimeOffset now)
    {
        response.WithVersion(blob).WithMetadata(blob.Metadata)
            .With("x-ms-blob-type", blob.Type)
            .With("x-ms-creation-time", blob.Created.ToString("R", CultureInfo.InvariantCulture))
            .With("x-ms-server-encrypted", "true")
            .With("Accept-Ranges", "bytes");
        if (blob.SnapshotTime is null)
        {
            response.WithLease(blob.Lease, now);
        }

        switch (blob)
        {
            case PageBlob pages:
                response.With("x-ms-blob-sequence-number", pages.SequenceNumber);
                break;
            case AppendBlob appended:
                response.With("x-ms-blob-committed-block-count", appended.BlockCount);
                if (appended.IsSealed)
                {
                    response.With("x-ms-blob-sealed", "true");
                }

                break;
            default:
                response.With("x-ms-access-tier", blob.Tier ?? "Hot");
                break;
        }

        if (blob is not BlockBlob && blob.Tier is { } tier)
        {
            response.With("x-ms-access-tier", tier);
        }
        else if (blob is BlockBlob { Tier: null })
        {
            response.With("x-ms-access-tier-inferred", "true");
        }

        if (blob.Tags.Count > 0)
        {
            response.With("x-ms-tag-count", blob.Tags.Count);
        }

        foreach (var (name, value) in CopyHeaders(blob))
        {
            response.With(name, value);
        }

        foreach (var entry in blob.ContentHeaders)
        {
            // Cache-Control belongs to the answer, its siblings to the body.
            if (!response.Content.Headers.TryAddWithoutValidation(entry.Key, entry.Value))
            {
                response.With(entry.Key, entry.Value);
            }
        }

        return response;
    }

    private static IEnumerable<(string Name, string Value)> CopyHeaders(StoredBlob blob)
    {
        if (blob.Copy is not { } copy)
        {
            yield break;
        }

        yield return ("x-ms-copy-id", copy.Id);
        yield return ("x-ms-copy-source", copy.Source);
        yield return ("x-ms-copy-status", copy.Status);
        yield return ("x-ms-copy-progress", Progress(copy));
        if (copy.Completed is { } completed)
        {
            yield return ("x-ms-copy-completion-time", completed.ToString("R", CultureInfo.InvariantCulture));
        }

        if (copy.Problem is { } problem)
        {
            yield return ("x-ms-copy-status-description", problem);
        }

        if (copy.DestinationSnapshot is { } snapshot)
        {
            yield return ("x-ms-copy-destination-snapshot", snapshot);
        }

        if (blob is PageBlob { IsIncrementalCopy: true })
        {
            yield return ("x-ms-incremental-copy", "true");
        }
    }

    /// <summary>Bytes copied of those there are.</summary>
    public static string Progress(BlobCopy copy)
        => string.Format(CultureInfo.InvariantCulture, "{0}/{1}", copy.Status is BlobCopy.Success ? copy.Total : 0, copy.Total);

    /// <summary>A text that XML can hold, whatever came with a request.</summary>
    private static string Printable(string text)
        => string.Concat(text.Select(character => character is '\n' or '\t' || (character >= ' ' && character < '\uD800') ? character : '?'));
}
