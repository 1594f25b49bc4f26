namespace AzImageTools.Sandbox.Storage;

/// <summary>The blob service of a storage account. Used under the cloud's lock, but for what it is signed with.</summary>
internal sealed class StorageAccount
{
    /// <summary>In bytes: an account key is 512 bits (Microsoft Learn, "Manage storage account access keys").</summary>
    private const int KeySize = 64;

    public StorageAccount(string name, DateTimeOffset now)
        : this(name, [new("key1", Secrets.Create(KeySize), now), new("key2", Secrets.Create(KeySize), now)], Secrets.Create(32))
    {
    }

    /// <param name="name">The account's name.</param>
    /// <param name="keys">Two.</param>
    /// <param name="delegationSecret">What keys of user delegations are made of.</param>
    public StorageAccount(string name, IReadOnlyList<AccountKey> keys, byte[] delegationSecret)
    {
        Name = name;
        Keys = keys;
        DelegationSecret = delegationSecret;
    }

    public string Name { get; }

    /// <summary>The two keys; replaced as a whole.</summary>
    public IReadOnlyList<AccountKey> Keys { get; private set; }

    /// <summary>What keys of user delegations are made of.</summary>
    public byte[] DelegationSecret { get; private set; }

    /// <summary>What Resource Manager has said of it; replaced as a whole.</summary>
    public AccountSettings Settings { get; set; } = new();

    /// <summary>The XML of Set Blob Service Properties; null for what an account starts with.</summary>
    public string? ServiceProperties { get; set; }

    public SortedDictionary<string, BlobContainer> Containers { get; } = new(StringComparer.Ordinal);

    /// <summary>Makes a key anew.</summary>
    /// <returns>Whether there is one of that name.</returns>
    public bool Regenerate(string keyName, DateTimeOffset now)
    {
        if (!Keys.Any(key => string.Equals(key.Name, keyName, StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        Keys = [.. Keys.Select(key => string.Equals(key.Name, keyName, StringComparison.OrdinalIgnoreCase) ? new AccountKey(key.Name, Secrets.Create(KeySize), now) : key)];
        return true;
    }

    /// <summary>Ends all keys of user delegations, and what was signed with them.</summary>
    public void RevokeDelegations() => DelegationSecret = Secrets.Create(32);
}

/// <summary>A key of a storage account.</summary>
/// <param name="Name">key1 or key2.</param>
/// <param name="Value">512 bits.</param>
/// <param name="Created">When it was made.</param>
internal sealed record AccountKey(string Name, byte[] Value, DateTimeOffset Created);

/// <summary>What a storage account's document says that the blob service heeds.</summary>
internal sealed record AccountSettings
{
    /// <summary>The account's resource id, which roles are assigned at.</summary>
    public string ResourceId { get; init; } = "";

    /// <summary>Whether account keys, and signatures made with them, are taken.</summary>
    public bool AllowsKeys { get; init; } = true;

    /// <summary>Whether network rules let the sandbox's clients in.</summary>
    public bool IsReachable { get; init; } = true;

    public string Sku { get; init; } = "Standard_LRS";

    public string Kind { get; init; } = "StorageV2";

    public bool IsHierarchical { get; init; }
}
