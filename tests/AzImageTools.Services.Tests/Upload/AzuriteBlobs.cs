using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>A container of a test's own in Azurite.</summary>
internal sealed class AzuriteBlobs
{
    private readonly BlobContainerClient _container;

    private AzuriteBlobs(BlobContainerClient container)
    {
        _container = container;
    }

    public static async Task<AzuriteBlobs> CreateAsync(Azurite azurite)
    {
        BlobServiceClient service = new(await azurite.GetEndpointAsync(), new StorageSharedKeyCredential(Azurite.AccountName, Azurite.AccountKey));
        BlobContainerClient container = service.GetBlobContainerClient($"c{Guid.NewGuid():N}");
        await container.CreateAsync();
        return new AzuriteBlobs(container);
    }

    public string Name => _container.Name;

    public PageBlobClient Blob(string name) => _container.GetPageBlobClient(name);

    public Uri Sas(string name, BlobSasPermissions permissions = BlobSasPermissions.All)
        => Blob(name).GenerateSasUri(permissions, DateTimeOffset.UtcNow.AddHours(1));

    public SasTarget Target(string name, BlobSasPermissions permissions = BlobSasPermissions.All, bool force = false)
        => new(Sas(name, permissions).AbsoluteUri) { Force = force };

    public async Task<string> DownloadAsync(string name, TempFolder folder)
    {
        string path = folder.File($"held-{name}");
        await Blob(name).DownloadToAsync(path);
        return path;
    }

    public async Task<bool> ExistsAsync(string name) => (await Blob(name).ExistsAsync()).Value;
}
