using AzImageTools.Disks;
using AzImageTools.Services.Session;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload.Target;

/// <summary>Makes the client of a page blob, by whatever gives access to it.</summary>
internal static class PageBlobAccess
{
    /// <summary>Makes the client.</summary>
    /// <param name="session">The session; null only where the target carries its own credential.</param>
    /// <param name="target">The blob.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ImageServiceException">A name is none that Azure Storage allows, there is no session (NotConnected), or its token would leave the cloud (BlobUriInvalid).</exception>
    public static PageBlobClient Open(ImageSession? session, UploadTarget target, TimeProvider time)
    {
        switch (target)
        {
            case SasTarget sas:
                return StorageOf(session, time).PageBlobWithSas(sas.Address);
            case AccountKeyTarget keyed:
                return StorageOf(session, time).PageBlobWithKey(keyed.Uri, keyed.AccountName, keyed.Key);
            case PageBlobTarget blob:
                StorageClients own = ImageSession.Require(session).Storage;
                return own.PageBlob(blob.Endpoint is null
                    ? own.BlobUri(blob.AccountName, blob.Container, blob.BlobName)
                    : own.RequireBlobUri(StorageClients.BlobUri(blob.Endpoint, blob.Container, blob.BlobName)));
            default:
                throw new ArgumentOutOfRangeException(nameof(target), target, "This is no page blob.");
        }
    }

    /// <summary>The error of access to something else than an upload's target.</summary>
    /// <param name="uploadId">What names the upload's target.</param>
    /// <param name="given">Where the access is to, without a secret.</param>
    public static ImageServiceException ToOther(string uploadId, Uri given)
        => new(
            "AccessToOtherTarget",
            ErrorKind.InvalidArgument,
            $"The upload went to {uploadId}, but the access given is to {given.AbsoluteUri}.",
            "Give access to the same page blob; a managed disk needs none.",
            uploadId);

    private static StorageClients StorageOf(ImageSession? session, TimeProvider time) => session?.Storage ?? StorageClients.WithoutSession(time);
}
