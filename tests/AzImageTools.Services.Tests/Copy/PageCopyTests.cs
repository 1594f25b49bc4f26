using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Copy;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Download;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Copy;

/// <summary>Disks are copied to page blobs from service to service.</summary>
public sealed class PageCopyTests : IDisposable
{
    private static readonly Uri CopyUri = new("https://sandboximages.blob.core.windows.net/vhds/copy.vhd");
    private readonly TempFolder _sources = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _sources.Dispose();
    }

    [Theory]
    [InlineData("blob")]
    [InlineData("SAS")]
    [InlineData("disk")]
    [InlineData("snapshot")]
    public async Task The_copy_is_the_disk_and_no_byte_of_it_came_here(string kind)
    {
        using CountingHandler counted = new(_cloud.CreateHandler());
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, counted);

        VhdCopy copy = await CopyAsync(cloud, kind);

        await RawDisk.AssertHeldAsync(_sources.File("disk.raw"), _cloud.FindBlobFile(CopyUri)!);
        Assert.Equal((CopyUri, (long)RawDisk.Capacity, 0L), (copy.Uri, copy.Capacity, copy.BytesResumed));
        Assert.Equal(RawDisk.Capacity, copy.BytesCopied + copy.BytesSkipped);
        Assert.InRange(copy.BytesCopied!.Value, 14 * (20 << 10), RawDisk.Capacity / 3);
        Assert.Equal(await CrcAsync(), copy.Crc64);
        Assert.Equal(0, counted.RangesRead);
        Assert.Equal(DiskState.Unattached, (await cloud.DiskAsync()).DiskState);
    }

    [Fact]
    public async Task With_Verify_both_are_read_and_compared()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);

        VhdCopy copy = await CopyAsync(cloud, "disk", request => request with { Verify = true });

        Assert.Equal(copy.BytesCopied, copy.BytesVerified);
    }

    [Theory]
    [InlineData("blob")]
    [InlineData("disk")]
    public async Task What_was_interrupted_the_same_request_goes_on_with_and_copies_nothing_twice(string kind)
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Method = "PUT", PathPart = "copy.vhd", Operation = "page", After = 4, Status = 400, ErrorCode = "InvalidInput" });

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => CopyAsync(cloud, kind, throttleLimit: 1));
        Assert.Contains("continued by the same command", error.Message, StringComparison.Ordinal);
        VhdCopy copy = await CopyAsync(cloud, kind);

        Assert.NotEqual(0, copy.BytesResumed);
        Assert.Equal(RawDisk.Capacity, copy.BytesCopied + copy.BytesResumed + copy.BytesSkipped);
        Assert.Null(copy.Crc64);
        await RawDisk.AssertHeldAsync(_sources.File("disk.raw"), _cloud.FindBlobFile(CopyUri)!);
    }

    [Fact]
    public async Task A_disk_that_asks_for_a_sign_in_beside_the_signature_is_refused_before_anything_is_made()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        ManagedDiskPatch patch = new() { DataAccessAuthMode = DataAccessAuthMode.AzureActiveDirectory };
        await OperationWaiter.WaitAsync(await cloud.Session.Arm.GetManagedDiskResource(new(cloud.DiskId)).UpdateAsync(WaitUntil.Started, patch), OperationContext.None);

        ImageServiceException refusal = await Assert.ThrowsAsync<ImageServiceException>(() => CopyAsync(cloud, "disk"));

        Assert.Equal("SourceAsksForSignIn", refusal.ErrorId);
        Assert.Null(_cloud.FindBlobFile(CopyUri));
    }

    [Fact]
    public async Task A_copy_whose_first_page_fails_leaves_nothing()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Method = "PUT", PathPart = "copy.vhd", Operation = "page", Status = 400, ErrorCode = "InvalidInput" });

        await Assert.ThrowsAsync<PlanFailedException>(() => CopyAsync(cloud, "blob", throttleLimit: 1));

        Assert.Null(_cloud.FindBlobFile(CopyUri));
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task A_status_that_may_pass_is_tried_again(int status)
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Method = "PUT", PathPart = "copy.vhd", Operation = "page", After = 2, Times = 2, Status = status, RetryAfter = TimeSpan.Zero });

        Assert.Equal(2, (await CopyAsync(cloud, "disk")).Retries);
        await RawDisk.AssertHeldAsync(_sources.File("disk.raw"), _cloud.FindBlobFile(CopyUri)!);
    }

    [Theory]
    [InlineData(SandboxFaultKind.Reset)]
    [InlineData(SandboxFaultKind.LoseAnswer)]
    public async Task Broken_connections_are_made_again_also_where_the_target_is_created(SandboxFaultKind kind)
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        _cloud.Inject(new SandboxFault { Kind = kind, Method = "PUT", PathPart = "copy.vhd", Times = 4 });

        await CopyAsync(cloud, "blob");

        await RawDisk.AssertHeldAsync(_sources.File("disk.raw"), _cloud.FindBlobFile(CopyUri)!);
    }

    [Fact]
    public async Task Access_that_has_ended_is_asked_for_again()
    {
        DownloadCloud? cloud = null;
        int pages = 0;
        using HookHandler hook = new(_cloud.CreateHandler(), request =>
        {
            if (request.RequestUri!.AbsolutePath.EndsWith("copy.vhd", StringComparison.Ordinal) && request.RequestUri.Query.Contains("comp=page", StringComparison.Ordinal) && Interlocked.Increment(ref pages) == 5)
            {
                cloud!.RevokeAsync().GetAwaiter().GetResult();
            }
        });
        using (cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, hook))
        {
            Assert.Equal(1, (await CopyAsync(cloud, "disk", throttleLimit: 1)).Retries);
            await RawDisk.AssertHeldAsync(_sources.File("disk.raw"), _cloud.FindBlobFile(CopyUri)!);
        }
    }

    [Fact]
    public async Task A_source_that_changes_is_one_clear_error_and_the_next_run_needs_leave_to_overwrite()
    {
        DownloadCloud? cloud = null;
        int pages = 0;
        using HookHandler hook = new(_cloud.CreateHandler(), request =>
        {
            if (request.RequestUri!.AbsolutePath.EndsWith("copy.vhd", StringComparison.Ordinal) && request.RequestUri.Query.Contains("comp=page", StringComparison.Ordinal) && Interlocked.Increment(ref pages) == 3)
            {
                cloud!.Session.Storage.PageBlob(UploadCloud.BlobUri).UploadPages(new MemoryStream(new byte[512]), 0);
            }
        });
        using (cloud = await DownloadCloud.ConnectAsync(_cloud, _sources, hook))
        {
            Assert.Equal("SourceChanged", (await Assert.ThrowsAsync<PlanFailedException>(() => CopyAsync(cloud, "blob", throttleLimit: 1))).ErrorId);
            Assert.Equal("BlobAlreadyExists", (await Assert.ThrowsAsync<ImageServiceException>(() => CopyAsync(cloud, "blob"))).ErrorId);
            Assert.Equal(0, (await CopyAsync(cloud, "blob", request => request with { AskToReplace = _ => Task.FromResult(true) })).BytesResumed);
        }
    }

    [Fact]
    public async Task Pages_that_somebody_put_into_an_interrupted_copy_are_cleared()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Method = "PUT", PathPart = "copy.vhd", Operation = "page", After = 4, Status = 400, ErrorCode = "InvalidInput" });
        await Assert.ThrowsAsync<PlanFailedException>(() => CopyAsync(cloud, "blob", throttleLimit: 1));
        await cloud.Session.Storage.PageBlob(CopyUri).UploadPagesAsync(new MemoryStream(Enumerable.Repeat((byte)1, 512).ToArray()), 9 << 20);

        await CopyAsync(cloud, "blob");

        await RawDisk.AssertHeldAsync(_sources.File("disk.raw"), _cloud.FindBlobFile(CopyUri)!);
    }

    [Fact]
    public async Task A_blob_that_is_there_is_overwritten_only_where_that_is_wanted()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        await CopyAsync(cloud, "blob");

        Assert.Equal("BlobAlreadyExists", (await Assert.ThrowsAsync<ImageServiceException>(() => CopyAsync(cloud, "blob"))).ErrorId);
        await CopyAsync(cloud, "disk", request => request with { Destination = new BlobDestination(new PageBlobTarget("sandboximages", "vhds", "copy.vhd") { Force = true }) });
        await RawDisk.AssertHeldAsync(_sources.File("disk.raw"), _cloud.FindBlobFile(CopyUri)!);
    }

    [Fact]
    public async Task A_firewall_is_told_before()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        await cloud.CloseAccountAsync();
        RecordingLog log = new();
        using VhdCopier copier = new(8, TimeProvider.System);

        await Assert.ThrowsAnyAsync<ImageServiceException>(() => copier.PlanAsync(cloud.Session, Request(cloud, "disk"), new OperationContext { Log = log }));

        Assert.Contains(log.Warnings, warning => warning.Contains("'sandboximages' has a firewall", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_sign_in_is_not_sent_to_hosts_that_are_no_storage_of_the_cloud()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => CopyAsync(
            cloud, "blob", request => request with { Destination = new BlobDestination(new SasTarget("https://storage.example.com/vhds/copy.vhd?sig=c2VjcmV0")) }));

        Assert.Equal(("TokenNotSent", ErrorKind.NotSupported), (error.ErrorId, error.Kind));
        Assert.DoesNotContain(_cloud.Requests, request => request.Host == "storage.example.com");
    }

    private static CopyRequest Request(DownloadCloud cloud, string kind)
        => new() { Source = cloud.SourceOf(kind), Destination = new BlobDestination(new PageBlobTarget("sandboximages", "vhds", "copy.vhd")) };

    private static async Task<VhdCopy> CopyAsync(DownloadCloud cloud, string kind, Func<CopyRequest, CopyRequest>? change = null, int throttleLimit = VhdUploader.DefaultThrottleLimit)
    {
        using VhdCopier copier = new(throttleLimit, TimeProvider.System);
        CopyRequest request = Request(cloud, kind);
        return await PlanRunner.RunAsync(await copier.PlanAsync(cloud.Session, change is null ? request : change(request), OperationContext.None), OperationContext.None);
    }

    private async Task<string> CrcAsync()
        => AzImageTools.Services.Upload.Transfer.Crc64Nvme.Compute(await File.ReadAllBytesAsync(_sources.File("disk.raw"), TestContext.Current.CancellationToken)).ToString("X16", System.Globalization.CultureInfo.InvariantCulture);

    private sealed class CountingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        public int RangesRead { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            RangesRead += request.Method == HttpMethod.Get && request.Headers.Contains("x-ms-range") ? 1 : 0;
            return base.SendAsync(request, cancellationToken);
        }
    }
}
