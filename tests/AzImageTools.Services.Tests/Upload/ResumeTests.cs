using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Uploads that break off and are continued, in the sandbox: page blobs and managed disks alike.</summary>
public sealed class ResumeTests : IDisposable
{
    private const string Group = "sandbox-rg";
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public static TheoryData<string> Targets => ["disk", "blob"];

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_broken_upload_is_continued_by_the_same_request_and_nothing_is_sent_twice(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        PlanFailedException error = await BreakAsync(cloud, source, kind, after: 9);
        string journal = Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
        JournalContent before = JournalReader.Read(journal)!;

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind));

        Assert.Contains("continued by the same command", error.Message);
        Assert.NotEmpty(error.Kept);
        Assert.NotEqual(0, before.BytesDone);
        Assert.Equal(before.BytesDone, upload.BytesResumed);
        Assert.Equal(RawDisk.Capacity, upload.BytesResumed + upload.BytesSent - 512 + upload.BytesSkipped);
        Assert.InRange(upload.BytesRead, RawDisk.Capacity, 2 * RawDisk.Capacity);
        Assert.False(File.Exists(journal));
        await RawDisk.AssertHeldAsync(source, Held(kind, upload));
        byte[] content = await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken);
        Assert.Equal($"{Crc64Nvme.Compute(content):X16}", upload.Crc64);
        Assert.True(upload.Verified);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task The_journal_is_opened_once_for_an_upload_and_twice_for_one_that_is_continued(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        using FileOpens opens = new(_folder.FullName);

        await BreakAsync(cloud, source, kind, after: 9);
        int begun = opens.Count(UploadJournal.Extension);
        await cloud.UploadAsync(source, Target(kind));

        // To plan how to go on, and to write on.
        Assert.Equal((1, 2), (begun, opens.Count(UploadJournal.Extension)));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task An_upload_that_fails_before_anything_was_sent_leaves_nothing(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);

        PlanFailedException error = await BreakAsync(cloud, source, kind, after: 0);

        Assert.Empty(error.NotUndone);
        Assert.NotEmpty(error.Undone);
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
        Assert.NotNull((await cloud.UploadAsync(source, Target(kind))).Id);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task What_the_journal_does_not_know_is_cleared_or_sent_again(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, kind, after: 9);
        string journal = Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
        string[] lines = await File.ReadAllLinesAsync(journal, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(journal, string.Join('\n', lines[..2]) + "\n", TestContext.Current.CancellationToken);
        int puts = CountPuts();

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind));

        Assert.Equal(JournalFormat.TryRead(System.Text.Encoding.ASCII.GetBytes(lines[1]), RawDisk.Capacity, out SentChunk? kept) ? kept!.BytesSent : -1, upload.BytesResumed);
        Assert.True(CountPuts() - puts > upload.Requests, "nothing was cleared");
        await RawDisk.AssertHeldAsync(source, Held(kind, upload));
    }

    [Fact]
    public async Task A_journal_that_promises_what_the_service_does_not_hold_is_not_believed()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, "blob", after: 9);
        await cloud.ClearAsync(UploadCloud.BlobUri, 0, 4096);
        VhdUpload upload = await cloud.UploadAsync(source, Target("blob"));

        await RawDisk.AssertHeldAsync(source, Held("blob", upload));
        Assert.True(upload.BytesRead >= 4 << 20);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_source_that_changed_is_refused_and_sent_anew_with_Restart(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, kind, after: 9);
        RawDisk.Create(_folder, seed: 2);
        File.SetLastWriteTimeUtc(source, DateTime.UtcNow.AddMinutes(1));

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.UploadAsync(source, Target(kind)));
        VhdUpload upload = await cloud.UploadAsync(source, Target(kind), request => request with { Restart = true });

        Assert.Equal("SourceChanged", error.ErrorId);
        Assert.Contains("-Restart", error.Message);
        Assert.Equal(0, upload.BytesResumed);
        await RawDisk.AssertHeldAsync(source, Held(kind, upload));
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
    }

    [Fact]
    public async Task A_disk_that_gets_no_write_access_again_is_replaced_by_a_new_one_and_the_user_is_told()
    {
        using SandboxCloud strict = new(new SandboxOptions { GrantsWriteAccessAgain = false });
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(strict);
        strict.Inject(UploadCloud.FailingPages("blob", after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target("disk"), throttleLimit: 1));
        RecordingLog log = new();

        VhdUpload upload = await cloud.UploadAsync(source, Target("disk"), context: new() { Log = log });

        Assert.Contains(log.Warnings, warning => warning.Contains("does not give write access again"));
        Assert.Equal(0, upload.BytesResumed);
        await RawDisk.AssertHeldAsync(source, strict.FindDiskFile(upload.Id)!);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_target_that_is_gone_is_made_anew_with_a_warning(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, kind, after: 9);
        await cloud.DeleteAsync(kind);
        RecordingLog log = new();

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind), context: new() { Log = log });

        Assert.Contains(log.Warnings, warning => warning.Contains("starts over"));
        Assert.Equal(0, upload.BytesResumed);
        await RawDisk.AssertHeldAsync(source, Held(kind, upload));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_target_that_somebody_else_made_meanwhile_is_not_taken_for_ones_own(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAsync(cloud, source, kind, after: 9);
        await cloud.DeleteAsync(kind);
        using TempFolder elsewhere = new();
        string other = RawDisk.Create(elsewhere, seed: 9);
        VhdUpload theirs = await cloud.UploadAsync(other, Target(kind));

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.UploadAsync(source, Target(kind)));

        Assert.Equal(ErrorKind.AlreadyExists, error.Kind);
        await RawDisk.AssertHeldAsync(other, Held(kind, theirs));
    }

    [Theory]
    [InlineData("disk", "endGetAccess")]
    [InlineData("blob", "comp=metadata")]
    public async Task An_upload_killed_between_its_end_and_that_of_its_journal_sends_no_page_again(string kind, string last)
    {
        ExternalTool.SkipUnlessInstalled("cp");
        string source = RawDisk.Create(_folder);
        byte[] journalled = [];
        using HookHandler hook = new(_cloud.CreateHandler(), request =>
        {
            if (request.Method != HttpMethod.Get && request.RequestUri!.AbsoluteUri.Contains(last))
            {
                // .NET respects the lock on it; the programs of the system do not.
                string journal = Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
                ExternalTool.RunAsync("cp", journal, journal + ".copy").GetAwaiter().GetResult();
                journalled = File.ReadAllBytes(journal + ".copy");
                File.Delete(journal + ".copy");
            }
        });
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, hook);
        VhdUpload ended = await cloud.UploadAsync(source, Target(kind));
        await File.WriteAllBytesAsync(UploadJournal.PathFor(source, null, ended.Id), journalled, TestContext.Current.CancellationToken);

        VhdUpload again = await cloud.UploadAsync(source, Target(kind));

        Assert.Equal(ended.Crc64, again.Crc64);
        Assert.Equal((kind == "disk" ? 0 : 512, ended.BytesSkipped), (again.BytesSent, again.BytesSkipped));
        Assert.True(again.Verified);
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
        await RawDisk.AssertHeldAsync(source, Held(kind, again));
    }

    [Fact]
    public async Task The_journal_lies_where_it_is_wanted_and_holds_no_secret()
    {
        using TempFolder journals = new();
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(UploadCloud.FailingPages("disk", after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target("disk"), request => request with { JournalPath = journals.FullName }, throttleLimit: 1));

        string text = await File.ReadAllTextAsync(Assert.Single(Directory.GetFiles(journals.FullName)), TestContext.Current.CancellationToken);

        Assert.Empty(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
        Assert.DoesNotContain("sig", text);
        Assert.DoesNotContain("?", text);
    }

    private static UploadTarget Target(string kind) => kind == "disk" ? new ManagedDiskTarget(Group, "web01") : new PageBlobTarget("sandboximages", "vhds", "web01.vhd");

    private string Held(string kind, VhdUpload upload) => (kind == "disk" ? _cloud.FindDiskFile(upload.Id) : _cloud.FindBlobFile(upload.Uri!))!;

    private int CountPuts() => _cloud.Requests.Count(request => request is { Method: "PUT", Operation: "page", Status: 201 });

    /// <summary>Uploads until so many pages are there, then fails for good.</summary>
    private static async Task<PlanFailedException> BreakAsync(UploadCloud cloud, string source, string kind, int after)
    {
        cloud.Cloud.Inject(UploadCloud.FailingPages(kind, after));
        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target(kind), throttleLimit: 1));
        Assert.Equal("AuthorizationFailure", error.ErrorId);
        return error;
    }
}
