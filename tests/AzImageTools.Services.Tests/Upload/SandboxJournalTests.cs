using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>A sandbox ends with its session, and the journals of what was interrupted in it: they lie beside disks that real uploads are made of too.</summary>
public sealed class SandboxJournalTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _sandbox = new();
    private readonly string _source;

    public SandboxJournalTests()
    {
        _source = RawDisk.Create(_folder);
    }

    public void Dispose()
    {
        _sandbox.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("blob")]
    public async Task An_interrupted_upload_is_continued_in_its_sandbox_and_listed_in_no_other_session(string kind)
    {
        using SandboxCloud other = new();
        using UploadCloud azure = await UploadCloud.ConnectAsync(other);
        using UploadCloud elsewhere = await UploadCloud.ConnectAsync(other, isKnown: true);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_sandbox, isKnown: true);
        await BreakAsync(cloud, kind);

        Assert.Single(await ListAsync(cloud));
        Assert.Empty(await ListAsync(elsewhere));
        Assert.Empty(await ListAsync(azure));
        Assert.Empty(await new PendingUploadService(session: null).ListAsync(resourceGroup: null, _folder.FullName, OperationContext.None));
        VhdUpload upload = await cloud.UploadAsync(_source, Target(kind));

        Assert.NotEqual(0, upload.BytesResumed);
        Assert.Empty(Journals());
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("blob")]
    public async Task An_interrupted_upload_to_a_sandbox_that_is_kept_is_continued_in_the_next_session(string kind)
    {
        SandboxOptions options = new() { StateFolder = _folder.File("cloud") };
        using (SandboxCloud first = new(options))
        using (UploadCloud cloud = await UploadCloud.ConnectAsync(first, isKnown: true, isKept: true))
        {
            await BreakAsync(cloud, kind);
        }

        using SandboxCloud next = new(options);
        using UploadCloud again = await UploadCloud.ConnectAsync(next, isKnown: true, isKept: true);
        Assert.Single(await ListAsync(again));
        VhdUpload upload = await again.UploadAsync(_source, Target(kind));

        Assert.NotEqual(0, upload.BytesResumed);
        await RawDisk.AssertHeldAsync(_source, (kind == "disk" ? next.FindDiskFile(upload.Id) : next.FindBlobFile(upload.Uri!))!);
    }

    [Fact]
    public async Task The_journal_is_removed_with_the_session_and_that_of_a_real_upload_of_the_same_disk_to_the_same_name_stays()
    {
        using SandboxCloud other = new();
        using UploadCloud azure = await UploadCloud.ConnectAsync(other);
        await BreakAsync(azure, "disk");
        string real = Assert.Single(Journals());
        byte[] before = await File.ReadAllBytesAsync(real, TestContext.Current.CancellationToken);
        using (UploadCloud cloud = await UploadCloud.ConnectAsync(_sandbox, isKnown: true))
        {
            await BreakAsync(cloud, "disk");
            Assert.Equal(2, Journals().Length);
            Assert.NotEqual(real, Assert.Single(await ListAsync(cloud)).JournalPath);
        }

        Assert.Equal([real], Journals());
        Assert.Equal(before, await File.ReadAllBytesAsync(real, TestContext.Current.CancellationToken));
        Assert.NotEqual(0, (await azure.UploadAsync(_source, Target("disk"))).BytesResumed);
    }

    [Fact]
    public async Task A_file_that_took_the_journals_place_stays()
    {
        UploadCloud cloud = await UploadCloud.ConnectAsync(_sandbox, isKnown: true);
        await BreakAsync(cloud, "disk");
        string journal = Assert.Single(Journals());
        await File.WriteAllTextAsync(journal, "mine", TestContext.Current.CancellationToken);

        cloud.Dispose();

        Assert.Equal("mine", await File.ReadAllTextAsync(journal, TestContext.Current.CancellationToken));
    }

    private static UploadTarget Target(string kind) => kind == "disk" ? new ManagedDiskTarget("sandbox-rg", "web01") : new PageBlobTarget("sandboximages", "vhds", "web01.vhd");

    private Task<IReadOnlyList<PendingUpload>> ListAsync(UploadCloud cloud)
        => new PendingUploadService(cloud.Session).ListAsync("sandbox-rg", _folder.FullName, OperationContext.None);

    private string[] Journals() => Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension);

    private async Task BreakAsync(UploadCloud cloud, string kind)
    {
        cloud.Cloud.Inject(UploadCloud.FailingPages(kind, after: 2));
        await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.UploadAsync(_source, Target(kind), throttleLimit: 1));
    }
}
