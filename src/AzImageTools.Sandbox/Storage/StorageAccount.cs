namespace AzImageTools.Sandbox.Storage;

/// <summary>The blob service of a storage account. Used under the cloud's lock.</summary>
internal sealed class StorageAccount(string name)
{
    public string Name { get; } = name;

    public SortedDictionary<string, BlobContainer> Containers { get; } = new(StringComparer.Ordinal);
}
