using System.Globalization;
using System.Net;
using System.Text;
using System.Xml.Linq;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>List Containers and List Blobs.</summary>
internal sealed class ListOperations(CloudState state)
{
    private const int ListedAtOnce = 5_000;

    private static readonly HashSet<string> Includable = new(StringComparer.OrdinalIgnoreCase)
    {
        "snapshots", "metadata", "uncommittedblobs", "copy", "deleted", "tags", "versions", "deletedwithversions", "immutabilitypolicy", "legalhold", "permissions", "system",
    };

    public HttpResponseMessage ListContainers(CloudRequest request, StorageAccount account)
    {
        var includes = ReadIncludes(request);
        lock (state.Gate)
        {
            var listing = NewListing(request);
            var containers = Page(request, account.Containers.Select(entry => (entry.Key, entry.Value)), out var next).Select(entry => Describe(entry.Item, includes));
            listing.Add(new XElement("Containers", containers), new XElement("NextMarker", next));
            return StorageReply.Xml(HttpStatusCode.OK, listing);
        }
    }

    public HttpResponseMessage ListBlobs(CloudRequest request, StorageAccount account, string name)
    {
        var includes = ReadIncludes(request);
        var delimiter = request.QueryValue("delimiter");
        if (includes.Contains("snapshots") && delimiter.Length > 0)
        {
            throw StorageException.InvalidQuery("include", "snapshots", "Snapshots are not listed by folders.");
        }

        lock (state.Gate)
        {
            var container = account.Containers.TryGetValue(name, out var found) ? found : throw StorageException.ContainerNotFound();
            var listing = NewListing(request);
            listing.SetAttributeValue("ContainerName", name);
            if (delimiter.Length > 0)
            {
                listing.Add(new XElement("Delimiter", delimiter));
            }

            var entries = Entries(request, container, includes);
            var page = Page(request, entries, out var next)
                .Select(entry => entry.Item?.Invoke() ?? new XElement("BlobPrefix", new XElement("Name", entry.Key)));
            listing.Add(new XElement("Blobs", page), new XElement("NextMarker", next));
            return StorageReply.Xml(HttpStatusCode.OK, listing);
        }
    }

