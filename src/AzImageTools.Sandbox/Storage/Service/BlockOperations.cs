using System.Net;
using System.Xml.Linq;

namespace AzImageTools.Sandbox.Storage.Service;

/// <summary>Put Block, Put Block List and Get Block List.</summary>
internal sealed class BlockOperations(CloudState state, CopySources sources)
{
    /// <summary>REST reference, Put Block List.</summary>
    private const int MostBlocks = 50_000;

    /// <summary>In bytes, before base64.</summary>
    private const int LongestId = 64;

    public HttpResponseMessage Put(BlobTarget target)
    {
        var request = target.Request;
        var id = ReadId(target);
        if (request.Body.IsTooLarge)
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
            CheckTarget(target);
        }

        var data = state.Folder.Create(target.Name, request.Body.Length);
        data.Write(new PageRange(0, request.Body.Length), request.Body.Buffer);
        return Add(target, id, data, sum);
    }

    /// <summary>Put Block From URL.</summary>
    public HttpResponseMessage PutFromUrl(BlobTarget target)
    {
        var id = ReadId(target);
        lock (state.Gate)
        {
            CheckTarget(target);
        }

        var source = sources.Open(target);
        var whole = new PageRange(0, source.Data.Length);
        var range = ByteRange.Parse(target.Request.Header("x-ms-source-range"), "x-ms-source-range") is { } asked ? ByteRange.Cut(asked, whole.End) : whole;
        if (range.Length is 0 or > Wire.RequestBody.Limit)
        {
            throw StorageException.InvalidHeader("x-ms-source-range");
        }

        var bytes = new byte[range.Length];
        source.Data.ReadExactly(range.Start, bytes);
        var sum = ContentSum.Check(target.Request, bytes, "x-ms-source-content-md5", "x-ms-source-content-crc64");
        var data = state.Folder.Create(target.Name, range.Length);
        data.Write(new PageRange(0, range.Length), bytes);
        return Add(target, id, data, sum);
    }

    public HttpResponseMessage PutList(BlobTarget target)
    {
        var request = target.Request;
        _ = ContentSum.Check(request, request.Body.Span);
        var wanted = XmlBody.Read(request, "BlockList").Elements().Select(element => (Kind: element.Name.LocalName, Id: element.Value.Trim())).ToList();
        if (wanted.Count > MostBlocks)
        {
            throw StorageException.BadRequest("BlockListTooLong", "The block list may not contain more than 50,000 blocks.");
        }

        var metadata = BlobHeaders.ReadMetadata(request);
        var headers = BlobHeaders.ReadContent(request);
        var tags = BlobTags.ReadHeader(request);
        lock (state.Gate)
        {
            CheckTarget(target);
            if (target.Existing is not null)
            {
                target.CheckCreate();
            }
            else
            {
                BlobConditions.CheckMissing(request);
            }

            var parts = wanted.ConvertAll(entry => FindBlock(target, entry.Kind, entry.Id));
            var blob = Assemble(target, wanted.ConvertAll(entry => entry.Id), parts);
            blob.Metadata = metadata;
            blob.ContentHeaders = headers;
            blob.Tags = tags;
            blob.Tier = BlobHeaders.ReadTier(request, blob.Type);
            target.Put(blob);
            return StorageReply.Empty(HttpStatusCode.Created).WithVersion(blob).WithServerEncryption();
        }
    }

    public HttpResponseMessage GetList(BlobTarget target)
    {
        var kind = target.Request.QueryValue("blocklisttype").ToLowerInvariant();
        if (kind is not ("" or "committed" or "uncommitted" or "all"))
        {
            throw StorageException.InvalidQuery("blocklisttype", kind);
        }

        lock (state.Gate)
        {
            var uncommitted = target.Container.Uncommitted.TryGetValue(target.Name, out var waiting) ? waiting : null;
            var blob = uncommitted is null || target.Existing is not null ? target.Find() : null;
            if (blob is not (null or BlockBlob))
            {
                throw BlobTarget.WrongType();
            }

            var list = new XElement("BlockList");
            if (kind is not "uncommitted")
            {
                list.Add(new XElement("CommittedBlocks", ((blob as BlockBlob)?.Blocks ?? []).Select(block => Describe(block.Id, block.Length))));
            }

            if (kind is "uncommitted" or "all")
            {
                list.Add(new XElement("UncommittedBlocks", uncommitted?.Blocks.Select(block => Describe(block.Id, block.Data.Length))));
            }

            var response = StorageReply.Xml(HttpStatusCode.OK, list);
            return blob is null ? response : response.WithVersion(blob).With("x-ms-blob-content-length", blob.Data.Length);
        }
    }

    private static XElement Describe(string id, long length) => new("Block", new XElement("Name", id), new XElement("Size", length));

    private static string ReadId(BlobTarget target)
    {
        var id = target.Request.QueryValue("blockid");
        try
        {
            return Convert.FromBase64String(id).Length is > 0 and <= LongestId ? id : throw new FormatException();
        }
        catch (FormatException)
        {
            throw StorageException.InvalidQuery("blockid", id, "Not a valid base64 string of at most 64 bytes.");
        }
    }

    private static (PageData Data, long Offset, long Length) FindBlock(BlobTarget target, string kind, string id)
    {
        if (kind is "Uncommitted" or "Latest" && target.Container.Uncommitted.TryGetValue(target.Name, out var uncommitted)
            && uncommitted.Blocks.Find(block => string.Equals(block.Id, id, StringComparison.Ordinal)) is { Data: { } data })
        {
            return (data, 0, data.Length);
        }

        if (kind is "Committed" or "Latest" && target.Existing is BlockBlob blob && blob.Blocks.FirstOrDefault(block => string.Equals(block.Id, id, StringComparison.Ordinal)) is { } committed)
        {
            return (blob.Data, committed.Offset, committed.Length);
        }

        throw StorageException.BadRequest("InvalidBlockList", "The specified block list is invalid.");
    }

    private void CheckTarget(BlobTarget target)
    {
        _ = target.Container;
        if (target.Existing is { } existing)
        {
            existing.Lease.CheckWrite(target.Request.Header("x-ms-lease-id"), state.Now);
            if (existing is not BlockBlob)
            {
                throw BlobTarget.WrongType();
            }
        }
    }

    private HttpResponseMessage Add(BlobTarget target, string id, PageData data, ContentSum sum)
    {
        lock (state.Gate)
        {
            var waiting = target.Container.Uncommitted;
            if (!waiting.TryGetValue(target.Name, out var blocks))
            {
                waiting.Add(target.Name, blocks = new UncommittedBlocks());
            }

            if (blocks.Blocks.Exists(block => block.Id.Length != id.Length))
            {
                data.Dispose();
                throw StorageException.BadRequest("InvalidBlobOrBlock", "The specified blob or block content is invalid.");
            }

            blocks.Put(id, data);
            return StorageReply.Empty(HttpStatusCode.Created).WithServerEncryption().WithSum(sum);
        }
    }

    private BlockBlob Assemble(BlobTarget target, List<string> ids, List<(PageData Data, long Offset, long Length)> parts)
    {
        var data = state.Folder.Create(target.Name, parts.Sum(part => part.Length));
        var blocks = new List<CommittedBlock>(parts.Count);
        long position = 0;
        foreach (var (id, part) in ids.Zip(parts, (id, part) => (id, part)))
        {
            data.CopyFrom(part.Data, part.Offset, position, part.Length);
            blocks.Add(new CommittedBlock(id, position, part.Length));
            position += part.Length;
        }

        return new BlockBlob(target.Name, data, state.Now) { Blocks = blocks };
    }
}
