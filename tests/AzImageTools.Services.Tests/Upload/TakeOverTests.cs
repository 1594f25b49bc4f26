using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Uploads that broke off and whose journal is gone: everything is sent again, unless -Verify proves that it is there.</summary>
public sealed class TakeOverTests : IDisposable
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
    public async Task Without_a_journal_Force_and_Verify_send_only_what_is_not_proved_to_be_there(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        JournalContent lost = await BreakAndForgetAsync(cloud, source, kind);
        Plan<VhdUpload> plan = await Uploads.PlanAsync(cloud.Session, new UploadRequest { Path = source, Target = Target(kind, force: true), Verify = true }, OperationContext.None);

        VhdUpload upload = await PlanRunner.RunAsync(plan, OperationContext.None);

        Assert.Contains("sent only where it is not the disk's", plan.ToString());
        Assert.True(upload.BytesResumed >= lost.BytesDone, $"{upload.BytesResumed} of {lost.BytesDone} bytes were kept");
        Assert.Equal(RawDisk.Capacity, upload.BytesResumed + upload.BytesSent - 512 + upload.BytesSkipped);
        Assert.Equal(upload.BytesResumed + upload.BytesSent - 512, upload.BytesVerified);
        await AssertHeldAsync(source, kind, upload);
        Assert.Equal($"{Crc64Nvme.Compute(await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken)):X16}", upload.Crc64);
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Without_a_journal_Force_alone_sends_everything_again(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAndForgetAsync(cloud, source, kind);

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind, force: true));

        Assert.Equal(0, upload.BytesResumed);
        await AssertHeldAsync(source, kind, upload);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Without_a_journal_and_Force_what_is_there_stays_as_it_is_and_the_error_tells_both_ways(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAndForgetAsync(cloud, source, kind);
        int changes = CountChanges();

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.UploadAsync(source, Target(kind, force: false), request => request with { Verify = true }));

        Assert.Equal((kind == "disk" ? "DiskUnderUpload" : "BlobAlreadyExists", ErrorKind.AlreadyExists), (error.ErrorId, error.Kind));
        Assert.Contains("-Force", error.Message);
        Assert.Contains("-Verify", error.Message);
        Assert.Equal(changes, CountChanges());
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task Who_is_asked_instead_of_Force_decides_what_becomes_of_what_is_there(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAndForgetAsync(cloud, source, kind);
        int changes = CountChanges();
        List<ImageServiceException> asked = [];

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.UploadAsync(source, Target(kind, force: false), request => request with { AskToReplace = Answer(false) }));
        Assert.Same(error, Assert.Single(asked));
        Assert.Equal(changes, CountChanges());

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind, force: false), request => request with { AskToReplace = Answer(true), Verify = true });
        Assert.Equal(2, asked.Count);
        Assert.NotEqual(0, upload.BytesResumed);
        await AssertHeldAsync(source, kind, upload);

        Func<ImageServiceException, Task<bool>> Answer(bool answer) => refusal =>
        {
            asked.Add(refusal);
            return Task.FromResult(answer);
        };
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task What_an_upload_of_another_disk_left_is_replaced_byte_by_byte_and_nothing_of_it_remains(string kind)
    {
        using TempFolder elsewhere = new();
        string other = RawDisk.Create(elsewhere, seed: 9);
        string source = RawDisk.Create(_folder);
        byte[] mostly = await File.ReadAllBytesAsync(other, TestContext.Current.CancellationToken);
        mostly.AsSpan(4 << 20, 4 << 20).Clear();
        mostly[100] ^= 1;
        await File.WriteAllBytesAsync(source, mostly, TestContext.Current.CancellationToken);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        JournalContent lost = await BreakAndForgetAsync(cloud, other, kind);

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind, force: true), request => request with { Verify = true });

        Assert.InRange(upload.BytesResumed, 1, lost.BytesDone - 1);
        await AssertHeldAsync(source, kind, upload);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task A_take_over_that_breaks_off_is_continued_by_the_same_command(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await BreakAndForgetAsync(cloud, source, kind);
        _cloud.Inject(UploadCloud.FailingPages(kind, after: 1));
        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(
            () => cloud.UploadAsync(source, Target(kind, force: true), request => request with { Verify = true }, throttleLimit: 1));

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind, force: false));

        Assert.Contains("continued by the same command", error.Message);
        Assert.NotEqual(0, upload.BytesResumed);
        await AssertHeldAsync(source, kind, upload);
    }

    [Fact]
    public async Task A_whole_blob_of_ours_is_sent_again_only_where_the_disk_has_changed_and_its_footer_comes_last()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await cloud.UploadAsync(source, Target("blob", force: false));
        byte[] changed = await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken);
        changed[5 << 20] ^= 1;
        changed[4 << 20] ^= 1;
        await File.WriteAllBytesAsync(source, changed, TestContext.Current.CancellationToken);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 2));

        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target("blob", force: true), request => request with { Verify = true }, throttleLimit: 1));
        byte[] broken = await File.ReadAllBytesAsync(_cloud.FindBlobFile(UploadCloud.BlobUri)!, TestContext.Current.CancellationToken);
        VhdUpload upload = await cloud.UploadAsync(source, Target("blob", force: true), request => request with { Verify = true });

        Assert.False(broken.AsSpan(RawDisk.Capacity).ContainsAnyExcept((byte)0));
        Assert.NotEqual(0, upload.BytesResumed);
        await AssertHeldAsync(source, "blob", upload);
    }

    [Fact]
    public async Task A_blob_of_somebody_elses_is_never_kept_in_part()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await cloud.Session.Storage.PageBlob(UploadCloud.BlobUri).CreateAsync(RawDisk.Capacity + 512);

        VhdUpload upload = await cloud.UploadAsync(source, Target("blob", force: true), request => request with { Verify = true });

        Assert.Equal(0, upload.BytesResumed);
        await AssertHeldAsync(source, "blob", upload);
    }

    [Fact]
    public async Task A_disk_whose_upload_has_ended_is_not_touched_even_with_Force()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        VhdUpload ended = await cloud.UploadAsync(source, Target("disk", force: false));

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.UploadAsync(source, Target("disk", force: true), request => request with { Verify = true }));

        Assert.Equal("DiskAlreadyExists", error.ErrorId);
        await AssertHeldAsync(source, "disk", ended);
    }

    [Fact]
    public async Task A_disk_that_gets_no_write_access_again_is_replaced_when_it_is_taken_over()
    {
        using SandboxCloud strict = new(new SandboxOptions { GrantsWriteAccessAgain = false });
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(strict);
        strict.Inject(UploadCloud.FailingPages("blob", after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target("disk", force: false), throttleLimit: 1));
        File.Delete(Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension)));

        VhdUpload upload = await cloud.UploadAsync(source, Target("disk", force: true), request => request with { Verify = true });

        Assert.Equal(0, upload.BytesResumed);
        await RawDisk.AssertHeldAsync(source, strict.FindDiskFile(upload.Id)!);
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public async Task With_Verify_what_was_sent_but_not_journalled_is_kept_too(string kind)
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        JournalContent whole = await BreakAsync(cloud, source, kind);
        string journal = Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
        string[] lines = await File.ReadAllLinesAsync(journal, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(journal, $"{lines[0]}\n{lines[1]}\n{lines[2][..10]}", TestContext.Current.CancellationToken);

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind, force: false), request => request with { Verify = true });

        Assert.Equal(whole.BytesDone, upload.BytesResumed);
        await AssertHeldAsync(source, kind, upload);
    }

    private static UploadTarget Target(string kind, bool force)
        => kind == "disk" ? new ManagedDiskTarget(Group, "web01") { Force = force } : new PageBlobTarget("sandboximages", "vhds", "web01.vhd") { Force = force };

    private async Task<JournalContent> BreakAsync(UploadCloud cloud, string source, string kind)
    {
        _cloud.Inject(UploadCloud.FailingPages(kind, after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target(kind, force: false), throttleLimit: 1));
        return JournalReader.Read(Assert.Single(Directory.GetFiles(Path.GetDirectoryName(source)!, "*" + UploadJournal.Extension)))!;
    }

    private async Task<JournalContent> BreakAndForgetAsync(UploadCloud cloud, string source, string kind)
    {
        JournalContent content = await BreakAsync(cloud, source, kind);
        File.Delete(Assert.Single(Directory.GetFiles(Path.GetDirectoryName(source)!, "*" + UploadJournal.Extension)));
        return content;
    }

    private int CountChanges() => _cloud.Requests.Count(request => request.Method is "PUT" or "POST" or "DELETE");

    private async Task AssertHeldAsync(string source, string kind, VhdUpload upload)
        => await RawDisk.AssertHeldAsync(source, (kind == "disk" ? _cloud.FindDiskFile(upload.Id) : _cloud.FindBlobFile(upload.Uri!))!);
}
