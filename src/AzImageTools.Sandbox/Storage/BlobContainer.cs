namespace AzImageTools.Sandbox.Storage;

/// <summary>A container of a storage account. Used under the cloud's lock.</summary>
internal sealed class BlobContainer(string name, DateTimeOffset created) : IDisposable
{
    public string Name { get; } = name;

    public DateTimeOffset LastModified { get; private set; } = created;

    public string ETag { get; private set; } = StoredBlob.NextETag();

    public BlobLease Lease { get; } = new("Container");

    public Dictionary<string, string> Metadata { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public SortedDictionary<string, StoredBlob> Blobs { get; } = new(StringComparer.Ordinal);

    /// <summary>Blocks that were put and not yet committed, by the blob's name.</summary>
    public SortedDictionary<string, UncommittedBlocks> Uncommitted { get; } = new(StringComparer.Ordinal);

    public void Touch(DateTimeOffset now)
    {
        LastModified = now;
        ETag = StoredBlob.NextETag();
    }

    public void Restore(DateTimeOffset lastModified, string etag)
    {
        LastModified = lastModified;
        ETag = etag;
    }

    /// <summary>Drops the blocks of a blob that were not committed.</summary>
    public void DropUncommitted(string name)
    {
        if (Uncommitted.TryGetValue(name, out var blocks))
        {
            Uncommitted.Remove(name);
            blocks.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var blob in Blobs.Values)
        {
            blob.Dispose();
        }

        foreach (var blocks in Uncommitted.Values)
        {
            blocks.Dispose();
        }
    }
}

/// <summary>The blocks of one blob that were put and not yet committed. Used under the cloud's lock.</summary>
internal sealed class UncommittedBlocks : IDisposable
{
    /// <summary>In the order in which they came.</summary>
    public List<(string Id, PageData Data)> Blocks { get; } = [];

    /// <summary>Adds a block, in the place of one of the same id.</summary>
    public void Put(string id, PageData data)
    {
        var index = Blocks.FindIndex(block => string.Equals(block.Id, id, StringComparison.Ordinal));
        if (index < 0)
        {
            Blocks.Add((id, data));
            return;
        }

        Blocks[index].Data.Dispose();
        Blocks[index] = (id, data);
    }

    public void Dispose()
    {
        foreach (var (_, data) in Blocks)
        {
            data.Dispose();
        }
    }
}
