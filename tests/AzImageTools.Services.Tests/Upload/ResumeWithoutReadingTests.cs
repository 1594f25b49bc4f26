using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Uploads that are continued with an access that does not allow reading what is there.</summary>
public sealed class ResumeWithoutReadingTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task All_that_is_there_is_cleared_and_sent_again_and_the_user_is_told()
    {
        const int WhereTheDiskIsEmpty = 9 << 20;
        PageBlobTarget target = new("sandboximages", "vhds", "web01.vhd");
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, target, throttleLimit: 1));
        PageBlobClient blob = cloud.Session.Storage.PageBlob(UploadCloud.BlobUri);
        await blob.UploadPagesAsync(new MemoryStream([.. Enumerable.Repeat((byte)7, 4096)]), WhereTheDiskIsEmpty, cancellationToken: TestContext.Current.CancellationToken);
        _cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Method = "GET", Operation = "pagelist", Times = int.MaxValue, Status = 403, ErrorCode = "AuthorizationPermissionMismatch" });
        RecordingLog log = new();

        VhdUpload upload = await cloud.UploadAsync(source, target, context: new() { Log = log });

        Assert.Equal((0, false), (upload.BytesResumed, upload.Verified));
        Assert.Contains(log.Warnings, warning => warning.Contains("everything is sent again", StringComparison.Ordinal));
        await RawDisk.AssertHeldAsync(source, _cloud.FindBlobFile(UploadCloud.BlobUri)!);
    }
}
