using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

public sealed class StorageConnectionTests(Azurite azurite) : IDisposable
{
    private const string Key = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0MTIzNA==";
    private const string Endpoint = "https://images.blob.core.windows.net/";
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_key_a_signature_and_a_sign_in_are_told_apart()
    {
        UploadTarget keyed = new StorageConnection($"BlobEndpoint={Endpoint};AccountName=images;AccountKey={Key}", "images", Endpoint, isSignedIn: false).CreateTarget("vhds", "web 01.vhd", force: true);
        UploadTarget signed = new StorageConnection($"BlobEndpoint={Endpoint};SharedAccessSignature=sv=2024-01-01&sig=c2Vj%3D", "[SasToken]", Endpoint, isSignedIn: false).CreateTarget("vhds", "d.vhd", force: false);
        UploadTarget own = new StorageConnection($"BlobEndpoint={Endpoint}", "[AccessToken]", Endpoint, isSignedIn: true).CreateTarget("vhds", "d.vhd", force: false);

        AccountKeyTarget byKey = Assert.IsType<AccountKeyTarget>(keyed);
        Assert.Equal(("https://images.blob.core.windows.net/vhds/web%2001.vhd", "images", true), (byKey.Uri.AbsoluteUri, byKey.AccountName, byKey.Force));
        Assert.Equal(Key, byKey.Key);
        Assert.Equal("https://images.blob.core.windows.net/vhds/d.vhd?sv=2024-01-01&sig=c2Vj%3D", Assert.IsType<SasTarget>(signed).Address.OriginalString);
        Assert.Equal(new PageBlobTarget("images", "vhds", "d.vhd") { Endpoint = new Uri(Endpoint) }, own);
    }

    [Theory]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=images;AccountKey=KEY;EndpointSuffix=core.usgovcloudapi.net", null, "https://images.blob.core.usgovcloudapi.net/")]
    [InlineData("AccountName=images;AccountKey=KEY", null, "https://images.blob.core.windows.net/")]
    [InlineData("BlobEndpoint=http://127.0.0.1:10000/images;AccountName=images;AccountKey=KEY", null, "http://127.0.0.1:10000/images")]
    [InlineData("AccountName=images;AccountKey=KEY", "https://images.z12.blob.storage.azure.net/", "https://images.z12.blob.storage.azure.net/")]
    public void The_address_is_the_contexts_own_else_that_of_its_connection_string(string connection, string? endpoint, string expected)
        => Assert.Equal(expected, new StorageConnection(connection.Replace("KEY", Key), "images", endpoint, isSignedIn: false).BlobEndpoint.AbsoluteUri);

    [Theory]
    [InlineData(null, Endpoint, "carries no credential")]
    [InlineData("", Endpoint, "carries no credential")]
    [InlineData("BlobEndpoint=https://images.blob.core.windows.net/", Endpoint, "carries no credential")]
    [InlineData("AccountName=images;AccountKey=KEY", "not an address", "where its blobs are")]
    [InlineData("AccountName=images;AccountKey=KEY", "file:///c/", "where its blobs are")]
    [InlineData("AccountName=images;AccountKey=c2VjcmV0MTIzNDU=", Endpoint, "account key is not valid")]
    [InlineData("AccountName=images;AccountKey=secret12345", Endpoint, "account key is not valid")]
    [InlineData("AccountName=images;AccountKey=KEY", "http://images.blob.core.windows.net/", "begins with http")]
    public void What_can_not_be_used_is_one_clear_error_without_what_is_secret(string? connection, string endpoint, string problem)
    {
        ImageServiceException error = Assert.Throws<ImageServiceException>(() => new StorageConnection(connection?.Replace("KEY", Key), "images", endpoint, isSignedIn: false));

        Assert.Equal("StorageContextUnusable", error.ErrorId);
        Assert.Contains(problem, error.Message);
        Assert.NotEmpty(error.Remedy);
        Assert.DoesNotContain("secret12345", error.ToString());
        Assert.DoesNotContain("c2Vjcm", error.ToString());
    }

    [Theory]
    [InlineData("vhds/../other", "d.vhd")]
    [InlineData("vhds", "../other/d.vhd")]
    [InlineData("vhds", "")]
    public void Names_that_lead_elsewhere_are_refused(string container, string blob)
        => Assert.Equal("NameInvalid", Assert.Throws<ImageServiceException>(
            () => new StorageConnection($"AccountName=images;AccountKey={Key}", "images", Endpoint, isSignedIn: false).CreateTarget(container, blob, force: false)).ErrorId);