    private static HashSet<string> ReadIncludes(CloudRequest request)
    {
        var includes = new HashSet<string>(request.QueryValue("include").Split([','], StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);
        return includes.All(Includable.Contains) ? includes : throw StorageException.InvalidQuery("include", request.QueryValue("include"), "Invalid query parameter value.");
    }

    /// <summary>What a listing shows, in order: blobs behind their snapshots, folders once, as null.</summary>
    private List<(string Key, Func<XElement>? Item)> Entries(CloudRequest request, BlobContainer container, HashSet<string> includes)
    {
        var prefix = request.QueryValue("prefix");
        var delimiter = request.QueryValue("delimiter");
        var names = container.Blobs.Keys.AsEnumerable();
        if (includes.Contains("uncommittedblobs"))
        {
            names = names.Union(container.Uncommitted.Keys, StringComparer.Ordinal).OrderBy(name => name, StringComparer.Ordinal);
        }

        var entries = new List<(string Key, Func<XElement>? Item)>();
        foreach (var name in names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            if (FolderOf(name, prefix, delimiter) is { } folder)
            {
                if (entries.Count == 0 || entries[entries.Count - 1].Key != folder)
                {
                    entries.Add((folder, null));
                }

                continue;
            }

            if (!container.Blobs.TryGetValue(name, out var blob))
            {
                entries.Add((name, () => DescribeUncommitted(name)));
                continue;
            }

            if (includes.Contains("snapshots"))
            {
                foreach (var snapshot in blob.Snapshots.Values)
                {
                    entries.Add((name + "\0" + snapshot.SnapshotTime, () => Describe(snapshot, includes)));
                }
            }

            entries.Add((name + "\0~", () => Describe(blob, includes)));
        }

        return entries;
    }

    private static XElement NewListing(CloudRequest request)
    {
        var listing = new XElement("EnumerationResults", new XAttribute("ServiceEndpoint", request.Uri.GetLeftPart(UriPartial.Authority) + "/"));
        foreach (var (parameter, element) in new[] { ("prefix", "Prefix"), ("marker", "Marker"), ("maxresults", "MaxResults") })
        {
            if (request.QueryValue(parameter) is { Length: > 0 } value)
            {
                listing.Add(new XElement(element, value));
            }
        }

        return listing;
    }

    /// <summary>What a listing by folders shows in the place of a blob: its name up to the next delimiter after the prefix. Null for the blob itself.</summary>
    private static string? FolderOf(string name, string prefix, string delimiter)
    {
        var end = delimiter.Length == 0 ? -1 : name.IndexOf(delimiter, prefix.Length, StringComparison.Ordinal);
        return end < 0 ? null : name.Substring(0, end + delimiter.Length);
    }

    /// <summary>As many as an answer has. The marker of the next is opaque: the key in base64, which holds what XML can't.</summary>
    private static List<(string Key, T Item)> Page<T>(CloudRequest request, IEnumerable<(string Key, T Item)> all, out string next)
    {
        var prefix = request.QueryValue("prefix");
        var marker = ReadMarker(request.QueryValue("marker"));
        var most = ListedAtOnce;
        if (request.QueryValue("maxresults") is { Length: > 0 } text)
        {
            most = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var asked) && asked > 0
                ? Math.Min(asked, ListedAtOnce)
                : throw OutOfRange(text);
        }

        var matching = all
            .Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(entry.Key, marker) >= 0)
            .Take(most + 1)
            .ToList();
        next = matching.Count > most ? Convert.ToBase64String(Encoding.UTF8.GetBytes(matching[most].Key)) : "";
        return matching.Take(most).ToList();
    }

    private static string ReadMarker(string marker)
    {
        try
        {
            return Encoding.UTF8.GetString(Convert.FromBase64String(marker));
        }
        catch (FormatException)
        {
            throw StorageException.InvalidQuery("marker", marker, "Invalid marker.");
        }
    }

    private static StorageException OutOfRange(string value)
        => new(HttpStatusCode.BadRequest, "OutOfRangeQueryParameterValue", "One of the query parameters specified in the request URI is outside the permissible range.")
        {
            Details = [("QueryParameterName", "maxresults"), ("QueryParameterValue", value), ("MinimumAllowed", "1"), ("MaximumAllowed", "2147483647")],
        };

    private static string Date(DateTimeOffset time) => time.ToString("R", CultureInfo.InvariantCulture);

    private static XElement DescribeMetadata(Dictionary<string, string> metadata) => new("Metadata", metadata.Select(entry => new XElement(entry.Key, entry.Value)));

    private static XElement DescribeUncommitted(string name)
        => new("Blob", new XElement("Name", name), new XElement("Properties", new XElement("Content-Length", 0), new XElement("BlobType", BlockBlob.TypeName)));

    private XElement Describe(BlobContainer container, HashSet<string> includes)
    {
        var properties = new XElement(
            "Properties",
            new XElement("Last-Modified", Date(container.LastModified)),
            new XElement("Etag", container.ETag),
            new XElement("LeaseStatus", container.Lease.IsHeld(state.Now) ? "locked" : "unlocked"),
            new XElement("LeaseState", container.Lease.State(state.Now)),
            new XElement("DefaultEncryptionScope", "$account-encryption-key"),
            new XElement("DenyEncryptionScopeOverride", "false"),
            new XElement("HasImmutabilityPolicy", "false"),
            new XElement("HasLegalHold", "false"));
        var element = new XElement("Container", new XElement("Name", container.Name), properties);
        if (includes.Contains("metadata"))
        {
            element.Add(DescribeMetadata(container.Metadata));
        }

        return element;
    }

    private XElement Describe(StoredBlob blob, HashSet<string> includes)
    {
        blob.Copy?.Poll(state.Now);
        var element = new XElement("Blob", new XElement("Name", blob.Name));
        if (blob.SnapshotTime is { } time)
        {
            element.Add(new XElement("Snapshot", time));
        }

        element.Add(DescribeProperties(blob, includes.Contains("copy")));
        if (includes.Contains("metadata"))
        {
            element.Add(DescribeMetadata(blob.Metadata));
        }

        if (includes.Contains("tags") && blob.Tags.Count > 0)
        {
            element.Add(BlobTags.Describe(blob));
        }

        return element;
    }

    private XElement DescribeProperties(StoredBlob blob, bool withCopy)
    {
        var properties = new XElement(
            "Properties",
            new XElement("Creation-Time", Date(blob.Created)),
            new XElement("Last-Modified", Date(blob.LastModified)),
            new XElement("Etag", blob.ETag.Trim('"')),
            new XElement("Content-Length", blob.Data.Length));
        properties.Add(new[] { "Content-Type", "Content-Encoding", "Content-Language", "Content-MD5", "Cache-Control", "Content-Disposition" }
            .Select(name => new XElement(name, blob.ContentHeaders.TryGetValue(name, out var value) ? value : "")));
        if (blob is PageBlob pages)
        {
            properties.Add(new XElement("x-ms-blob-sequence-number", pages.SequenceNumber));
        }

        properties.Add(new XElement("BlobType", blob.Type));
        if (blob.Tier is not null || blob is BlockBlob)
        {
            properties.Add(new XElement("AccessTier", blob.Tier ?? "Hot"), new XElement("AccessTierInferred", blob.Tier is null ? "true" : "false"));
        }

        if (blob.SnapshotTime is null)
        {
            properties.Add(new XElement("LeaseStatus", blob.Lease.IsHeld(state.Now) ? "locked" : "unlocked"), new XElement("LeaseState", blob.Lease.State(state.Now)));
        }

        if (withCopy && blob.Copy is { } copy)
        {
            properties.Add(
                new XElement("CopyId", copy.Id), new XElement("CopySource", copy.Source), new XElement("CopyStatus", copy.Status), new XElement("CopyProgress", StorageReply.Progress(copy)));
            if (copy.Completed is { } completed)
            {
                properties.Add(new XElement("CopyCompletionTime", Date(completed)));
            }
        }

        if (blob.Tags.Count > 0)
        {
            properties.Add(new XElement("TagCount", blob.Tags.Count));
        }

        properties.Add(new XElement("ServerEncrypted", "true"));
        return properties;
    }
}
