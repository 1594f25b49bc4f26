using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Storage.Keeping;

/// <summary>Storage accounts with their keys, containers and blobs.</summary>
internal sealed class KeptAccounts(CloudState state) : IKeptPart
{
    public string Name => "storageAccounts";

    public JsonNode Save() => KeptJson.Save(state.Accounts.Values.Select(KeptAccount.Of).ToArray());

    public void Load(JsonNode saved)
    {
        foreach (var account in KeptJson.Load<KeptAccount[]>(saved))
        {
            state.Accounts.Add(account.Name, account.Open(state.Folder));
        }
    }
}

/// <summary>A storage account.</summary>
internal sealed record KeptAccount
{
    public required string Name { get; init; }

    public required AccountKey[] Keys { get; init; }

    public required byte[] DelegationSecret { get; init; }

    public required AccountSettings Settings { get; init; }

    public string? ServiceProperties { get; init; }

    public required KeptContainer[] Containers { get; init; }

    public static KeptAccount Of(StorageAccount account) => new()
    {
        Name = account.Name,
        Keys = [.. account.Keys],
        DelegationSecret = account.DelegationSecret,
        Settings = account.Settings,
        ServiceProperties = account.ServiceProperties,
        Containers = [.. account.Containers.Values.Select(KeptContainer.Of)],
    };

    public StorageAccount Open(PageFolder folder)
    {
        var account = new StorageAccount(Name, Keys, DelegationSecret) { Settings = Settings, ServiceProperties = ServiceProperties };
        foreach (var container in Containers)
        {
            account.Containers.Add(container.Name, container.Open(folder));
        }

        return account;
    }
}

/// <summary>A container with its blobs.</summary>
internal sealed record KeptContainer
{
    public required string Name { get; init; }

    public required DateTimeOffset LastModified { get; init; }

    public required string ETag { get; init; }

    public required Dictionary<string, string> Metadata { get; init; }

    public KeptLease? Lease { get; init; }

    public required KeptBlob[] Blobs { get; init; }

    public KeptBlock[]? Uncommitted { get; init; }

    public static KeptContainer Of(BlobContainer container) => new()
    {
        Name = container.Name,
        LastModified = container.LastModified,
        ETag = container.ETag,
        Metadata = new Dictionary<string, string>(container.Metadata, StringComparer.OrdinalIgnoreCase),
        Lease = KeptLease.Of(container.Lease),
        Blobs = [.. container.Blobs.Values.Select(KeptBlob.Of)],
        Uncommitted = container.Uncommitted.Count == 0
            ? null
            : [.. container.Uncommitted.SelectMany(entry => entry.Value.Blocks.Select(block => new KeptBlock(entry.Key, block.Id, KeptPages.Of(block.Data))))],
    };

    public BlobContainer Open(PageFolder folder)
    {
        var container = new BlobContainer(Name, LastModified) { Metadata = new Dictionary<string, string>(Metadata, StringComparer.OrdinalIgnoreCase) };
        container.Restore(LastModified, ETag);
        Lease?.Restore(container.Lease);
        foreach (var blob in Blobs)
        {
            container.Blobs.Add(blob.Name, blob.Open(folder));
        }

        foreach (var block in Uncommitted ?? [])
        {
            if (!container.Uncommitted.TryGetValue(block.Blob, out var blocks))
            {
                container.Uncommitted.Add(block.Blob, blocks = new UncommittedBlocks());
            }

            blocks.Put(block.Id, block.Pages.Open(folder));
        }

        return container;
    }
}

/// <summary>A block that was put and not yet committed.</summary>
/// <param name="Blob">The blob's name.</param>
/// <param name="Id">The block's id.</param>
/// <param name="Pages">Its bytes.</param>
internal sealed record KeptBlock(string Blob, string Id, KeptPages Pages);
