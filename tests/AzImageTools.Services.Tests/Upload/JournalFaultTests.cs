using AzImageTools.Disks.Images;
using AzImageTools.Sandbox;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Source;
using AzImageTools.Services.Upload.Target;
using AzImageTools.Services.Upload.Transfer;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Uploads whose journal fails them.</summary>
public sealed class JournalFaultTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_disk_full_for_the_journal_is_one_warning_and_the_upload_ends_well()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        await cloud.Session.Storage.PageBlob(UploadCloud.BlobUri).CreateAsync(RawDisk.Capacity + 512);
        RecordingLog log = new();
        OperationContext context = new() { Log = log };
        using FullStream stream = new(room: 150);
        using UploadBudget budget = new(4, TimeProvider.System);
        using OpenedImage image = OpenedImage.Open(source, cancellation: TestContext.Current.CancellationToken);
        UploadSource open = new(image, skipsFreeSpace: false, context);
        JournalHeader header = new() { Version = 1, RunId = "run", LeaseId = Guid.NewGuid(), Target = "blob", Length = open.Length, Begun = default, Source = open.Identity };
        using UploadJournal journal = new(stream, _folder.File("full.azupload"), JournalContent.Begin(header, end: 0), context);

        await Uploads.Engine(open, cloud.Session.Storage.PageBlob(UploadCloud.BlobUri), budget, journal).RunAsync(context);

        Assert.Contains("No space left", Assert.Single(log.Warnings));
        await RawDisk.AssertHeldAsync(source, _cloud.FindBlobFile(UploadCloud.BlobUri)!);
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("blob")]
    public async Task A_torn_last_record_costs_its_chunk_alone(string kind)
    {
        string source = RawDisk.Create(_folder);
        UploadTarget target = kind == "disk" ? new ManagedDiskTarget("sandbox-rg", "web01") : new PageBlobTarget("sandboximages", "vhds", "web01.vhd");
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(UploadCloud.FailingPages(kind, after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, target, throttleLimit: 1));
        string path = Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
        JournalContent whole = JournalReader.Read(path)!;
        byte[] bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(path, bytes[..^7], TestContext.Current.CancellationToken);
        JournalContent torn = JournalReader.Read(path)!;

        VhdUpload upload = await cloud.UploadAsync(source, target);

        Assert.Equal(whole.ChunkCount - 1, torn.ChunkCount);
        Assert.Equal(torn.BytesDone, upload.BytesResumed);
        await RawDisk.AssertHeldAsync(source, (kind == "disk" ? _cloud.FindDiskFile(upload.Id) : _cloud.FindBlobFile(upload.Uri!))!);
    }
}
