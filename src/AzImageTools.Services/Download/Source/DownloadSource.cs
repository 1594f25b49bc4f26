using AzImageTools.Disks;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Target;
using Azure.ResourceManager.Compute;
using Azure.Storage.Blobs;

namespace AzImageTools.Services.Download.Source;

/// <summary>A disk in Azure.</summary>
public abstract record DownloadSource
{
    private protected DownloadSource()
    {
    }
}

/// <summary>A managed disk or a snapshot.</summary>
/// <param name="ResourceId">Its resource id.</param>
public sealed record ManagedSource(string ResourceId) : DownloadSource;

/// <summary>A managed disk or a snapshot of the session's subscription, by its names.</summary>
/// <param name="ResourceGroupName">Its resource group.</param>
/// <param name="DiskName">The managed disk's name; null for a snapshot.</param>
/// <param name="SnapshotName">The snapshot's name; null for a managed disk.</param>
public sealed record NamedSource(string ResourceGroupName, string? DiskName, string? SnapshotName) : DownloadSource
{
    /// <summary>The resource id.</summary>
    /// <exception cref="ImageServiceException">A name is missing, or none that Azure allows (NameMissing, NameInvalid).</exception>
    internal string IdIn(ImageSession session)
    {
        string subscription = session.Context.SubscriptionId;
        string group = ResourceNames.Require(ResourceGroupName, "resource group");
        return (DiskName is not null
            ? ManagedDiskResource.CreateResourceIdentifier(subscription, group, ResourceNames.Require(DiskName, "managed disk"))
            : SnapshotResource.CreateResourceIdentifier(subscription, group, ResourceNames.Require(SnapshotName, "snapshot"))).ToString();
    }
}

/// <summary>A page blob that is a fixed VHD.</summary>
/// <param name="Blob">The blob, and what gives access to it.</param>
public sealed record PageBlobSource(UploadTarget Blob) : DownloadSource
{
    /// <summary>A page blob of a storage account in this cloud, by the session's credential.</summary>
    /// <param name="address">Its address, without a signature.</param>
    /// <exception cref="ImageServiceException">It is no blob's address (BlobUriInvalid), or has a signature.</exception>
    public static PageBlobSource At(Uri address)
    {
        if (address is null)
        {
            throw new ArgumentNullException(nameof(address));
        }

        BlobUriBuilder? parts = address.IsAbsoluteUri && (address.Scheme == Uri.UriSchemeHttps || address.Scheme == Uri.UriSchemeHttp) ? new BlobUriBuilder(address) : null;
        if (string.IsNullOrEmpty(parts?.BlobName))
        {
            throw new ImageServiceException(
                "BlobUriInvalid", ErrorKind.InvalidArgument, "That is not the address of a blob.", "It has the form https://<account>.blob.core.windows.net/<container>/<blob>.vhd.", "BlobUri");
        }

        if (address.Query.IndexOf("sig=", StringComparison.Ordinal) >= 0)
        {
            throw new ImageServiceException("BlobUriInvalid", ErrorKind.InvalidArgument, "The address of the blob holds a signature.", "Give it with -SasUri.", "BlobUri");
        }

        return new PageBlobSource(new PageBlobTarget(parts!.AccountName, parts.BlobContainerName, parts.BlobName)
        {
            Endpoint = new BlobUriBuilder(SecretText.WithoutQuery(address)) { BlobContainerName = string.Empty, BlobName = string.Empty }.ToUri(),
        });
    }
}
