using System.Collections.Concurrent;
using AzImageTools.Sandbox;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

public sealed class VhdUploaderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Several_uploads_that_share_a_limit_of_requests_end_although_one_of_them_fails_and_never_exceed_it()
    {
        const int Limit = 3;
        using FailingHandler counting = new(_cloud.CreateHandler(), pagesBeforeFailure: int.MaxValue);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, counting);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 5));
        using VhdUploader uploader = new(Limit, TimeProvider.System);
        TempFolder[] folders = [.. Enumerable.Range(0, 3).Select(_ => new TempFolder())];
        string[] sources = [.. folders.Select((folder, index) => RawDisk.Create(folder, index))];

        Task<VhdUpload>[] uploads = [.. sources.Select((source, index) => Task.Run(
            () => UploadAsync(uploader, cloud, source, $"d{index}.vhd")))];
        await Task.WhenAny(Task.WhenAll(uploads), Task.Delay(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));

        Assert.All(uploads, upload => Assert.True(upload.IsCompleted));
        Assert.IsType<PlanFailedException>(Assert.Single(uploads, upload => upload.IsFaulted).Exception!.InnerException);
        Assert.InRange(counting.MostInFlight, 1, Limit);
        for (int i = 0; i < uploads.Length; i++)
        {
            if (uploads[i].IsCompletedSuccessfully)
            {
                await RawDisk.AssertHeldAsync(sources[i], _cloud.FindBlobFile((await uploads[i]).Uri!)!);
            }

            folders[i].Dispose();
        }
    }

    [Fact]
    public async Task Two_disks_for_one_target_are_an_error_before_anything_is_created()
    {
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud);
        using VhdUploader uploader = new(VhdUploader.DefaultThrottleLimit, TimeProvider.System);
        using TempFolder elsewhere = new();
        string first = RawDisk.Create(_folder);
        string second = RawDisk.Create(elsewhere, seed: 2);

        await PlanAsync(uploader, cloud, first, "d.vhd");
        ImageServiceException error = await Assert.ThrowsAsync<ImageServiceException>(() => PlanAsync(uploader, cloud, second, "d.vhd"));

        Assert.Equal("TargetGivenTwice", error.ErrorId);
        Assert.Contains(first, error.Message);
        Assert.DoesNotContain(_cloud.Requests, request => request.Method == "PUT");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(257)]
    public void A_limit_of_requests_out_of_range_is_refused(int limit)
        => Assert.Equal("InvalidThrottleLimit", Assert.Throws<ImageServiceException>(() => new VhdUploader(limit, TimeProvider.System)).ErrorId);

    [Fact]
    public async Task Uploads_run_four_at_a_time_and_a_failure_is_reported_and_does_not_stop_the_others()
    {
        int running = 0;
        int most = 0;
        int ended = 0;
        ConcurrentBag<Exception> reported = [];
        using Barrier four = new(4);
        Func<Task> Upload(bool fails) => () =>
        {
            int now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            Assert.True(four.SignalAndWait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref ended);
            return fails ? throw new IOException("refused") : Task.CompletedTask;
        };

        await VhdUploader.RunTogetherAsync(
            [.. Enumerable.Range(0, 8).Select(index => Upload(index == 2))], exception => exception is IOException, Report, TestContext.Current.CancellationToken);

        Assert.Equal((4, 8), (most, ended));
        Assert.Equal("refused", Assert.Single(reported).Message);

        Task Report(Exception exception)
        {
            reported.Add(exception);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task An_exception_that_is_no_failure_of_an_upload_is_thrown_when_the_others_have_ended()
    {
        bool hasEnded = false;
        async Task Slow()
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
            hasEnded = true;
        }

        await Assert.ThrowsAsync<InvalidOperationException>(() => VhdUploader.RunTogetherAsync(
            [Slow, () => throw new InvalidOperationException()], exception => exception is IOException, _ => Task.CompletedTask, TestContext.Current.CancellationToken));

        Assert.True(hasEnded);
    }

    private static void InterlockedMax(ref int most, int value)
    {
        for (int seen = most; seen < value; seen = most)
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static Task<Plan<VhdUpload>> PlanAsync(VhdUploader uploader, UploadCloud cloud, string source, string blob)
        => uploader.PlanAsync(
            () => Task.FromResult<ImageSession?>(cloud.Session),
            new UploadRequest { Path = source, Target = new PageBlobTarget("sandboximages", "vhds", blob) },
            OperationContext.None);

    private static async Task<VhdUpload> UploadAsync(VhdUploader uploader, UploadCloud cloud, string source, string blob)
        => await PlanRunner.RunAsync(await PlanAsync(uploader, cloud, source, blob), OperationContext.None);
}
