using AzImageTools.Sandbox;
using AzImageTools.Services.Copy;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Download;
using AzImageTools.Services.Tests.Session;
using AzImageTools.TestKit;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Copy;

/// <summary>Incremental snapshots are copied to another region.</summary>
public sealed class SnapshotCopyTests : IDisposable
{
    private readonly TempFolder _sources = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _sources.Dispose();
    }

    [Fact]
    public async Task A_snapshot_is_copied_and_waited_for()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        List<OperationProgress> told = [];

        VhdCopy copy = await CopyAsync(cloud, "web01-s", "copied", new InlineProgress(told.Add));

        SnapshotData made = await cloud.SnapshotAsync("copied");
        Assert.Equal(("copied", "northeurope", CopyKind.Snapshot, cloud.SnapshotId), (copy.Name, copy.Location, copy.CopyKind, copy.SourceId));
        Assert.Equal(("northeurope", 100f, true), (made.Location.Name, made.CompletionPercent, made.Incremental));
        Assert.Contains(told, progress => progress.Status.Contains("copied by Azure", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_copy_that_is_under_way_is_waited_for_by_the_same_request()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        using CancellationTokenSource cancellation = new();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CopyAsync(cloud, "web01-s", "copied", new InlineProgress(progress =>
        {
            if (progress.Status.Contains("copied by Azure", StringComparison.Ordinal))
            {
                cancellation.Cancel();
            }
        }), cancellation.Token));
        int made = Puts();

        VhdCopy copy = await CopyAsync(cloud, "web01-s", "copied");

        Assert.Equal(made, Puts());
        Assert.Equal(100f, (await cloud.SnapshotAsync(copy.Name)).CompletionPercent);

        int Puts() => _cloud.Requests.Count(request => request.Method == "PUT" && request.Path.EndsWith("/snapshots/copied", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Two_snapshots_of_one_disk_are_copied_one_after_the_other()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        await cloud.TakeSnapshotAsync("web01-t");

        Task first = CopyAsync(cloud, "web01-s", "first");
        while (!first.IsCompleted && !_cloud.Requests.Any(request => request.Method == "PUT" && request.Path.EndsWith("/first", StringComparison.Ordinal)))
        {
            await Task.WhenAny(first, Task.Delay(1));
        }

        await Task.WhenAll(first, CopyAsync(cloud, "web01-t", "second"));

        Assert.Equal(100f, (await cloud.SnapshotAsync("first")).CompletionPercent);
        Assert.Equal(100f, (await cloud.SnapshotAsync("second")).CompletionPercent);
    }

    [Fact]
    public async Task An_earlier_snapshot_is_refused_where_a_later_one_was_copied()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        await cloud.TakeSnapshotAsync("web01-t");
        await CopyAsync(cloud, "web01-t", "second");

        Assert.Equal("SnapshotOutOfOrder", (await Assert.ThrowsAsync<ImageServiceException>(() => CopyAsync(cloud, "web01-s", "first"))).ErrorId);
    }

    [Fact]
    public async Task What_Azure_does_not_copy_is_refused_with_the_way_round()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        await cloud.TakeSnapshotAsync("full", incremental: false);

        Assert.Equal("SnapshotNotIncremental", (await Assert.ThrowsAsync<ImageServiceException>(() => CopyAsync(cloud, "full", "copied"))).ErrorId);
        ImageServiceException disk = await Assert.ThrowsAsync<ImageServiceException>(() => CopyAsync(cloud, new ManagedSource { ResourceId = cloud.DiskId }, "copied"));
        Assert.Equal("DiskNotCopied", disk.ErrorId);
        Assert.Contains("New-AzSnapshot", disk.Remedy, StringComparison.Ordinal);
        Assert.Equal("SourceNotSnapshot", (await Assert.ThrowsAsync<ImageServiceException>(() => CopyAsync(cloud, cloud.SourceOf("blob"), "copied"))).ErrorId);
    }

    [Fact]
    public async Task A_name_that_something_else_has_is_refused()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        await cloud.TakeSnapshotAsync("taken");

        Assert.Equal("SnapshotAlreadyExists", (await Assert.ThrowsAsync<ImageServiceException>(() => CopyAsync(cloud, "web01-s", "taken"))).ErrorId);
    }

    private static Task<VhdCopy> CopyAsync(DownloadCloud cloud, string source, string name, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
        => CopyAsync(cloud, new ManagedSource { ResourceGroupName = DownloadCloud.Group, SnapshotName = source }, name, progress, cancellation);

    private static async Task<VhdCopy> CopyAsync(DownloadCloud cloud, DownloadSource source, string name, IProgress<OperationProgress>? progress = null, CancellationToken cancellation = default)
    {
        OperationContext context = new() { Time = new InstantTime(), Progress = progress ?? OperationContext.None.Progress, Cancellation = cancellation };
        using VhdCopier copier = new(8, context.Time);
        CopyRequest request = new() { Source = source, Destination = new SnapshotDestination(DownloadCloud.Group, name) { Location = "northeurope" } };
        return await PlanRunner.RunAsync(await copier.PlanAsync(cloud.Session, request, context), context);
    }

    private sealed class InlineProgress(Action<OperationProgress> report) : IProgress<OperationProgress>
    {
        public void Report(OperationProgress value) => report(value);
    }
}
