using AzImageTools.Services.Session;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Upload;

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

    private static StorageClients StorageOf(ImageSession? session, TimeProvider time) => session?.Storage ?? StorageClients.WithoutSession(time);
}
