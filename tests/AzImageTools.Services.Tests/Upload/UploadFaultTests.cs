using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>
/// What may go wrong during an upload: each ends with the disk's bytes, or in one clear error with everything undone or to be
/// continued. The faults, and where each is tested:
/// <list type="table">
/// <item><term>connection reset mid-body, truncated, corrupted on the way, stalled sockets</term><description><see cref="ProxyFaultTests"/>: a TCP proxy before Azurite</description></item>
/// <item><term>408, 429, 500, 503, with and without Retry-After</term><description><see cref="A_status_that_may_pass_with_and_without_Retry_After_is_tried_again"/></description></item>
/// <item><term>connection reset before and behind the body, corrupted body</term><description><see cref="A_reset_a_lost_answer_and_a_corrupted_body_are_tried_again"/>, <see cref="A_body_corrupted_each_time_is_one_clear_error"/></description></item>
/// <item><term>SAS expired</term><description><see cref="A_SAS_that_expires_mid_upload_is_one_clear_error_and_a_new_one_continues"/>, <see cref="A_managed_disks_SAS_that_expires_mid_upload_is_renewed"/></description></item>
/// <item><term>access revoked</term><description><see cref="Access_revoked_mid_upload_is_asked_for_again_and_where_that_is_refused_is_one_clear_error"/></description></item>
/// <item><term>blob deleted</term><description><see cref="A_blob_deleted_mid_upload_is_one_clear_error_and_the_next_run_begins_anew"/></description></item>
/// <item><term>lease lost or running out</term><description><see cref="A_lost_lease_is_one_clear_error_and_the_next_run_continues"/>, <see cref="The_lease_is_renewed_for_as_long_as_pages_are_written"/></description></item>
/// <item><term>source truncated or changed</term><description><see cref="A_source_truncated_or_changed_while_read_is_one_clear_error_and_nothing_is_left"/></description></item>
/// <item><term>disk full for the journal, torn last record, journal gone</term><description><see cref="JournalFaultTests"/>, <see cref="JournalTests"/>, <see cref="TakeOverTests"/></description></item>
/// <item><term>kill -9 at random moments</term><description><see cref="KillTests"/></description></item>
/// <item><term>two uploads of one target at once</term><description><see cref="Two_uploads_of_one_target_at_once_do_not_mix"/>, <see cref="DiskCreationRaceTests"/></description></item>
/// <item><term>clock skew</term><description><see cref="A_clock_skew_of_a_day_does_no_harm"/></description></item>
/// <item><term>Ctrl+C while nothing answers</term><description><see cref="CancellationTests"/></description></item>
/// </list>
/// </summary>
public sealed class UploadFaultTests : IDisposable
{
    private const string Group = "sandbox-rg";
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);
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
    public async Task A_SAS_that_expires_mid_upload_is_one_clear_error_and_a_new_one_continues()
    {
        string source = RawDisk.Create(_folder);
        MovableTime time = new();
        using SandboxCloud clocked = new(new SandboxOptions { TimeProvider = time });
        using HookHandler hook = new(clocked.CreateHandler(), HookHandler.AtPage(9, () => time.Offset = TimeSpan.FromHours(2)));
        using UploadCloud cloud = await UploadCloud.ConnectAsync(clocked, hook);
        SasTarget Sas() => new(clocked.CreateBlobSas("sandboximages", "vhds", "web01.vhd", "rcwd", time.GetUtcNow().AddHours(1)).AbsoluteUri);

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, Sas(), throttleLimit: 1));
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
        using HookHandler hook = new(clocked.CreateHandler(), HookHandler.AtPage(5, () => time.Offset += TimeSpan.FromDays(2)));
        using UploadCloud cloud = await UploadCloud.ConnectAsync(clocked, hook);

        VhdUpload upload = await cloud.UploadAsync(source, Disk);

        Assert.Equal(2, clocked.Requests.Count(request => request.Path.EndsWith("/beginGetAccess", StringComparison.OrdinalIgnoreCase) && request.Method == "POST"));
        await RawDisk.AssertHeldAsync(source, clocked.FindDiskFile(upload.Id)!);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Access_revoked_mid_upload_is_asked_for_again_and_where_that_is_refused_is_one_clear_error(bool grantsAgain)
    {
        string source = RawDisk.Create(_folder);
        using SandboxCloud sandbox = new(new SandboxOptions { GrantsWriteAccessAgain = grantsAgain });
        UploadCloud? cloud = null;
        using HookHandler hook = new(sandbox.CreateHandler(), HookHandler.AtPage(5, () => cloud!.RevokeAsync().GetAwaiter().GetResult()));
        using (cloud = await UploadCloud.ConnectAsync(sandbox, hook))
        {
            if (grantsAgain)
            {
                VhdUpload upload = await cloud.UploadAsync(source, Disk);

                await RawDisk.AssertHeldAsync(source, sandbox.FindDiskFile(upload.Id)!);
                return;
            }

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
        using HookHandler hook = new(_cloud.CreateHandler(), HookHandler.AtPage(9, () => cloud!.BreakLeaseAsync(delete: true).GetAwaiter().GetResult()));
        using (cloud = await UploadCloud.ConnectAsync(_cloud, hook))
        {
            ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, Blob, throttleLimit: 1));
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
        using HookHandler hook = new(_cloud.CreateHandler(), HookHandler.AtPage(9, () => cloud!.BreakLeaseAsync(delete: false).GetAwaiter().GetResult()));
        using (cloud = await UploadCloud.ConnectAsync(_cloud, hook))
        {
            ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(source, Blob, throttleLimit: 1));
            VhdUpload upload = await cloud.UploadAsync(source, Blob);

            Assert.Equal("LeaseLost", error.ErrorId);
            Assert.NotEqual(0, upload.BytesResumed);
            await RawDisk.AssertHeldAsync(source, _cloud.FindBlobFile(upload.Uri!)!);
        }
    }

    [Fact]
    public async Task The_lease_is_renewed_for_as_long_as_pages_are_written()
    {
        string source = RawDisk.Create(_folder);
        using CountdownEvent renewals = new(3);
        bool held = false;
        Action<HttpRequestMessage> stall = HookHandler.AtPage(3, () => held = renewals.Wait(Timeout));
        using HookHandler hook = new(_cloud.CreateHandler(), request =>
        {
            if (request.Headers.TryGetValues("x-ms-lease-action", out IEnumerable<string>? action) && action.Single() == "renew" && !renewals.IsSet)
            {
                renewals.Signal();
            }

            stall(request);
        });
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, hook);

        await cloud.UploadAsync(source, Blob, context: new() { Time = new ScaledTime(1000) });

        Assert.True(held, "the lease was not renewed");
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("changed")]
    public async Task A_source_truncated_or_changed_while_read_is_one_clear_error_and_nothing_is_left(string how)
    {
        string source = RawDisk.Create(_folder);
        using HookHandler hook = new(_cloud.CreateHandler(), HookHandler.AtPage(2, () =>
        {
            // By programs that know nothing of .NET's locks.
            Task<string> done = how == "truncated" ? ExternalTool.RunAsync("truncate", "-s", "5M", source) : ExternalTool.RunAsync("touch", "-d", "2031-01-01", source);
            done.GetAwaiter().GetResult();
        }));
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, hook);

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Disk, throttleLimit: 1));

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
        using HookHandler hook = new(_cloud.CreateHandler(), HookHandler.AtPage(5, () =>
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
    [InlineData("disk", -26)]
    [InlineData("disk", 26)]
    [InlineData("blob", -26)]
    [InlineData("blob", 26)]
    public async Task A_clock_skew_of_a_day_does_no_harm(string kind, int hours)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);

        VhdUpload upload = await cloud.UploadAsync(source, kind == "disk" ? Disk : Blob, context: new() { Time = new MovableTime { Offset = TimeSpan.FromHours(hours) } });

        await RawDisk.AssertHeldAsync(source, (kind == "disk" ? _cloud.FindDiskFile(upload.Id) : _cloud.FindBlobFile(upload.Uri!))!);
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
