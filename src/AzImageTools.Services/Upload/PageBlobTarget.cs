namespace AzImageTools.Services.Upload;

/// <summary>A page blob, by the session's credential.</summary>
/// <param name="AccountName">The storage account.</param>
/// <param name="Container">A container that is there.</param>
/// <param name="BlobName">The blob's name.</param>
public sealed record PageBlobTarget(string AccountName, string Container, string BlobName) : UploadTarget
{
    /// <summary>Overwrite a blob of that name; otherwise that is an error.</summary>
    public bool Force { get; init; }
}
