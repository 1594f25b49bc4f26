using AzImageTools.TestKit;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace AzImageTools.Benchmarks;

/// <summary>Where clients upload to: a blob of the emulator's well-known account, on the loopback address.</summary>
/// <param name="Endpoint">The account's, such as http://127.0.0.1:10000/devstoreaccount1.</param>
internal sealed record UploadAddress(Uri Endpoint)
{
    public const string Container = "vhds";
    public const string Blob = "disk.vhd";

    private static readonly StorageSharedKeyCredential Credential = new(Azurite.AccountName, Azurite.AccountKey);

    public static UploadAddress Of(SinkProcess sink) => new(new Uri(sink.Address, Azurite.AccountName));

    /// <summary>The blob's address with a signature.</summary>
    public string Sas => new PageBlobClient(new Uri($"{Endpoint}/{Container}/{Blob}"), Credential)
        .GenerateSasUri(BlobSasPermissions.All, DateTimeOffset.UtcNow.AddHours(4)).AbsoluteUri;

    public string ConnectionString
        => $"DefaultEndpointsProtocol={Endpoint.Scheme};AccountName={Azurite.AccountName};AccountKey={Azurite.AccountKey};BlobEndpoint={Endpoint};";

    public void CreateContainer() => new BlobServiceClient(Endpoint, Credential).CreateBlobContainer(Container);

    public void RemoveBlob() => new PageBlobClient(new Uri($"{Endpoint}/{Container}/{Blob}"), Credential).DeleteIfExists();
}
