using AzImageTools.Sandbox;
using AzImageTools.Services.Download;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Session;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Download;

/// <summary>A sandbox that holds <see cref="RawDisk"/> as a page blob, a managed disk and a snapshot, and a session in it.</summary>
internal sealed class DownloadCloud : IDisposable
{
    public const string Group = "sandbox-rg";

    private readonly UploadCloud _cloud;

    private DownloadCloud(UploadCloud cloud)
    {
        _cloud = cloud;
    }

    public static PageBlobTarget Blob { get; } = new("sandboximages", "vhds", "web01.vhd");

    public SandboxCloud Cloud => _cloud.Cloud;

    public ImageSession Session => _cloud.Session;

    public string DiskId => IdOf("disks/web01");

    public string SnapshotId => IdOf("snapshots/web01-s");

    /// <summary>Puts the disk into a sandbox.</summary>
    /// <param name="cloud">The sandbox.</param>
    /// <param name="folder">Where the disk is made.</param>
    /// <param name="handler">What stands before the sandbox; null for nothing.</param>
    public static async Task<DownloadCloud> ConnectAsync(SandboxCloud cloud, TempFolder folder, HttpMessageHandler? handler = null)
    {
        string source = RawDisk.Create(folder);
        using (UploadCloud plain = await UploadCloud.ConnectAsync(cloud))
        {
            await plain.UploadAsync(source, Blob);
            VhdUpload disk = await plain.UploadAsync(source, new ManagedDiskTarget(Group, "web01"));
            await TakeSnapshotAsync(plain.Session, disk.Id, "web01-s");
        }

        return new DownloadCloud(await UploadCloud.ConnectAsync(cloud, handler));
    }

    public string IdOf(string resource) => $"/subscriptions/{Cloud.SubscriptionId}/resourceGroups/{Group}/providers/Microsoft.Compute/{resource}";

    public DownloadSource SourceOf(string kind) => kind switch
    {
        "blob" => new PageBlobSource(Blob),
        "SAS" => new PageBlobSource(new SasTarget(Cloud.CreateBlobSas("sandboximages", "vhds", "web01.vhd", "r", DateTimeOffset.UtcNow.AddHours(1)).AbsoluteUri)),
        "disk" => new ManagedSource { ResourceId = DiskId },
        _ => new ManagedSource { ResourceGroupName = Group, SnapshotName = "web01-s" },
    };

    public async Task<VhdDownload> DownloadAsync(
        string kind, string path, Func<DownloadRequest, DownloadRequest>? change = null, OperationContext? context = null, int throttleLimit = VhdUploader.DefaultThrottleLimit)
    {
        context ??= OperationContext.None;
        DownloadRequest request = new() { Source = SourceOf(kind), Path = path };
        using VhdDownloader downloader = new(throttleLimit, context.Time);
        return await PlanRunner.RunAsync(await downloader.PlanAsync(Session, change is null ? request : change(request), context), context);
    }

    public async Task DenyAccessAsync()
        => await OperationWaiter.WaitAsync(
            await Session.Arm.GetManagedDiskResource(new(DiskId)).UpdateAsync(WaitUntil.Started, new ManagedDiskPatch { NetworkAccessPolicy = NetworkAccessPolicy.DenyAll }), new OperationContext { Time = new InstantTime() });

    public async Task<IReadOnlyList<string>> SnapshotNamesAsync() => await Session.Subscription.GetSnapshotsAsync().Select(snapshot => snapshot.Data.Name).ToListAsync();

    public async Task<ManagedDiskData> DiskAsync() => (await _cloud.DiskAsync("web01")).Data;

    public async Task<SnapshotData> SnapshotAsync(string name = "web01-s") => (await Session.Arm.GetSnapshotResource(new(IdOf($"snapshots/{name}"))).GetAsync()).Value.Data;

    public Task TakeSnapshotAsync(string name, bool incremental = true) => TakeSnapshotAsync(Session, DiskId, name, incremental);

    /// <summary>Ends the access to the disk, as somebody might in the portal.</summary>
    public Task RevokeAsync() => _cloud.RevokeAsync();

    /// <summary>Lets nobody into the storage account but by its firewall.</summary>
    public async Task CloseAccountAsync()
    {
        using HttpClient client = new(Cloud.CreateHandler());
        using HttpRequestMessage request = new(HttpMethod.Patch, $"https://management.azure.com{IdOf("x").Replace("Microsoft.Compute/x", "Microsoft.Storage/storageAccounts/sandboximages", StringComparison.Ordinal)}?api-version=2023-05-01")
        {
            Content = new StringContent("""{"properties":{"networkAcls":{"defaultAction":"Deny"}}}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.Authorization = new("Bearer", "test");
        using HttpResponseMessage response = await client.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }

    public void Dispose() => _cloud.Dispose();

    private static async Task TakeSnapshotAsync(ImageSession session, string diskId, string name, bool incremental = true)
    {
        SnapshotData data = new(new("westeurope")) { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = new(diskId) }, Incremental = incremental };
        await OperationWaiter.WaitAsync(
            await session.Subscription.GetResourceGroup(Group).Value.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, name, data), new OperationContext { Time = new InstantTime() });
    }
}
