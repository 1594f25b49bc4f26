using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Xml.Linq;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Makes the answers of blob storage.</summary>
internal static class StorageReply
{
    public static HttpResponseMessage Empty(HttpStatusCode status)
        => new HttpResponseMessage(status) { Content = new ByteArrayContent([]) };

    public static HttpResponseMessage Xml(HttpStatusCode status, XElement root)
    {
        var text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>" + root.ToString(SaveOptions.DisableFormatting);
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/xml");
        return new HttpResponseMessage(status) { Content = content };
    }

    public static HttpResponseMessage Error(StorageException error, string requestId, bool isHead)
    {
        var detail = error.Message + "\nRequestId:" + requestId;
        var response = isHead || error.Status == HttpStatusCode.NotModified
            ? Empty(error.Status)
            : Xml(error.Status, new XElement("Error", new XElement("Code", error.Code), new XElement("Message", detail)));
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
    public static HttpResponseMessage WithVersion(this HttpResponseMessage response, PageBlob blob)
        => response.WithVersion(blob.ETag, blob.LastModified);

    public static HttpResponseMessage WithVersion(this HttpResponseMessage response, string etag, DateTimeOffset lastModified)
    {
        response.Headers.TryAddWithoutValidation("ETag", etag);
        response.Content.Headers.LastModified = lastModified;
        return response;
    }

    public static HttpResponseMessage WithServerEncryption(this HttpResponseMessage response)
    {
        response.Headers.Add("x-ms-request-server-encrypted", "true");
        return response;
    }

    /// <summary>Adds what tells a blob's state, as Get Blob and Get Blob Properties do.</summary>
    public static HttpResponseMessage WithProperties(this HttpResponseMessage response, PageBlob blob, DateTimeOffset now)
    {
        response.WithVersion(blob);
        var headers = response.Headers;
        headers.Add("x-ms-blob-type", "PageBlob");
        headers.Add("x-ms-blob-sequence-number", blob.SequenceNumber.ToString(CultureInfo.InvariantCulture));
        headers.Add("x-ms-creation-time", blob.Created.ToString("R", CultureInfo.InvariantCulture));
        headers.Add("x-ms-server-encrypted", "true");
        headers.Add("Accept-Ranges", "bytes");
        var state = blob.Lease.State(now);
        headers.Add("x-ms-lease-state", state);
        headers.Add("x-ms-lease-status", blob.Lease.IsHeld(now) ? "locked" : "unlocked");
        if (blob.Lease.DurationKind(now) is { } duration)
        {
            headers.Add("x-ms-lease-duration", duration);
        }

        foreach (var entry in blob.Metadata)
        {
            headers.TryAddWithoutValidation("x-ms-meta-" + entry.Key, entry.Value);
        }

        foreach (var entry in blob.ContentHeaders)
        {
            // Cache-Control belongs to the answer, its siblings to the body.
            if (!response.Content.Headers.TryAddWithoutValidation(entry.Key, entry.Value))
            {
                headers.TryAddWithoutValidation(entry.Key, entry.Value);
            }
        }

        return response;
    }
}
