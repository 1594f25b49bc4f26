using System.Management.Automation;
using AzImageTools.Sandbox;
using AzImageTools.Services.Upload;
using AzImageTools.TestKit;
using AzImageTools.Tests.Secrecy;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace AzImageTools.Tests.Upload;

/// <summary>Uploads to Azurite, behind a proxy that refuses the fifth page, that are given up by what gave access to them.</summary>
public sealed class StopUploadTests(Azurite azurite) : IDisposable
{
    private readonly SandboxCloud _cloud = new();

    public void Dispose() => _cloud.Dispose();

    [Theory]
    [InlineData("-SasUri $sas", "-SasUri $sas")]
    [InlineData("-SasUri $sas", "-StorageContext $context")]
    [InlineData("-StorageContext $context -Container $container -BlobName refused.vhd", "-Context $context")]
    public async Task An_interrupted_upload_is_given_up_by_a_signature_or_an_account_key(string sent, string stopped)
    {
        Uri endpoint = await azurite.GetEndpointAsync();
        await using EchoingProxy proxy = new(endpoint);
        using SendAzVhdSession session = new(_cloud);
        PageBlobClient blob = await CreateContainerAsync(endpoint, $"c{Guid.NewGuid():N}");
        Uri signed = blob.GenerateSasUri(BlobSasPermissions.All, DateTimeOffset.UtcNow.AddHours(1));
        using PowerShell shell = session.Script(
            $$"""
            $context = [pscustomobject]@{ StorageAccountName = 'x'; ConnectionString = $connection }
            $null = Send-AzVhd $disk {{sent}} -ThrottleLimit 1 -ErrorAction SilentlyContinue
            Get-AzVhdUpload $disks -WarningAction SilentlyContinue
            Get-AzVhdUpload $disks -WarningAction SilentlyContinue | Stop-AzVhdUpload -SasUri $other -ErrorAction SilentlyContinue -ErrorVariable refused
            Get-AzVhdUpload $disks -WarningAction SilentlyContinue | Stop-AzVhdUpload {{stopped}} -Confirm:$false
            """,
            ("disk", session.CreateDisk("a.raw")),
            ("container", blob.BlobContainerName),
            ("connection", $"AccountName={Azurite.AccountName};AccountKey={Azurite.AccountKey};BlobEndpoint={proxy.Address}{Azurite.AccountName}"),
            ("sas", new UriBuilder(signed) { Port = proxy.Address.Port }.Uri.AbsoluteUri),
            ("other", signed.AbsoluteUri));

        PendingUpload pending = Assert.Single(shell.Invoke<PendingUpload>());
        using PowerShell asked = session.Script("$refused.FullyQualifiedErrorId");

        Assert.NotEqual(0, pending.BytesSent);
        Assert.Contains(asked.Invoke<string>(), id => id.StartsWith("AccessToOtherTarget,", StringComparison.Ordinal));
        Assert.False(await blob.ExistsAsync(TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(session.Folder.FullName, "*.azupload"));
    }

    private static async Task<PageBlobClient> CreateContainerAsync(Uri endpoint, string name)
    {
        BlobContainerClient container = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(Azurite.AccountName, Azurite.AccountKey)).GetBlobContainerClient(name);
        await container.CreateAsync(cancellationToken: TestContext.Current.CancellationToken);
        return container.GetPageBlobClient(EchoingProxy.RefusedBlob);
    }
}
