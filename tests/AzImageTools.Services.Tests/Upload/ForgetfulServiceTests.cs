using System.Net;
using AzImageTools.Sandbox;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Resume;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>A service that confirms what it does not keep, and a journal at another upload's place.</summary>
public sealed class ForgetfulServiceTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    private static PageBlobTarget Target => new("sandboximages", "vhds", "web01.vhd");

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Pages_that_were_confirmed_and_are_not_there_fail_the_upload_before_its_footer_and_are_sent_by_the_next()
    {
        string source = RawDisk.Create(_folder);
        using ForgettingHandler forgetting = new(_cloud.CreateHandler(), page: 3);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, forgetting);

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target));
        byte[] broken = await File.ReadAllBytesAsync(_cloud.FindBlobFile(UploadCloud.BlobUri)!, TestContext.Current.CancellationToken);
        VhdUpload upload = await cloud.UploadAsync(source, Target);

        Assert.Equal("UploadIncomplete", error.ErrorId);
        Assert.Equal(-1, broken.AsSpan(RawDisk.Capacity).IndexOfAnyExcept((byte)0));
        Assert.NotEqual(0, upload.BytesResumed);
        await RawDisk.AssertHeldAsync(source, _cloud.FindBlobFile(UploadCloud.BlobUri)!);
    }

    [Fact]
    public async Task The_journal_of_an_upload_to_another_target_is_refused_and_stays()
    {
        string source = RawDisk.Create(_folder);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 9));
        await Assert.ThrowsAsync<PlanFailedException>(() => cloud.UploadAsync(source, Target, throttleLimit: 1));
        string foreign = Assert.Single(Directory.GetFiles(_folder.FullName, "*" + UploadJournal.Extension));
        byte[] content = await File.ReadAllBytesAsync(foreign, TestContext.Current.CancellationToken);
        string own = UploadJournal.PathFor(source, null, new Uri(UploadCloud.BlobUri, "web02.vhd").ToString());
        File.Move(foreign, own);

        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.UploadAsync(source, Target with { BlobName = "web02.vhd" }));

        Assert.Equal("JournalInvalid", error.ErrorId);
        Assert.Contains("of another upload", error.Message, StringComparison.Ordinal);
        Assert.Equal(content, await File.ReadAllBytesAsync(own, TestContext.Current.CancellationToken));
    }

    /// <summary>Confirms one write of a page without passing it on.</summary>
    private sealed class ForgettingHandler(HttpMessageHandler inner, int page) : DelegatingHandler(inner)
    {
        private int _seen;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            => request.Headers.TryGetValues("x-ms-page-write", out IEnumerable<string>? write) && write.Single() == "update" && Interlocked.Increment(ref _seen) == page
                ? Task.FromResult(new HttpResponseMessage(HttpStatusCode.Created) { RequestMessage = request })
                : base.SendAsync(request, cancellationToken);
    }
}
