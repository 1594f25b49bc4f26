using System.Net;
using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Tests.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Upload;

public sealed class SandboxUploadTests : IDisposable
{
    private const string Group = "sandbox-rg";
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public static TheoryData<string> Disks => [.. TestDisk.Names];

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task A_disk_of_any_format_becomes_a_managed_disk_with_the_same_bytes(string name)
    {
        TestDisk disk = TestDisk.Find(name);
        string source = disk.Unpack(_folder);
        using ImageSession session = await ConnectAsync();

        VhdUpload upload = await UploadAsync(session, source, new ManagedDiskTarget(Group, "web01"));

        ManagedDiskData data = (await session.Subscription.GetResourceGroup(Group, TestContext.Current.CancellationToken).Value.GetManagedDisks().GetAsync("web01")).Value.Data;
        Assert.Equal(DiskState.Unattached, data.DiskState);
        Assert.Equal(UploadTargetKind.ManagedDisk, upload.TargetKind);
        Assert.Equal(data.Id.ToString(), upload.Id);
        Assert.Equal(name.StartsWith("mbr", StringComparison.Ordinal) ? "V1" : "V2", upload.HyperVGeneration);
        Assert.Equal("Windows", upload.OsType);
        Assert.Equal(upload.OsType, data.OSType?.ToString());
        Assert.Equal(upload.HyperVGeneration, data.HyperVGeneration?.ToString());
        Assert.Equal(("web01", Group, _cloud.Location, _cloud.SubscriptionId), (upload.Name, upload.ResourceGroupName, upload.Location, upload.SubscriptionId));
        Assert.Null(upload.Uri);
        string held = _cloud.FindDiskFile(upload.Id) ?? throw new InvalidOperationException("The sandbox holds no bytes.");
        await UploadedBytes.EqualAsync(disk, source, held, upload);
    }

    [Fact]
    public async Task A_page_blob_is_written_by_the_sessions_credential()
    {
        TestDisk disk = TestDisk.Find("ready-dynamic.vhdx");
        string source = disk.Unpack(_folder);
        using ImageSession session = await ConnectAsync();

        VhdUpload upload = await UploadAsync(session, source, new PageBlobTarget("sandboximages", "vhds", "web 01.vhd"));

        Assert.Equal("https://sandboximages.blob.core.windows.net/vhds/web%2001.vhd", upload.Uri!.AbsoluteUri);
        await UploadedBytes.EqualAsync(disk, source, _cloud.FindBlobFile(upload.Uri)!, upload);
    }

