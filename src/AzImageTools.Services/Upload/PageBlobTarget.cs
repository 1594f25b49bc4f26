namespace AzImageTools.Services.Upload;

/// <summary>A page blob, by the session's credential.</summary>
/// <param name="AccountName">The storage account.</param>
/// <param name="Container">A container that is there.</param>
/// <param name="BlobName">The blob's name.</param>
public sealed record PageBlobTarget(string AccountName, string Container, string BlobName) : UploadTarget
{
    /// <summary>Where the account's blobs are; null for where this cloud has them. Anywhere else is an error.</summary>
    public Uri? Endpoint { get; init; }
}
