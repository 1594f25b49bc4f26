using AzImageTools.Sandbox;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Upload;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

public sealed class SharedBudgetTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Several_uploads_that_share_a_budget_end_although_one_of_them_fails_and_never_exceed_it()
    {
        const int Limit = 3;
        using FailingHandler counting = new(_cloud.CreateHandler(), pagesBeforeFailure: int.MaxValue);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, counting);
        _cloud.Inject(UploadCloud.FailingPages("blob", after: 5));
        using UploadBudget budget = new(Limit, TimeProvider.System);
        TempFolder[] folders = [.. Enumerable.Range(0, 3).Select(_ => new TempFolder())];
        string[] sources = [.. folders.Select((folder, index) => RawDisk.Create(folder, index))];

        Task<VhdUpload>[] uploads = [.. sources.Select((source, index) => Task.Run(
            () => cloud.UploadAsync(source, new PageBlobTarget("sandboximages", "vhds", $"d{index}.vhd"), request => request with { Budget = budget })))];
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
}
