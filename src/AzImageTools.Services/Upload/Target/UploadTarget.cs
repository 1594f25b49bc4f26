namespace AzImageTools.Services.Upload.Target;

/// <summary>Where a disk is to be uploaded to.</summary>
public abstract record UploadTarget
{
    private protected UploadTarget()
    {
    }

    /// <summary>
    /// Overwrites a page blob that is there, and takes over a managed disk that an upload of this module left, also where no
    /// journal tells of it; otherwise that is an error. A managed disk whose upload has ended is always one.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>The target in words, which differ for targets that differ.</summary>
    public abstract string Description { get; }
}

/// <summary>A page blob, by the session's credential.</summary>
/// <param name="AccountName">The storage account.</param>
/// <param name="Container">A container that is there.</param>
/// <param name="BlobName">The blob's name.</param>
public sealed record PageBlobTarget(string AccountName, string Container, string BlobName) : UploadTarget
{
    /// <summary>Where the account's blobs are; null for where this cloud has them. Anywhere else is an error.</summary>
    public Uri? Endpoint { get; init; }

    /// <inheritdoc/>
    public override string Description => $"page blob '{BlobName}' in container '{Container}' of storage account '{AccountName}'";
}

/// <summary>What an uploaded disk is in Azure.</summary>
public enum UploadTargetKind : long
{
    /// <summary>A page blob in a storage account.</summary>
    PageBlob,

    /// <summary>A managed disk.</summary>
    ManagedDisk,
}
