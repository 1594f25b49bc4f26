namespace AzImageTools.Services.Upload.Target;

/// <summary>A page blob, by the key of its storage account. Needs no session.</summary>
public sealed record AccountKeyTarget : UploadTarget
{
    /// <summary>Names the blob.</summary>
    /// <param name="blob">Its address.</param>
    /// <param name="accountName">The storage account.</param>
    /// <param name="key">The account's key in base64, a secret.</param>
    internal AccountKeyTarget(Uri blob, string accountName, string key)
    {
        Uri = SecretText.WithoutQuery(blob);
        AccountName = accountName;
        Key = key;
    }

    /// <summary>The blob's address.</summary>
    public Uri Uri { get; }

    /// <inheritdoc/>
    public override string Description => $"page blob '{Uri.AbsoluteUri}'";

    /// <summary>The storage account.</summary>
    public string AccountName { get; }

    /// <summary>The account's key. It signs requests, and is never sent.</summary>
    internal string Key { get; }

    /// <summary>Never the key.</summary>
    public override string ToString() => Uri.AbsoluteUri;
}
