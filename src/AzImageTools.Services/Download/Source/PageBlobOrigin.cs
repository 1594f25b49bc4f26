using AzImageTools.Disks;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Download.Source;

/// <summary>A page blob, however access to it is had.</summary>
internal sealed class PageBlobOrigin : DownloadOrigin
{
    private readonly PageBlobClient _blob;
    private readonly BlobProperties _properties;
    private readonly Uri _address;

    private PageBlobOrigin(PageBlobClient blob, BlobProperties properties)
    {
        _blob = blob;
        _properties = properties;
        _address = SecretText.WithoutQuery(blob.Uri);
    }

    public override string Id => _address.AbsoluteUri;

    public override string Name => Path.GetFileNameWithoutExtension(_blob.Name.Substring(_blob.Name.LastIndexOf('/') + 1));

    public override string Description => $"page blob '{Id}'";

    public override long Capacity => _properties.ContentLength - ChunkPlanner.PageSize;

    public override SourceIdentity Identity
        => new(Id, DiskFormat.Vhd, Capacity, [new SourceFile(_properties.ETag.ToString(), _properties.ContentLength, _properties.LastModified)]);

    /// <summary>Looks at the blob.</summary>
    /// <exception cref="ImageServiceException">It is not there, no page blob (BlobNotPages), or too short for a VHD.</exception>
    public static async Task<DownloadOrigin> FindAsync(PageBlobClient blob, OperationContext context)
    {
        Uri address = SecretText.WithoutQuery(blob.Uri);
        BlobProperties properties = await AzureErrors.CallAsync(
            $"Looking at the page blob '{address.AbsoluteUri}'",
            address,
            async () => (await blob.GetPropertiesAsync(cancellationToken: context.Cancellation).ConfigureAwait(false)).Value).ConfigureAwait(false);
        return properties.BlobType != BlobType.Page
            ? throw new ImageServiceException(
                "BlobNotPages",
                ErrorKind.NotSupported,
                $"The blob '{address.AbsoluteUri}' is a {properties.BlobType.ToString().ToLowerInvariant()} blob: disks in Azure are page blobs.",
                "To bring down any file, use Get-AzStorageBlobContent.",
                address)
            : properties.ContentLength <= ChunkPlanner.PageSize ? throw DownloadErrors.NotAVhd($"page blob '{address.AbsoluteUri}'", address, "It is empty.") : new PageBlobOrigin(blob, properties);
    }

    public override OpenPages Open() => new(_blob, IsManagedDisk ? null : _properties.ETag.ToString("H"));

    /// <summary>Whether it is a managed disk's address, which takes no conditions: the name of no storage account has a hyphen.</summary>
    private bool IsManagedDisk => _blob.Uri.Host.StartsWith("md-", StringComparison.OrdinalIgnoreCase);
}
