namespace AzImageTools.Sandbox.Storage;

/// <summary>The account, container and blob that an address names.</summary>
/// <param name="Account">The account's name.</param>
/// <param name="Container">The container's name; empty for none.</param>
/// <param name="Blob">The blob's name; null for none.</param>
internal sealed record BlobAddress(string Account, string Container, string? Blob)
{
    /// <summary>Whether a host is a storage account's blob endpoint, in any of Azure's clouds.</summary>
    public static bool IsBlobHost(string host) => host.IndexOf(".blob.core.", StringComparison.OrdinalIgnoreCase) > 0;

    /// <summary>Whether a host belongs to a managed disk's signature.</summary>
    public static bool IsManagedDiskHost(string host)
        => host.StartsWith("md-", StringComparison.OrdinalIgnoreCase) && host.IndexOf(".blob.", StringComparison.OrdinalIgnoreCase) > 0;

    /// <summary>Takes an address at a storage account apart.</summary>
    public static BlobAddress Parse(Uri uri)
    {
        var path = uri.AbsolutePath.TrimStart('/');
        var slash = path.IndexOf('/');
        var container = Uri.UnescapeDataString(slash < 0 ? path : path.Substring(0, slash));
        var blob = slash < 0 || slash == path.Length - 1 ? null : Uri.UnescapeDataString(path.Substring(slash + 1));
        return new BlobAddress(uri.Host.Substring(0, uri.Host.IndexOf('.')), container, blob);
    }

    /// <summary>The page blob of an address; null where there is no such account, container or blob.</summary>
    public static PageBlob? Find(CloudState state, Uri uri)
    {
        if (!IsBlobHost(uri.Host))
        {
            return null;
        }

        var address = Parse(uri);
        lock (state.Gate)
        {
            return address.Blob is not null
                && state.Accounts.TryGetValue(address.Account, out var account)
                && account.Containers.TryGetValue(address.Container, out var container)
                && container.Blobs.TryGetValue(address.Blob, out var blob)
                ? blob as PageBlob
                : null;
        }
    }
}