    [Fact]
    public async Task A_disk_that_is_there_stays_as_it_is()
    {
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);
        using ImageSession session = await ConnectAsync();
        VhdUpload first = await UploadAsync(session, source, new ManagedDiskTarget(Group, "web01"));

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => UploadAsync(session, source, new ManagedDiskTarget(Group, "web01")));

        Assert.Equal("DiskAlreadyExists", error.ErrorId);
        Assert.Equal(ErrorKind.AlreadyExists, error.Kind);
        Assert.Equal(first.Id, error.Target);
        Assert.NotNull(_cloud.FindDiskFile(first.Id));
    }

    [Theory]
    [InlineData("nowhere-rg", "web01", "ResourceGroupNotFound")]
    public async Task A_missing_resource_group_is_named_before_anything_is_created(string group, string name, string errorId)
    {
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);
        using ImageSession session = await ConnectAsync();

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => UploadAsync(session, source, new ManagedDiskTarget(group, name)));

        Assert.Equal(errorId, error.ErrorId);
        Assert.DoesNotContain(_cloud.Requests, request => request.Method == "PUT");
    }

    public static TheoryData<UploadTarget> MisleadingTargets =>
    [
        new PageBlobTarget("evil.example/x?", "vhds", "d.vhd"),
        new PageBlobTarget("sandboximages", "vhds/../other", "d.vhd"),
        new PageBlobTarget("sandboximages", "vhds", "../other/d.vhd"),
        new ManagedDiskTarget(Group, "web01/providers/x"),
        new ManagedDiskTarget("../other-rg", "web01"),
    ];

    [Theory]
    [MemberData(nameof(MisleadingTargets), DisableDiscoveryEnumeration = true)]
    public async Task Names_that_lead_elsewhere_are_refused_before_anything_is_sent(UploadTarget target)
    {
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);
        using ImageSession session = await ConnectAsync();
        int before = _cloud.Requests.Count;

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => UploadAsync(session, source, target));

        Assert.Equal("NameInvalid", error.ErrorId);
        Assert.Equal(before, _cloud.Requests.Count);
    }

    [Fact]
    public async Task A_missing_container_is_one_clear_error()
    {
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);
        using ImageSession session = await ConnectAsync();

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => UploadAsync(session, source, new PageBlobTarget("sandboximages", "nothere", "d.vhd")));

        Assert.Equal("ContainerNotFound", error.ErrorId);
        Assert.Equal(ErrorKind.NotFound, error.Kind);
    }

    [Fact]
    public async Task Planning_changes_nothing_and_says_what_would_be_sent()
    {
        string source = TestDisk.Find("ready-dynamic.vhdx").Unpack(_folder);
        using ImageSession session = await ConnectAsync();

        using Plan<VhdUpload> plan = await Uploads.PlanAsync(
            session, new UploadRequest { Path = source, Target = new ManagedDiskTarget(Group, "web01") }, OperationContext.None);

        Assert.Contains("managed disk 'web01' in resource group 'sandbox-rg'", plan.ToString());
        Assert.Contains("of 61 MiB are sent", plan.ToString());

        // Policies are asked by a POST, which changes nothing.
        Assert.All(
            _cloud.Requests.Where(static request => !request.Path.EndsWith("/checkPolicyRestrictions", StringComparison.Ordinal)),
            static request => Assert.Contains(request.Method, new[] { "GET", "HEAD" }));
    }

    [Fact]
    public async Task A_cancelled_upload_keeps_the_disk_and_says_how_to_go_on()
    {
        string source = RawDisk.Create(_folder);
        RecordingLog log = new();
        using CancellationTokenSource cancellation = new();
        using FailingHandler cancelling = new(_cloud.CreateHandler(), pagesBeforeFailure: 9, cancellation);
        using ImageSession session = await ConnectAsync(cancelling);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => UploadAsync(session, source, new ManagedDiskTarget(Group, "web01"), new() { Cancellation = cancellation.Token, Log = log }));

        Assert.Contains(log.Warnings, warning => warning.Contains("The same command continues it"));
        Assert.DoesNotContain(_cloud.Requests, request => request.Path.EndsWith("/endGetAccess", StringComparison.OrdinalIgnoreCase));
        ManagedDiskData data = (await session.Subscription.GetResourceGroup(Group, TestContext.Current.CancellationToken).Value.GetManagedDisks().GetAsync("web01")).Value.Data;
        Assert.Equal(DiskState.ActiveUpload, data.DiskState);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task No_more_requests_are_in_flight_than_allowed(int limit)
    {
        string source = TestDisk.Find("ready-fixed.vhd").Unpack(_folder);
        using FailingHandler counting = new(_cloud.CreateHandler(), pagesBeforeFailure: int.MaxValue);
        using ImageSession session = await ConnectAsync(counting);

        VhdUpload upload = await Uploads.RunAsync(
            session, new UploadRequest { Path = source, Target = new ManagedDiskTarget(Group, "web01") }, OperationContext.None, limit);

        Assert.InRange(counting.MostInFlight, 1, limit);
        Assert.Equal(upload.Requests, counting.Pages);
    }

    [Fact]
    public async Task A_throttled_page_is_sent_again_and_counted()
    {
        TestDisk disk = TestDisk.Find("mbr-dynamic.vhdx");
        string source = disk.Unpack(_folder);
        using FailingHandler busy = new(_cloud.CreateHandler(), pagesBeforeFailure: 1) { Once = HttpStatusCode.ServiceUnavailable };
        using ImageSession session = await ConnectAsync(busy);

        VhdUpload upload = await UploadAsync(session, source, new ManagedDiskTarget(Group, "web01"));

        Assert.Equal(1, upload.Retries);
        await UploadedBytes.EqualAsync(disk, source, _cloud.FindDiskFile(upload.Id)!, upload);
    }

    [Fact]
    public async Task A_creation_whose_answer_was_lost_is_not_taken_for_a_blob_of_others()
    {
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);
        using LosingHandler losing = new(_cloud.CreateHandler());
        using ImageSession session = await ConnectAsync(losing);

        VhdUpload upload = await UploadAsync(session, source, new PageBlobTarget("sandboximages", "vhds", "d.vhd"));

        Assert.Equal(1, losing.Lost);
        Assert.True(upload.Verified);
    }

    [Fact]
    public async Task A_disk_that_Azure_does_not_take_is_refused_before_anything_is_created()
    {
        string small = _folder.File("small.raw");
        await File.WriteAllBytesAsync(small, new byte[8 << 20], TestContext.Current.CancellationToken);
        using ImageSession session = await ConnectAsync();

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => UploadAsync(session, small, new ManagedDiskTarget(Group, "small")));

        Assert.Equal("DiskNotUploadable", error.ErrorId);
        Assert.Contains("20 MiB", error.Message);
        Assert.DoesNotContain(_cloud.Requests, request => request.Method == "PUT");
    }

    [Theory]
    [InlineData("nosuch.vhd", null)]
    [InlineData("empty.vhd", "")]
    [InlineData("text.vhdx", "This is no disk.")]
    public async Task What_is_no_disk_image_is_refused_before_anything_is_created(string name, string? content)
    {
        string path = _folder.File(name);
        if (content is not null)
        {
            await File.WriteAllTextAsync(path, content, TestContext.Current.CancellationToken);
        }

        using ImageSession session = await ConnectAsync();

        await Assert.ThrowsAnyAsync<IOException>(() => UploadAsync(session, path, new ManagedDiskTarget(Group, "d")));

        Assert.DoesNotContain(_cloud.Requests, request => request.Method == "PUT");
    }

    [Fact]
    public async Task A_source_that_is_overwritten_once_the_upload_is_planned_fails_it_and_leaves_no_disk()
    {
        string source = TestDisk.Find("ready-dynamic.vhdx").Unpack(_folder);
        using ImageSession session = await ConnectAsync();
        using Plan<VhdUpload> plan = await Uploads.PlanAsync(
            session, new UploadRequest { Path = source, Target = new ManagedDiskTarget(Group, "web01") }, OperationContext.None);
        await File.WriteAllBytesAsync(source, [1, 2, 3], TestContext.Current.CancellationToken);

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(plan, OperationContext.None));

        Assert.Equal("SourceChanged", error.ErrorId);
        Assert.Equal(ErrorKind.InvalidState, error.Kind);
        Assert.False((await session.Subscription.GetResourceGroup(Group, TestContext.Current.CancellationToken).Value.GetManagedDisks().ExistsAsync("web01")).Value);
    }

    [Fact]
    public async Task Without_a_session_a_managed_disk_asks_for_one()
    {
        string source = TestDisk.Find("mbr-dynamic.vhdx").Unpack(_folder);

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(
            () => Uploads.RunAsync(session: null, new UploadRequest { Path = source, Target = new ManagedDiskTarget(Group, "d") }, OperationContext.None));

        Assert.Equal("NotConnected", error.ErrorId);
        Assert.Contains("Connect-AzAccount", error.Remedy);
    }

    private static Task<VhdUpload> UploadAsync(ImageSession session, string source, UploadTarget target, OperationContext? context = null)
        => Uploads.RunAsync(session, new UploadRequest { Path = source, Target = target }, context ?? OperationContext.None);

    private Task<ImageSession> ConnectAsync(HttpMessageHandler? handler = null)
        => ImageSession.ConnectAsync(
            new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = handler ?? _cloud.CreateHandler() }, new OperationContext { Time = new InstantTime() });
}
