using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Journal;
using AzImageTools.TestKit;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>What may go wrong during an upload: each ends with the disk's bytes, or in one clear error with everything undone or to be continued.</summary>
public sealed class UploadFaultTests(Azurite azurite) : IDisposable
{
    private const string Group = "sandbox-rg";
    private static readonly ManagedDiskTarget Disk = new(Group, "web01");
    private static readonly PageBlobTarget Blob = new("sandboximages", "vhds", "web01.vhd");
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(408, null)]
    [InlineData(408, 0)]
    [InlineData(429, null)]
    [InlineData(429, 0)]
    [InlineData(500, null)]
    [InlineData(500, 0)]
    [InlineData(503, null)]
    [InlineData(503, 0)]
    public async Task A_status_that_may_pass_with_and_without_Retry_After_is_tried_again(int status, int? retryAfter)
        => await SurviveAsync(new SandboxFault
        {
            Kind = SandboxFaultKind.Status,
            Operation = "page",
            After = 3,
            Times = 2,
            Status = status,
            RetryAfter = retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        });

    [Theory]
    [InlineData(SandboxFaultKind.Reset)]
    [InlineData(SandboxFaultKind.LoseAnswer)]
    [InlineData(SandboxFaultKind.CorruptBody)]
    public async Task A_reset_a_lost_answer_and_a_corrupted_body_are_tried_again(SandboxFaultKind kind)
        => await SurviveAsync(new SandboxFault { Kind = kind, Operation = "page", After = 2, Times = 2 });

    [Fact]
    public async Task A_body_corrupted_each_time_is_one_clear_error()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.CorruptBody, Operation = "page", Times = int.MaxValue });

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, Disk));

        Assert.Equal("Crc64Mismatch", error.ErrorId);
    }

    [Fact]
    public async Task A_connection_reset_mid_body_is_tried_again()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_folder);
        await using FaultProxy proxy = new(blobs.Blob("d.vhd").Uri);
        proxy.Reset(times: 3, afterBytes: 200 << 10);

        VhdUpload upload = await UploadAsync(source, new SasTarget(proxy.Through(blobs.Sas("d.vhd")).AbsoluteUri));

        Assert.Equal(3, proxy.Faults);
        Assert.InRange(upload.Retries, 1, 20);
        await RawDisk.AssertHeldAsync(source, await blobs.DownloadAsync("d.vhd", _folder));
    }

    [Fact]
    public async Task A_stalled_socket_is_given_up_and_tried_again()
    {
        AzuriteBlobs blobs = await AzuriteBlobs.CreateAsync(azurite);
        string source = RawDisk.Create(_folder);
        await blobs.Blob("d.vhd").CreateAsync(RawDisk.Capacity + 512);
        await using FaultProxy proxy = new(blobs.Blob("d.vhd").Uri);
        proxy.Stall(times: 2, afterBytes: 100 << 10);
        StorageClients clients = new(
            Azure.Core.Pipeline.HttpClientTransport.Shared, TimeProvider.System, CloudEnvironment.AzureCloud, credential: null, tryTimeout: TimeSpan.FromSeconds(3));
        PageBlobClient blob = clients.PageBlobWithSas(proxy.Through(blobs.Sas("d.vhd")), new PageCrcPolicy());
        using UploadBudget budget = new(8, TimeProvider.System);
        using UploadSource open = UploadSource.Open(source, options: null, skipsFreeSpace: false, OperationContext.None);

        UploadEngine engine = new(open, blob, budget);
        await engine.RunAsync(OperationContext.None);

        Assert.Equal(2, proxy.Faults);
        Assert.InRange(budget.Throttle.Limit, 1, 4);
        await RawDisk.AssertHeldAsync(source, await blobs.DownloadAsync("d.vhd", _folder));
    }

    [Fact]
    public async Task A_SAS_that_expires_mid_upload_is_one_clear_error_and_a_new_one_continues()
    {
        string source = RawDisk.Create(_folder);
        MovableTime time = new();
        using SandboxCloud clocked = new(new SandboxOptions { TimeProvider = time });
        using HookHandler hook = new(clocked.CreateHandler(), ExpireAt(9, () => time.Offset = TimeSpan.FromHours(2)));
        using UploadCloud cloud = await UploadCloud.ConnectAsync(clocked, hook);
        SasTarget Sas() => new(clocked.CreateBlobSas("sandboximages", "vhds", "web01.vhd", "rcwd", time.GetUtcNow().AddHours(1)).AbsoluteUri);

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, Sas(), request => request with { ThrottleLimit = 1 }));
        VhdUpload upload = await cloud.UploadAsync(source, Sas());

        Assert.Equal("AuthenticationFailed", error.ErrorId);
        Assert.Contains("get a new one", error.Message);
        Assert.NotEqual(0, upload.BytesResumed);
        await RawDisk.AssertHeldAsync(source, clocked.FindBlobFile(upload.Uri!)!);
    }

    [Fact]
    public async Task A_managed_disks_SAS_that_expires_mid_upload_is_renewed()
    {
        string source = RawDisk.Create(_folder);
        MovableTime time = new();
        using SandboxCloud clocked = new(new SandboxOptions { TimeProvider = time });
        using HookHandler hook = new(clocked.CreateHandler(), ExpireAt(5, () => time.Offset += TimeSpan.FromDays(2)));
        using UploadCloud cloud = await UploadCloud.ConnectAsync(clocked, hook);

        VhdUpload upload = await cloud.UploadAsync(source, Disk);

        Assert.Equal(2, clocked.Requests.Count(request => request.Path.EndsWith("/beginGetAccess", StringComparison.OrdinalIgnoreCase) && request.Method == "POST"));
        await RawDisk.AssertHeldAsync(source, clocked.FindDiskFile(upload.Id)!);
    }

    [Fact]
    public async Task Access_revoked_mid_upload_is_asked_for_again_and_where_that_is_refused_is_one_clear_error()
    {
        string source = RawDisk.Create(_folder);
        using SandboxCloud strict = new(new SandboxOptions { GrantsWriteAccessAgain = false });
        UploadCloud? cloud = null;
        using HookHandler hook = new(strict.CreateHandler(), ExpireAt(5, () => cloud!.RevokeAsync().GetAwaiter().GetResult()));
        using (cloud = await UploadCloud.ConnectAsync(strict, hook))
        {
            PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Disk));

            Assert.Equal("AuthenticationFailed", error.ErrorId);
            Assert.Empty(error.NotUndone);
        }
    }

    [Fact]
    public async Task A_blob_deleted_mid_upload_is_one_clear_error_and_the_next_run_begins_anew()
    {
        string source = RawDisk.Create(_folder);
        UploadCloud? cloud = null;
        using HookHandler hook = new(_cloud.CreateHandler(), ExpireAt(9, () => cloud!.BreakLeaseAsync(delete: true).GetAwaiter().GetResult()));
        using (cloud = await UploadCloud.ConnectAsync(_cloud, hook))
        {
            ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, Blob, request => request with { ThrottleLimit = 1 }));
            VhdUpload upload = await cloud.UploadAsync(source, Blob);

            Assert.Equal("BlobNotFound", error.ErrorId);
            Assert.Equal(0, upload.BytesResumed);
            await RawDisk.AssertHeldAsync(source, _cloud.FindBlobFile(upload.Uri!)!);
        }
    }

    [Fact]
    public async Task A_lost_lease_is_one_clear_error_and_the_next_run_continues()
    {
        string source = RawDisk.Create(_folder);
        UploadCloud? cloud = null;
        using HookHandler hook = new(_cloud.CreateHandler(), ExpireAt(9, () => cloud!.BreakLeaseAsync(delete: false).GetAwaiter().GetResult()));
        using (cloud = await UploadCloud.ConnectAsync(_cloud, hook))
        {
            ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, Blob, request => request with { ThrottleLimit = 1 }));
            VhdUpload upload = await cloud.UploadAsync(source, Blob);

            Assert.Equal("LeaseLost", error.ErrorId);
            Assert.NotEqual(0, upload.BytesResumed);
            await RawDisk.AssertHeldAsync(source, _cloud.FindBlobFile(upload.Uri!)!);
        }
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("changed")]
    public async Task A_source_truncated_or_changed_while_read_is_one_clear_error_and_nothing_is_left(string how)
    {
        string source = RawDisk.Create(_folder);
        using HookHandler hook = new(_cloud.CreateHandler(), ExpireAt(2, () =>
        {
            // By programs that know nothing of .NET's locks.
            Task<string> done = how == "truncated" ? ExternalTool.RunAsync("truncate", "-s", "5M", source) : ExternalTool.RunAsync("touch", "-d", "2031-01-01", source);
            done.GetAwaiter().GetResult();
        }));
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, hook);

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Disk, request => request with { ThrottleLimit = 1 }));

        Assert.Equal("SourceChanged", error.ErrorId);
        Assert.Empty(error.NotUndone);
        Assert.False(await cloud.HasDiskAsync("web01"));
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
    }

    [Fact]
    public async Task Two_uploads_of_one_target_at_once_do_not_mix()
    {
        string source = RawDisk.Create(_folder);
        using TempFolder elsewhere = new();
        string other = RawDisk.Create(elsewhere, seed: 9);
        UploadCloud? cloud = null;
        List<ImageServiceException> errors = [];
        using HookHandler hook = new(_cloud.CreateHandler(), ExpireAt(5, () =>
        {
            errors.Add(Assert.ThrowsAny<ImageServiceException>(() => cloud!.UploadAsync(source, Blob).GetAwaiter().GetResult()));
            errors.Add(Assert.ThrowsAny<ImageServiceException>(() => cloud!.UploadAsync(other, Blob).GetAwaiter().GetResult()));
            errors.Add(Assert.ThrowsAny<ImageServiceException>(() => cloud!.UploadAsync(other, Blob with { Force = true }).GetAwaiter().GetResult()));
        }));
        using (cloud = await UploadCloud.ConnectAsync(_cloud, hook))
        {
            VhdUpload upload = await cloud.UploadAsync(source, Blob);

            Assert.Equal(["UploadInProgress", "BlobAlreadyExists", "LeaseIdMissing"], errors.Select(error => error.ErrorId));
            await RawDisk.AssertHeldAsync(source, _cloud.FindBlobFile(upload.Uri!)!);
            Assert.Empty(Directory.GetFiles(elsewhere.FullName, "*" + UploadJournal.Extension));
        }
    }

    [Theory]
    [InlineData(-26)]
    [InlineData(26)]
    public async Task A_clock_that_is_wrong_by_a_day_does_no_harm(int hours)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);

        VhdUpload upload = await cloud.UploadAsync(source, Disk, context: new() { Time = new MovableTime { Offset = TimeSpan.FromHours(hours) } });

        await RawDisk.AssertHeldAsync(source, _cloud.FindDiskFile(upload.Id)!);
    }

    [Fact]
    public async Task Cancelling_returns_at_once_although_the_service_does_not_answer_and_the_journal_is_sound()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Operation = "page", After = 9, Times = int.MaxValue });
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Operation = "lease", After = 1, Times = int.MaxValue });
        using CancellationTokenSource cancellation = new();
        Task<VhdUpload> upload = cloud.UploadAsync(source, Blob, request => request with { ThrottleLimit = 1 }, new() { Cancellation = cancellation.Token });
        while (_cloud.Requests.Count(request => request.Operation == "page") < 9)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

        Assert.NotEmpty(JournalReader.Read(Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension)))!.Chunks);
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("blob")]
    public async Task Cancelling_before_anything_was_sent_returns_although_nothing_answers_any_more_and_the_next_run_goes_on(string kind)
    {
        string source = _folder.File("full.raw");
        byte[] content = new byte[24 << 20];
        Random.Shared.NextBytes(content);
        await File.WriteAllBytesAsync(source, content, TestContext.Current.CancellationToken);
        using SandboxCloud stuck = new();
        using CancellationTokenSource cancellation = new();
        using HookHandler hook = new(stuck.CreateHandler(), ExpireAt(1, () =>
        {
            stuck.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Times = int.MaxValue });
            cancellation.CancelAfter(TimeSpan.FromMilliseconds(100));
        }));
        UploadTarget target = kind == "disk" ? Disk : Blob;
        RecordingLog log = new();
        using (UploadCloud cloud = await UploadCloud.ConnectAsync(stuck, hook))
        {
            Task<VhdUpload> upload = cloud.UploadAsync(source, target, context: new() { Cancellation = cancellation.Token, Log = log });

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        }

        Assert.Empty(JournalReader.Read(Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension)))!.Chunks);
        Assert.Contains(log.Warnings, warning => warning.Contains("The same command continues it"));
    }

    [Theory]
    [InlineData("disk", "POST", "/endGetAccess", null)]
    [InlineData("blob", "PUT", null, "metadata")]
    public async Task Cancelling_while_the_end_is_noted_returns_although_nothing_answers_and_the_next_run_sends_no_page(string kind, string method, string? path, string? operation)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Method = method, PathPart = path, Operation = operation });
        using CancellationTokenSource cancellation = new();
        UploadTarget target = kind == "disk" ? Disk : Blob;
        Task<VhdUpload> upload = cloud.UploadAsync(source, target, context: new() { Cancellation = cancellation.Token });
        while (_cloud.Requests.Count(request => request.Operation == "page") < RawDisk.Runs + 1)
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        VhdUpload again = await cloud.UploadAsync(source, target);

        Assert.Equal(512, again.BytesSent);
        await RawDisk.AssertHeldAsync(source, (kind == "disk" ? _cloud.FindDiskFile(again.Id) : _cloud.FindBlobFile(again.Uri!))!);
    }

    [Fact]
    public async Task When_several_readers_of_a_verification_fail_the_first_real_error_is_told()
    {
        string source = RawDisk.Create(_folder);
        int reads = 0;
        using HookHandler hook = new(_cloud.CreateHandler(), request =>
        {
            if (request.Method == HttpMethod.Get && request.RequestUri!.Query.Contains("sig=") && !request.RequestUri.Query.Contains("comp=") && Interlocked.Increment(ref reads) == 1)
            {
                FlipByte(_cloud.FindDiskFile($"/subscriptions/{_cloud.SubscriptionId}/resourceGroups/{Group}/providers/Microsoft.Compute/disks/web01")!);
            }
        });
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, hook);

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Disk, request => request with { Verify = true }));

        Assert.NotEqual(0, reads);
        Assert.Equal("VerificationFailed", error.ErrorId);
    }

    private static void FlipByte(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        for (int chunk = 0; chunk < 10; chunk++)
        {
            file.Position = (chunk << 22) + 100;
            int value = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(value ^ 1));
        }
    }

    /// <summary>Does something once, before the page behind so many.</summary>
    private static Action<HttpRequestMessage> ExpireAt(int pages, Action action)
    {
        int seen = 0;
        return request =>
        {
            if (request.Method == HttpMethod.Put && request.RequestUri!.Query.Contains("comp=page") && Interlocked.Increment(ref seen) == pages)
            {
                action();
            }
        };
    }

    private static Task<VhdUpload> UploadAsync(string source, UploadTarget target)
        => VhdUploader.UploadAsync(session: null, new UploadRequest { Path = source, Target = target }, OperationContext.None);

    private async Task SurviveAsync(SandboxFault fault)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(fault);

        VhdUpload upload = await cloud.UploadAsync(source, Disk);

        Assert.Equal(fault.Times, upload.Retries);
        await RawDisk.AssertHeldAsync(source, _cloud.FindDiskFile(upload.Id)!);
    }

    private sealed class MovableTime : TimeProvider
    {
        public TimeSpan Offset { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
    }
}
