using AzImageTools.Sandbox;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Tests.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

public sealed class PendingUploadTests : IDisposable
{
    private const string Group = "sandbox-rg";
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("disk", "ActiveUpload")]
    [InlineData("blob", "Interrupted")]
    public async Task An_interrupted_upload_is_listed_with_its_journal_and_given_up_with_all_that_it_left(string kind, string state)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, kind);

        PendingUpload pending = Assert.Single(await ListAsync(cloud));
        await PlanRunner.RunAsync(new PendingUploadService(cloud.Session).PlanStop(pending, Context()), Context());

        Assert.Equal(state, pending.State);
        Assert.Equal(source, pending.SourcePath);
        Assert.Equal(RawDisk.Capacity, pending.Capacity);
        Assert.NotEqual(0, pending.BytesSent);
        Assert.Equal(kind == "disk" ? "web01" : "web01.vhd", pending.Name);
        Assert.Empty(await ListAsync(cloud));
        Assert.False(await cloud.HasDiskAsync("web01"));
        Assert.Null(_cloud.FindBlobFile(UploadCloud.BlobUri));
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
    }

    [Fact]
    public async Task A_disk_whose_upload_has_ended_is_never_removed()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, "disk");
        PendingUpload pending = Assert.Single(await ListAsync(cloud));
        VhdUpload upload = await cloud.UploadAsync(source, Target("disk"));

        ImageServiceException stop = await Assert.ThrowsAnyAsync<ImageServiceException>(() => PlanRunner.RunAsync(new PendingUploadService(cloud.Session).PlanStop(pending, Context()), Context()));
        ImageServiceException find = await Assert.ThrowsAsync<ImageServiceException>(() => new PendingUploadService(cloud.Session).FindAsync(upload.Id, Context()));

        Assert.Equal(("DiskNotUnderUpload", "DiskNotUnderUpload"), (stop.ErrorId, find.ErrorId));
        Assert.True(await cloud.HasDiskAsync("web01"));
    }

    [Fact]
    public async Task A_blob_that_the_journal_does_not_tell_of_stays()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, "blob");
        PendingUpload pending = Assert.Single(await ListAsync(cloud));
        await cloud.DeleteAsync("blob");
        using TempFolder elsewhere = new();
        await cloud.UploadAsync(RawDisk.Create(elsewhere, seed: 9), Target("blob"));
        RecordingLog log = new();

        await PlanRunner.RunAsync(new PendingUploadService(cloud.Session).PlanStop(pending, Context()), Context() with { Log = log });

        Assert.Contains(log.Warnings, warning => warning.Contains("not deleted"));
        Assert.NotNull(_cloud.FindBlobFile(UploadCloud.BlobUri));
    }

    [Fact]
    public async Task An_upload_by_a_signature_is_given_up_by_one_that_is_to_the_same_blob()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Signed("web01.vhd"), throttleLimit: 1));
        PendingUpload pending = Assert.Single(await new PendingUploadService(session: null).ListAsync(resourceGroup: null, _folder.FullName, Context()));

        ImageServiceException error = Assert.Throws<ImageServiceException>(() => new PendingUploadService(cloud.Session).PlanStop(pending, Context(), Signed("other.vhd")));
        Assert.Equal("AccessToOtherTarget", error.ErrorId);
        Assert.DoesNotContain("sig=", error.ToString(), StringComparison.Ordinal);
        await PlanRunner.RunAsync(new PendingUploadService(cloud.Session).PlanStop(pending, Context(), Signed("web01.vhd")), Context());

        Assert.Null(_cloud.FindBlobFile(UploadCloud.BlobUri));
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
    }

    [Fact]
    public async Task A_journal_that_leads_to_another_host_gets_no_credential()
    {
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        int before = _cloud.Requests.Count;
        PendingUpload forged = new() { Id = "https://evil.example/vhds/web01.vhd", Name = "web01.vhd", TargetKind = UploadTargetKind.PageBlob, State = "Interrupted" };

        await Assert.ThrowsAnyAsync<ImageServiceException>(() => PlanRunner.RunAsync(new PendingUploadService(cloud.Session).PlanStop(forged, Context()), Context()));

        Assert.Equal(before, _cloud.Requests.Count);
    }

    [Fact]
    public async Task A_file_that_is_no_journal_is_a_warning_and_a_running_upload_is_listed_as_such()
    {
        await File.WriteAllTextAsync(_folder.File("foreign.azupload"), "no journal", TestContext.Current.CancellationToken);
        using FileStream held = new(_folder.File("held.azupload"), FileMode.Create, FileAccess.Write, FileShare.None);
        RecordingLog log = new();

        PendingUpload running = Assert.Single(await new PendingUploadService(session: null).ListAsync(resourceGroup: null, _folder.FullName, new() { Log = log }));

        Assert.Equal("Running", running.State);
        Assert.Single(log.Warnings);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        Assert.Equal("UploadInProgress", Assert.Throws<ImageServiceException>(() => new PendingUploadService(cloud.Session).PlanStop(running, Context())).ErrorId);
    }

    private SasTarget Signed(string blob) => new(_cloud.CreateBlobSas("sandboximages", "vhds", blob, "rcwd", DateTimeOffset.UtcNow.AddHours(1)).AbsoluteUri);

    private static OperationContext Context() => new() { Time = new InstantTime() };

    private static UploadTarget Target(string kind) => kind == "disk" ? new ManagedDiskTarget(Group, "web01") : new PageBlobTarget("sandboximages", "vhds", "web01.vhd");

    private async Task BreakAsync(UploadCloud cloud, string source, string kind)
    {
        _cloud.Inject(UploadCloud.FailingPages(kind, after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target(kind), throttleLimit: 1));
    }

    private Task<IReadOnlyList<PendingUpload>> ListAsync(UploadCloud cloud)
        => new PendingUploadService(cloud.Session).ListAsync(resourceGroup: null, _folder.FullName, OperationContext.None);
}
