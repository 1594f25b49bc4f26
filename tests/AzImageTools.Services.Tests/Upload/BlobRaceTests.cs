using AzImageTools.Sandbox;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Somebody else who writes a blob of the same name between two requests of ours: what they wrote stays.</summary>
public sealed class BlobRaceTests : IDisposable
{
    private static readonly PageBlobTarget Blob = new("sandboximages", "vhds", "web01.vhd");
    private readonly TempFolder _folder = new();
    private readonly TempFolder _elsewhere = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
        _elsewhere.Dispose();
    }

    [Fact]
    public async Task A_blob_that_others_create_just_before_ours_is_not_overwritten_without_Force()
    {
        string source = RawDisk.Create(_folder);
        string other = RawDisk.Create(_elsewhere, seed: 9);
        using UploadCloud others = await UploadCloud.ConnectAsync(_cloud);
        using HookHandler hook = new(_cloud.CreateHandler(), HookHandler.Once(
            request => request.Headers.Contains("x-ms-blob-type"), () => others.UploadAsync(other, Blob).GetAwaiter().GetResult()));
        using UploadCloud ours = await UploadCloud.ConnectAsync(_cloud, hook);

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => ours.UploadAsync(source, Blob));

        Assert.Equal("BlobAlreadyExists", error.ErrorId);
        await RawDisk.AssertHeldAsync(other, _cloud.FindBlobFile(UploadCloud.BlobUri)!);
        Assert.Empty(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
    }

    [Fact]
    public async Task A_blob_that_others_overwrite_just_before_ours_is_deleted_stays()
    {
        string source = RawDisk.Create(_folder);
        string other = RawDisk.Create(_elsewhere, seed: 9);
        using UploadCloud others = await UploadCloud.ConnectAsync(_cloud);
        VhdUpload? theirs = null;
        using HookHandler hook = new(_cloud.CreateHandler(), HookHandler.Once(
            request => request.Method == HttpMethod.Delete, () => theirs = others.UploadAsync(other, Blob with { Force = true }).GetAwaiter().GetResult()));
        using UploadCloud ours = await UploadCloud.ConnectAsync(_cloud, hook);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 0));

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => ours.UploadAsync(source, Blob, throttleLimit: 1));

        Assert.NotNull(theirs);
        Assert.Equal("AuthorizationFailure", error.ErrorId);
        Assert.NotNull(_cloud.FindBlobFile(UploadCloud.BlobUri));
        await RawDisk.AssertHeldAsync(other, _cloud.FindBlobFile(UploadCloud.BlobUri)!);
    }
}
