namespace AzImageTools.Sandbox.Storage;

/// <summary>The blob service of a storage account. Used under the cloud's lock.</summary>
internal sealed class StorageAccount(string name)
{
    public string Name { get; } = name;

    public SortedDictionary<string, BlobContainer> Containers { get; } = new(StringComparer.Ordinal);
}

/// <summary>A container of a storage account. Used under the cloud's lock.</summary>
internal sealed class BlobContainer(string name, DateTimeOffset created)
{
    public string Name { get; } = name;

    public DateTimeOffset LastModified { get; } = created;

    public string ETag { get; } = PageBlob.NextETag();

    public Dictionary<string, string> Metadata { get; init; } = new(StringComparer.OrdinalIgnoreCase);

    public SortedDictionary<string, PageBlob> Blobs { get; } = new(StringComparer.Ordinal);
}
