using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage;

/// <summary>Containers and what is listed.</summary>
internal sealed class ContainerOperations(CloudState state)
{
    private const int ListedAtOnce = 5_000;

    private static readonly Regex NameRule = new("^[a-z0-9](?:-?[a-z0-9])*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

    public HttpResponseMessage Create(CloudRequest request, StorageAccount account, string name)
    {
        if (name.Length is < 3 or > 63 || !NameRule.IsMatch(name))
        {
            throw StorageException.BadRequest("InvalidResourceName", "The specified resource name contains invalid characters.");
        }

        lock (state.Gate)
        {
            if (account.Containers.ContainsKey(name))
            {
                throw StorageException.Conflict("ContainerAlreadyExists", "The specified container already exists.");
            }

            var container = new BlobContainer(name, state.Now) { Metadata = BlobOperations.ReadMetadata(request) };
            account.Containers.Add(name, container);
            return StorageReply.Empty(HttpStatusCode.Created).WithVersion(container.ETag, container.LastModified);
        }
    }

    public HttpResponseMessage GetProperties(StorageAccount account, string name)
    {
        lock (state.Gate)
        {
            var container = Find(account, name);
            var response = StorageReply.Empty(HttpStatusCode.OK).WithVersion(container.ETag, container.LastModified);
            response.Headers.Add("x-ms-lease-status", "unlocked");
            response.Headers.Add("x-ms-lease-state", "available");
            response.Headers.Add("x-ms-has-immutability-policy", "false");
            response.Headers.Add("x-ms-has-legal-hold", "false");
            foreach (var entry in container.Metadata)
            {
                response.Headers.TryAddWithoutValidation("x-ms-meta-" + entry.Key, entry.Value);
            }

            return response;
        }
    }

    public HttpResponseMessage Delete(StorageAccount account, string name)
    {
        lock (state.Gate)
        {
            var container = Find(account, name);
            account.Containers.Remove(name);
            foreach (var blob in container.Blobs.Values)
            {
                blob.Dispose();
            }

            return StorageReply.Empty(HttpStatusCode.Accepted);
        }
    }

    public HttpResponseMessage ListContainers(CloudRequest request, StorageAccount account)
    {
        lock (state.Gate)
        {
            var listing = NewListing(request, account);
            var containers = Page(request, account.Containers, out var next).Select(entry => entry.Value).Select(container => new XElement(
                "Container",
                new XElement("Name", container.Name),
                new XElement(
                    "Properties",
                    new XElement("Last-Modified", container.LastModified.ToString("R", CultureInfo.InvariantCulture)),
                    new XElement("Etag", container.ETag),
                    new XElement("LeaseStatus", "unlocked"),
                    new XElement("LeaseState", "available"))));
            listing.Add(new XElement("Containers", containers), new XElement("NextMarker", next));
            return StorageReply.Xml(HttpStatusCode.OK, listing);
        }
    }

    public HttpResponseMessage ListBlobs(CloudRequest request, StorageAccount account, string name)
    {
        var withMetadata = request.QueryValue("include").Split(',').Contains("metadata", StringComparer.OrdinalIgnoreCase);
        lock (state.Gate)
        {
            var container = Find(account, name);
            var listing = NewListing(request, account);
            listing.SetAttributeValue("ContainerName", name);
            var entries = new SortedDictionary<string, PageBlob?>(StringComparer.Ordinal);
            foreach (var blob in container.Blobs.Values)
            {
                var folder = FolderOf(blob.Name, request.QueryValue("prefix"), request.QueryValue("delimiter"));
                entries[folder ?? blob.Name] = folder is null ? blob : null;
            }

            var found = Page(request, entries, out var next).Select(entry => entry.Value is { } blob
                ? Describe(blob, withMetadata)
                : new XElement("BlobPrefix", new XElement("Name", entry.Key)));
            listing.Add(new XElement("Blobs", found), new XElement("NextMarker", next));
            return StorageReply.Xml(HttpStatusCode.OK, listing);
        }
    }

    private static BlobContainer Find(StorageAccount account, string name)
        => account.Containers.TryGetValue(name, out var container)
            ? container
            : throw StorageException.NotFound("ContainerNotFound", "The specified container does not exist.");

    private static XElement NewListing(CloudRequest request, StorageAccount account)
        => new XElement(
            "EnumerationResults",
            new XAttribute("ServiceEndpoint", request.Uri.GetLeftPart(UriPartial.Authority) + "/"),
            new XElement("Prefix", request.QueryValue("prefix")),
            new XElement("AccountName", account.Name));

    /// <summary>What a listing by folders shows in the place of a blob: its name up to the next delimiter after the prefix. Null for the blob itself.</summary>
    private static string? FolderOf(string name, string prefix, string delimiter)
    {
        var end = delimiter.Length == 0 || !name.StartsWith(prefix, StringComparison.Ordinal) ? -1 : name.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
        return end < 0 ? null : name.Substring(0, end + delimiter.Length);
    }

    private static List<KeyValuePair<string, T>> Page<T>(CloudRequest request, SortedDictionary<string, T> all, out string next)
    {
        var prefix = request.QueryValue("prefix");
        var marker = request.QueryValue("marker");
        var most = int.TryParse(request.QueryValue("maxresults"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0
            ? Math.Min(asked, ListedAtOnce)
            : ListedAtOnce;
        var matching = all
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(entry.Key, marker) >= 0)
            .Take(most + 1)
            .ToList();
        next = matching.Count > most ? matching[most].Key : "";
        return matching.Take(most).ToList();
    }

    private XElement Describe(PageBlob blob, bool withMetadata)
    {
        var element = new XElement(
            "Blob",
            new XElement("Name", blob.Name),
            new XElement(
                "Properties",
                new XElement("Creation-Time", blob.Created.ToString("R", CultureInfo.InvariantCulture)),
                new XElement("Last-Modified", blob.LastModified.ToString("R", CultureInfo.InvariantCulture)),
                new XElement("Etag", blob.ETag.Trim('"')),
                new XElement("Content-Length", blob.Data.Length),
                new XElement("Content-Type", blob.ContentHeaders.TryGetValue("Content-Type", out var type) ? type : ""),
                new XElement("x-ms-blob-sequence-number", blob.SequenceNumber),
                new XElement("BlobType", "PageBlob"),
                new XElement("LeaseStatus", blob.Lease.IsHeld(state.Now) ? "locked" : "unlocked"),
                new XElement("LeaseState", blob.Lease.State(state.Now)),
                new XElement("ServerEncrypted", "true")));
        if (withMetadata)
        {
            element.Add(new XElement("Metadata", blob.Metadata.Select(entry => new XElement(entry.Key, entry.Value))));
        }

        return element;
    }
}
