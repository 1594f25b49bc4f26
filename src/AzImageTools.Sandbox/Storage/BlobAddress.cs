namespace AzImageTools.Sandbox.Storage;

/// <summary>Finds the blob of an address.</summary>
internal static class BlobAddress
{
    /// <summary>Null where there is no such account, container or blob.</summary>
    public static PageBlob? Find(CloudState state, Uri uri)
    {
        var path = uri.AbsolutePath.TrimStart('/');
        var slash = path.IndexOf('/');
        var dot = uri.Host.IndexOf('.');
        if (slash < 0 || dot < 0 || !BlobService.IsBlobHost(uri.Host))
        {
            return null;
        }

        lock (state.Gate)
        {
            return state.Accounts.TryGetValue(uri.Host.Substring(0, dot), out var account)
                && account.Containers.TryGetValue(Uri.UnescapeDataString(path.Substring(0, slash)), out var container)
                && container.Blobs.TryGetValue(Uri.UnescapeDataString(path.Substring(slash + 1)), out var blob)
                ? blob
                : null;
        }
    }
}
