using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Faults;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Remote;

/// <summary>What goes wrong while a disk is read where it lies is survived or told, and whatever happens, nothing is left.</summary>
public sealed class RemoteFaultTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly ConcurrentQueue<(string Host, long Start, long End)> _ranges = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(SandboxFaultKind.Reset)]
    [InlineData(SandboxFaultKind.LoseAnswer)]
    [InlineData(SandboxFaultKind.Status)]
    public async Task A_connection_that_breaks_is_survived(SandboxFaultKind kind)
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        string path = RemoteCloud.Convert("ready-fixed.vhd", _folder);
        await using RemoteDisk disk = await cloud.OpenAsync(new RemoteDiskRequest { BlobUri = await cloud.UploadBlobAsync(path, "disk.vhd") });
        cloud.Cloud.Inject(new SandboxFault { Kind = kind, Method = "GET", PathPart = "disk.vhd", After = 2, Times = 1 });

        using Disks.Images.OpenedImage file = Disks.Images.OpenedImage.Open(path);
        Assert.Equal(DiskAnswers.Findings(file), DiskAnswers.Findings(disk.Image));
    }

    [Fact]
    public async Task A_signature_that_expires_is_asked_for_again_where_it_is_ours()
    {
        SteppedTime time = new();
        using RemoteCloud cloud = await RemoteCloud.StartAsync(new SandboxOptions { TimeProvider = time });
        string disk = await cloud.UploadDiskAsync(RemoteCloud.Convert("ready-fixed.vhd", _folder), "disk");

        // This machine's own clock stands still.
        await using RemoteDisk remote = await cloud.OpenAsync(new RemoteDiskRequest { ResourceId = disk });
        time.Advance(TimeSpan.FromMinutes(20));

        Assert.Equal("Windows Server 2022 Datacenter", remote.Image.Guest?.Product);
        Assert.Contains(cloud.Log.Messages, message => message.StartsWith("Read access to the managed disk was renewed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_signature_that_expires_and_is_not_ours_is_told_and_told_again()
    {
        SteppedTime time = new();
        using RemoteCloud cloud = await RemoteCloud.StartAsync(new SandboxOptions { TimeProvider = time });
        await cloud.UploadBlobAsync(RemoteCloud.Convert("ready-fixed.vhd", _folder), "disk.vhd");
        Uri signed = cloud.Cloud.CreateBlobSas("sandboximages", "vhds", "disk.vhd", "r", time.GetUtcNow().AddMinutes(5));
        await using RemoteDisk remote = await cloud.OpenAsync(new RemoteDiskRequest { Sas = new SasTarget(signed.AbsoluteUri) });
        time.Advance(TimeSpan.FromMinutes(6));

        ImageServiceException told = Assert.Throws<ImageServiceException>(() => remote.Image.Info);
        Assert.Equal(ErrorKind.Authentication, told.Kind);
        Assert.DoesNotContain("sig=", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sig=", remote.Name, StringComparison.Ordinal);
        Assert.Throws<ImageServiceException>(() => remote.Image.Source.Read(0, new byte[512]));
    }

    [Fact]
    public async Task A_blob_that_changes_while_it_is_read_is_told()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        Uri blob = await cloud.UploadBlobAsync(RemoteCloud.Convert("ready-fixed.vhd", _folder), "disk.vhd");
        await using RemoteDisk remote = await cloud.OpenAsync(new RemoteDiskRequest { BlobUri = blob });
        await cloud.Session.Storage.PageBlob(blob).UploadPagesAsync(new MemoryStream(new byte[512]), 1 << 20);

        Assert.Equal("BlobChanged", Assert.Throws<ImageServiceException>(() => remote.Image.Info).ErrorId);
    }

    [Fact]
    public async Task Cancelling_ends_reading_at_once_and_leaves_nothing()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        RemoteDisk remote = await cloud.OpenAsync(new RemoteDiskRequest { ResourceId = cloud.Id("virtualMachines", "win-vm") });
        Assert.Single(await cloud.SnapshotsAsync());
        cloud.Cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall, Method = "GET", PathPart = "abcd", Times = int.MaxValue });

        Task reading = Task.Factory.StartNew(() => remote.Image.Info, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await cloud.Cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(20)));
        await remote.DisposeAsync();

        Assert.Empty(await cloud.SnapshotsAsync());
        Assert.Empty(cloud.Log.Warnings);
    }

    [Theory]
    [InlineData("PUT", "snapshots")]
    [InlineData("POST", "beginGetAccess")]
    [InlineData("HEAD", "abcd")]
    [InlineData("GET", "abcd")]
    public async Task What_fails_on_the_way_leaves_nothing(string method, string part)
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        cloud.Cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Status, Status = 403, ErrorCode = "AuthorizationFailed", Method = method, PathPart = part, Times = 2 });

        await Assert.ThrowsAnyAsync<ImageServiceException>(() => cloud.OpenAsync(new RemoteDiskRequest { ResourceId = cloud.Id("virtualMachines", "win-vm") }));
        Assert.Empty(await cloud.SnapshotsAsync());
    }

    [Fact]
    public async Task What_is_no_disk_is_told_and_leaves_nothing()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        string path = _folder.File("noise.vhd");
        await File.WriteAllBytesAsync(path, new byte[1 << 20]);
        PageBlobClient blob = cloud.Session.Storage.PageBlob(RemoteCloud.BlobUri("noise.vhd"));
        await blob.CreateAsync(1 << 20, new PageBlobCreateOptions());

        DiskFormatException told = await Assert.ThrowsAsync<DiskFormatException>(() => cloud.OpenAsync(new RemoteDiskRequest { BlobUri = RemoteCloud.BlobUri("noise.vhd") }));
        Assert.Contains("noise.vhd", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cant_be_taken_back_is_told()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        RemoteDisk remote = await cloud.OpenAsync(new RemoteDiskRequest { ResourceId = cloud.Id("virtualMachines", "win-vm") });
        cloud.Cloud.Access.Deny("Microsoft.Compute/snapshots/delete");
        await remote.DisposeAsync();

        string snapshot = Assert.Single(await cloud.SnapshotsAsync());
        Assert.Contains(snapshot, Assert.Single(cloud.Log.Warnings), StringComparison.Ordinal);
        cloud.Cloud.Access.Reset();
    }

    [Fact]
    public async Task A_disk_that_nobody_may_export_is_refused_with_the_way_round()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        await cloud.SendAsync(HttpMethod.Patch, cloud.Id("disks", "win-vm_OsDisk_1"), """{ "properties": { "networkAccessPolicy": "DenyAll" } }""");

        ImageServiceException told = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.OpenAsync(new RemoteDiskRequest { ResourceId = cloud.Id("virtualMachines", "win-vm") }));
        Assert.Equal("DiskAccessForbidden", told.ErrorId);
        Assert.Contains("-EvidencePath", told.Message, StringComparison.Ordinal);
        Assert.Empty(await cloud.SnapshotsAsync());
    }

    [Fact]
    public async Task A_disk_behind_private_endpoints_wants_one_for_its_snapshot()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        string access = cloud.Id("diskAccesses", "ours");
        await cloud.SendAsync(HttpMethod.Put, access, """{ "location": "westeurope" }""");
        await cloud.SendAsync(HttpMethod.Patch, cloud.Id("disks", "win-vm_OsDisk_1"), $$"""{ "properties": { "networkAccessPolicy": "AllowPrivate", "diskAccessId": "{{access}}" } }""");
        RemoteDiskRequest request = new() { ResourceId = cloud.Id("virtualMachines", "win-vm") };

        ImageServiceException told = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.OpenAsync(request));
        Assert.Equal("DiskAccessIdMissing", told.ErrorId);
        Assert.Contains(access, told.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await cloud.SnapshotsAsync());

        await using RemoteDisk remote = await cloud.OpenAsync(request with { DiskAccessId = access });
        JsonNode properties = (await cloud.ReadAsync(cloud.Id("snapshots", Assert.Single(await cloud.SnapshotsAsync()))))["properties"]!;
        Assert.Equal("AllowPrivate", (string?)properties["networkAccessPolicy"]);
        Assert.Equal(access, (string?)properties["diskAccessId"], ignoreCase: true);
        Assert.True((bool)properties["incremental"]!);
    }

    [Fact]
    public async Task Access_that_somebody_else_has_is_left_alone()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        string disk = await cloud.UploadDiskAsync(RemoteCloud.Convert("ready-fixed.vhd", _folder), "disk");
        string snapshot = await cloud.TakeSnapshotAsync(disk, "theirs");
        await cloud.SendAsync(HttpMethod.Post, disk + "/beginGetAccess", """{ "access": "Read", "durationInSeconds": 600 }""");
        await cloud.SendAsync(HttpMethod.Post, snapshot + "/beginGetAccess", """{ "access": "Read", "durationInSeconds": 600 }""");

        await using (RemoteDisk remote = await cloud.OpenAsync(new RemoteDiskRequest { ResourceId = disk }))
        {
            Assert.Equal("Windows Server 2022 Datacenter", remote.Image.Guest?.Product);
        }

        ImageServiceException told = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.OpenAsync(new RemoteDiskRequest { ResourceId = snapshot }));
        Assert.Equal("DiskAccessInUse", told.ErrorId);
        Assert.Equal("ActiveSAS", (string?)(await cloud.ReadAsync(disk))["properties"]!["diskState"]);
        Assert.Equal("ActiveSAS", (string?)(await cloud.ReadAsync(snapshot))["properties"]!["diskState"]);
        Assert.Equal(["theirs"], await cloud.SnapshotsAsync());
    }

    [Fact]
    public async Task A_lock_that_would_keep_the_snapshot_is_told_before_it_is_taken()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        await cloud.SendAsync(
            HttpMethod.Put, $"/subscriptions/{cloud.Session.Context.SubscriptionId}/resourceGroups/sandbox-rg/providers/Microsoft.Authorization/locks/keep", """{ "properties": { "level": "CanNotDelete" } }""");

        ImageServiceException told = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.OpenAsync(new RemoteDiskRequest { ResourceId = cloud.Id("virtualMachines", "win-vm") }));
        Assert.Equal("ScopeLocked", told.ErrorId);
        Assert.Empty(await cloud.SnapshotsAsync());
    }

    [Theory]
    [InlineData("Microsoft.Compute/snapshots/write")]
    [InlineData("Microsoft.Compute/snapshots/delete")]
    [InlineData("Microsoft.Compute/snapshots/beginGetAccess/action")]
    [InlineData("Microsoft.Compute/snapshots/endGetAccess/action")]
    [InlineData("Microsoft.Compute/disks/beginGetAccess/action")]
    public async Task A_right_that_is_missing_is_named_before_anything_is_made(string action)
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        cloud.Cloud.Access.Restrict(new SandboxRole("/", ["*"]) { NotActions = [action] });

        ImageServiceException told = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.OpenAsync(new RemoteDiskRequest { ResourceId = cloud.Id("virtualMachines", "win-vm") }));
        Assert.Contains(action, told.Message, StringComparison.OrdinalIgnoreCase);
        cloud.Cloud.Access.Reset();
        Assert.Empty(await cloud.SnapshotsAsync());
    }

    [Fact]
    public async Task A_disk_whose_pages_want_a_token_gets_one()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        await cloud.SendAsync(HttpMethod.Patch, cloud.Id("disks", "win-vm_OsDisk_1"), """{ "properties": { "dataAccessAuthMode": "AzureActiveDirectory" } }""");

        await using RemoteDisk remote = await cloud.OpenAsync(new RemoteDiskRequest { ResourceId = cloud.Id("virtualMachines", "win-vm") });
        Assert.Equal("Windows Server 2022 Datacenter", remote.Image.Guest?.Product);
    }

    [Fact]
    public async Task What_holds_nothing_is_never_asked_for()
    {
        using RemoteCloud cloud = await RemoteCloud.StartAsync(between: inner => new HookHandler(inner, Note));
        string path = RemoteCloud.Convert("linux.vhd", _folder);
        Uri blob = await cloud.UploadBlobAsync(path, "disk.vhd");
        PageRange[] held = [.. (await cloud.Session.Storage.PageBlob(blob).GetPageRangesAsync()).Value.PageRanges.Select(range => new PageRange(range.Offset, range.Length ?? 0))];
        _ranges.Clear();
        await using RemoteDisk remote = await cloud.OpenAsync(new RemoteDiskRequest { BlobUri = blob });
        DiskAnswers.Findings(remote.Image);
        DiskAnswers.Items(remote.Image);

        // Between two ranges that are asked for together at most 64 KiB are empty; and no byte is asked for twice.
        Assert.All(_ranges, asked => Assert.True(LongestHole(held, asked.Start, asked.End) <= 64 << 10));
        Assert.Equal(_ranges.Sum(asked => asked.End - asked.Start), remote.BytesFetched);
        Assert.True(remote.Requests > 3);
        Assert.Empty(_ranges.SelectMany(one => _ranges.Where(other => other != one && other.Start < one.End && one.Start < other.End)));
    }

    private static long LongestHole(PageRange[] held, long start, long end)
    {
        long longest = 0;
        long position = start;
        foreach (PageRange range in held.Where(range => range.Offset + range.Length > start && range.Offset < end))
        {
            longest = Math.Max(longest, range.Offset - position);
            position = range.Offset + range.Length;
        }

        return Math.Max(longest, end - position);
    }

    private void Note(HttpRequestMessage request)
    {
        if (request.Method == HttpMethod.Get && request.Headers.TryGetValues("x-ms-range", out IEnumerable<string>? range))
        {
            string[] bounds = range.Single()["bytes=".Length..].Split('-');
            _ranges.Enqueue((request.RequestUri!.Host, long.Parse(bounds[0], CultureInfo.InvariantCulture), long.Parse(bounds[1], CultureInfo.InvariantCulture) + 1));
        }
    }

    private sealed record PageRange(long Offset, long Length);
}
