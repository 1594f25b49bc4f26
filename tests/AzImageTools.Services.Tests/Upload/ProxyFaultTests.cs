using AzImageTools.Disks.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Connections that fail in the middle of a body: a TCP proxy before Azurite.</summary>
public sealed class ProxyFaultTests(Azurite azurite) : IDisposable
{
    private const long MidBody = 200 << 10;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ConnectionFault.Reset)]
    [InlineData(ConnectionFault.Truncate)]
    [InlineData(ConnectionFault.Corrupt)]
    public async Task A_connection_that_fails_mid_body_is_tried_again(ConnectionFault fault)
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_folder);
        await using FaultProxy proxy = new(blobs.Blob("d.vhd").Uri);
        proxy.Script(fault, times: 3, MidBody);

        VhdUpload upload = await UploadAsync(source, Through(proxy, blobs));

        Assert.Equal(3, proxy.Faults);
        Assert.InRange(upload.Retries, 1, 20);
        await RawDisk.AssertHeldAsync(source, await blobs.DownloadAsync("d.vhd", _folder));
    }

    [Theory]
    [InlineData(ConnectionFault.Reset, "ConnectionFailed")]
    [InlineData(ConnectionFault.Truncate, "ConnectionFailed")]
    [InlineData(ConnectionFault.Corrupt, "Crc64Mismatch")]
    public async Task Connections_that_fail_mid_body_each_time_are_one_clear_error_and_the_next_run_continues(ConnectionFault fault, string errorId)
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_folder);
        await using FaultProxy proxy = new(blobs.Blob("d.vhd").Uri);
        proxy.Script(fault, times: int.MaxValue, MidBody);

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => UploadAsync(source, Through(proxy, blobs)));
        proxy.Script(fault, times: 0, MidBody);
        VhdUpload upload = await UploadAsync(source, Through(proxy, blobs));

        Assert.Equal(errorId, error.ErrorId);
        Assert.NotEmpty(error.Remedy);
        Assert.Empty(error.NotUndone);
        Assert.Equal(RawDisk.Capacity, upload.BytesResumed + upload.BytesSent - 512 + upload.BytesSkipped);
        await RawDisk.AssertHeldAsync(source, await blobs.DownloadAsync("d.vhd", _folder));
    }

    [Fact]
    public async Task A_stalled_socket_is_given_up_and_tried_again()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_folder);
        await blobs.Blob("d.vhd").CreateAsync(RawDisk.Capacity + 512);
        await using FaultProxy proxy = new(blobs.Blob("d.vhd").Uri);
        proxy.Script(ConnectionFault.Stall, times: 2, afterBytes: 100 << 10);
        StorageClients clients = new(HttpClientTransport.Shared, TimeProvider.System, CloudEnvironment.AzureCloud, credential: null, tryTimeout: TimeSpan.FromSeconds(3));
        PageBlobClient blob = clients.PageBlobWithSas(proxy.Through(blobs.Sas("d.vhd")));
        using UploadBudget budget = new(8, TimeProvider.System);
        using OpenedImage image = OpenedImage.Open(source, cancellation: TestContext.Current.CancellationToken);
        UploadSource open = new(image, skipsFreeSpace: false, OperationContext.None);

        await Uploads.Engine(open, blob, budget).RunAsync(OperationContext.None);

        Assert.Equal(2, proxy.Faults);
        Assert.InRange(budget.Throttle.Limit, 1, 4);
        await RawDisk.AssertHeldAsync(source, await blobs.DownloadAsync("d.vhd", _folder));
    }

    private static SasTarget Through(FaultProxy proxy, AzuriteBlobs blobs) => new(proxy.Through(blobs.Sas("d.vhd")).AbsoluteUri);

    private static Task<VhdUpload> UploadAsync(string source, SasTarget target)
        => Uploads.RunAsync(session: null, new UploadRequest { Path = source, Target = target }, new() { Time = new ScaledTime(50) });
}
