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

    /// <summary>The source in words, without a secret.</summary>
    public abstract string Description { get; }

    /// <summary>Its name, without an extension for disk images.</summary>
    public abstract string Name { get; }
}

/// <summary>A managed disk or a snapshot, by its resource id or its names; of a virtual machine's id the OS disk.</summary>
public sealed record ManagedSource : DownloadSource
{
    /// <summary>The resource id of the disk, snapshot or machine; null to go by names.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The resource group, in the session's subscription.</summary>
    public string? ResourceGroupName { get; init; }

    /// <summary>The managed disk's name; null for a snapshot.</summary>
    public string? DiskName { get; init; }

    /// <summary>The snapshot's name; null for a managed disk.</summary>
    public string? SnapshotName { get; init; }

    /// <summary>The disk access whose private endpoints a temporary snapshot is read through, of a disk that is open to those alone (AllowPrivate).</summary>
    public string? DiskAccessId { get; init; }

    /// <summary>Where a temporary snapshot is made; null for the disk's own resource group.</summary>
    public string? TemporaryResourceGroupName { get; init; }

    /// <summary>Tags for a temporary snapshot; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    /// <inheritdoc/>
    public override string Description => ResourceId ?? Name;

    /// <inheritdoc/>
    public override string Name => DiskName ?? SnapshotName ?? ResourceId?.Substring(ResourceId.LastIndexOf('/') + 1) ?? string.Empty;

    /// <summary>The resource id.</summary>
    /// <exception cref="ImageServiceException">A name is missing, or none that Azure allows (NameMissing, NameInvalid).</exception>
    internal string IdIn(ImageSession session)
    {
        if (ResourceId is not null)
        {
            return ResourceId;
        }

        string group = ResourceNames.Require(ResourceGroupName, "resource group");
        return (DiskName is not null
            ? ManagedDiskResource.CreateResourceIdentifier(session.Context.SubscriptionId, group, ResourceNames.Require(DiskName, "managed disk"))
            : SnapshotResource.CreateResourceIdentifier(session.Context.SubscriptionId, group, ResourceNames.Require(SnapshotName, "snapshot"))).ToString();
    }
}

/// <summary>A page blob that is a fixed VHD.</summary>
/// <param name="Blob">The blob, and what gives access to it.</param>
public sealed record PageBlobSource(UploadTarget Blob) : DownloadSource
{
    /// <inheritdoc/>
    public override string Description => Blob.Description;

    /// <inheritdoc/>
    public override string Name => Path.GetFileNameWithoutExtension(Blob switch
    {
        PageBlobTarget named => named.BlobName,
        SasTarget signed => Uri.UnescapeDataString(signed.Uri.AbsolutePath),
        AccountKeyTarget keyed => Uri.UnescapeDataString(keyed.Uri.AbsolutePath),
        _ => string.Empty,
    });

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
