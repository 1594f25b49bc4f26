using AzImageTools.Disks;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace AzImageTools.Services.Download.Source;

/// <summary>A page blob, however access to it is had.</summary>
internal sealed class PageBlobOrigin : DownloadOrigin
{
    /// <summary>One is made for each request: longer than any takes, on a clock that is somewhat behind.</summary>
    private static readonly TimeSpan SignatureLifetime = TimeSpan.FromHours(1);

    private readonly PageBlobClient _blob;
    private readonly BlobProperties _properties;
    private readonly Uri _address;
    private readonly StorageClients? _storage;

    private PageBlobOrigin(PageBlobClient blob, StorageClients? storage, BlobProperties properties)
    {
        _blob = blob;
        _storage = storage;
        _properties = properties;
        _address = SecretText.WithoutQuery(blob.Uri);
    }

    public override string Id => _address.AbsoluteUri;

    public override string Name => Path.GetFileNameWithoutExtension(_blob.Name.Substring(_blob.Name.LastIndexOf('/') + 1));

    public override string Description => $"page blob '{Id}'";

    public override long Capacity => _properties.ContentLength - ChunkPlanner.PageSize;

    public override SourceIdentity Identity
        => new(Id, DiskFormat.Vhd, Capacity, [new SourceFile(_properties.ETag.ToString(), _properties.ContentLength, _properties.LastModified)]);

    public override bool NeedsToken => _blob.Uri.Query.Length == 0 && !_blob.CanGenerateSasUri;

    /// <summary>Looks at the blob.</summary>
    /// <exception cref="ImageServiceException">It is not there, no page blob (BlobNotPages), or too short for a VHD.</exception>
    public static async Task<DownloadOrigin> FindAsync(PageBlobClient blob, StorageClients? storage, OperationContext context)
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
            : properties.ContentLength <= ChunkPlanner.PageSize ? throw DownloadErrors.NotAVhd($"page blob '{address.AbsoluteUri}'", address, "It is empty.") : new PageBlobOrigin(blob, storage, properties);
    }

    public override OpenPages Open() => new(_blob, IsManagedDisk ? null : _properties.ETag.ToString("H"));

    public override async Task<CopyAddress> SignAsync(CopyAddress? refused, OperationContext context)
    {
        if (NeedsToken)
        {
            return new CopyAddress(_address, await _storage!.BlobTokenAsync(context.Cancellation).ConfigureAwait(false));
        }

        return _blob.Uri.Query.Length > 0 ? new CopyAddress(_blob.Uri, Token: null) : new CopyAddress(
            _blob.GenerateSasUri(new BlobSasBuilder(BlobSasPermissions.Read, context.Time.GetUtcNow() + SignatureLifetime)
            {
                BlobContainerName = _blob.BlobContainerName,
                BlobName = _blob.Name,
                Resource = "b",
            }),
            Token: null);
    }

    /// <summary>Whether it is a managed disk's address, which takes no conditions: the name of no storage account has a hyphen.</summary>
    private bool IsManagedDisk => _blob.Uri.Host.StartsWith("md-", StringComparison.OrdinalIgnoreCase);
}