    [Fact]
    public async Task A_sign_in_goes_to_hosts_of_the_cloud_only()
    {
        using Sandbox.SandboxCloud cloud = new();
        using UploadCloud connected = await UploadCloud.ConnectAsync(cloud);
        int before = cloud.Requests.Count;
        string source = RawDisk.Create(_folder);
        UploadTarget elsewhere = new StorageConnection(connectionString: null, "images", "https://images.blob.core.windows.net.example/", isSignedIn: true).CreateTarget("vhds", "d.vhd", force: false);

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => connected.UploadAsync(source, elsewhere));

        Assert.Equal("BlobUriInvalid", error.ErrorId);
        Assert.Equal(before, cloud.Requests.Count);
    }

    [Fact]
    public async Task A_sign_in_is_the_sessions_own_credential()
    {
        using Sandbox.SandboxCloud cloud = new();
        using UploadCloud connected = await UploadCloud.ConnectAsync(cloud);
        string source = RawDisk.Create(_folder);
        UploadTarget target = new StorageConnection(connectionString: null, "sandboximages", "https://sandboximages.blob.core.windows.net/", isSignedIn: true).CreateTarget("vhds", "d.vhd", force: false);

        VhdUpload upload = await connected.UploadAsync(source, target);

        await RawDisk.AssertHeldAsync(source, cloud.FindBlobFile(upload.Uri!)!);
    }

    [Fact]
    public async Task An_account_key_uploads_verifies_and_continues_and_is_told_nowhere()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_folder);
        Uri endpoint = await azurite.GetEndpointAsync();
        StorageConnection connection = new(
            $"DefaultEndpointsProtocol=http;BlobEndpoint={endpoint};AccountName={Azurite.AccountName};AccountKey={Azurite.AccountKey}", Azurite.AccountName, endpoint.AbsoluteUri, isSignedIn: false);
        UploadRequest request = new() { Path = source, Target = connection.CreateTarget(blobs.Name, "d.vhd", force: false), Verify = true };
        RecordingLog log = new();
        RecordingProgress progress = new();
        using CancellationTokenSource cancellation = new();
        OperationContext context = new() { Log = log, Progress = progress };
        OperationContext cancelled = context with { Cancellation = cancellation.Token, Progress = new CancellingProgress(cancellation) };

        Exception first = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Uploads.RunAsync(session: null, request, cancelled));
        Plan<VhdUpload> plan = await Uploads.PlanAsync(session: null, request, context);
        VhdUpload upload = await PlanRunner.RunAsync(plan, context);
        Exception again = await Assert.ThrowsAnyAsync<ImageServiceException>(() => Uploads.RunAsync(session: null, request, context));

        await RawDisk.AssertHeldAsync(source, await blobs.DownloadAsync("d.vhd", _folder));
        Assert.Equal(upload.BytesSent - 512 + upload.BytesResumed, upload.BytesVerified);
        string said = string.Join('\n', [first, again, plan, upload, request, connection, .. log.Messages, .. log.Warnings, .. progress.Reports]);
        Assert.DoesNotContain(Azurite.AccountKey, said);
        Assert.DoesNotContain("SharedKey", said);
    }

    [Fact]
    public async Task A_wrong_account_key_is_one_clear_error_without_it()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        StorageConnection connection = new($"AccountName={Azurite.AccountName};AccountKey={Key}", Azurite.AccountName, (await azurite.GetEndpointAsync()).AbsoluteUri, isSignedIn: false);
        UploadRequest request = new() { Path = RawDisk.Create(_folder), Target = connection.CreateTarget(blobs.Name, "d.vhd", force: false) };

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => Uploads.RunAsync(session: null, request, OperationContext.None));

        Assert.Contains(error.Kind, new[] { ErrorKind.Authentication, ErrorKind.PermissionDenied });
        Assert.DoesNotContain(Key, error.ToString());
        Assert.DoesNotContain("SharedKey " + Azurite.AccountName, error.ToString());
    }

    private sealed class CancellingProgress(CancellationTokenSource cancellation) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value)
        {
            if (value.Status.Contains("sent") && !value.Status.StartsWith("0 B", StringComparison.Ordinal))
            {
                cancellation.Cancel();
            }
        }
    }
}
