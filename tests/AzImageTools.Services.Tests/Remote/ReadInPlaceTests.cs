using AzImageTools.Disks.Images;
using AzImageTools.Services.Remote;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Remote;

/// <summary>Disks in Azure tell what the files tell that were put there.</summary>
public sealed class ReadInPlaceTests
{
    private static readonly string[] All = [.. File.ReadLines(Path.Combine(RepositoryPaths.TestData, "disks", "disks.tsv")).Skip(1).Select(line => line.Split('\t')[0])];

    /// <summary>All but those that are too small for a managed disk.</summary>
    public static TheoryData<string> Disks => [.. All.Where(disk => !IsSmall(disk))];

    public static TheoryData<string> SmallDisks => [.. All.Where(IsSmall)];

    [Theory]
    [MemberData(nameof(Disks))]
    public async Task A_disk_tells_the_same_as_a_blob_a_disk_a_snapshot_and_in_a_stopped_machine(string disk)
    {
        using TempFolder folder = new();
        string path = RemoteCloud.Convert(disk, folder);
        using RemoteCloud cloud = await RemoteCloud.StartAsync();
        Uri blob = await cloud.UploadBlobAsync(path, "disk.vhd");
        string diskId = await cloud.UploadDiskAsync(path, "disk");
        string snapshotId = await cloud.TakeSnapshotAsync(diskId, "snapshot");
        await cloud.AttachAsync("linux-vm", await cloud.UploadDiskAsync(path, "attached"), lun: 3);

        await AssertSameAsync(
            cloud, path, new() { BlobUri = blob }, new() { ResourceId = diskId }, new() { ResourceId = snapshotId }, new() { ResourceId = cloud.Id("virtualMachines", "linux-vm"), Lun = 3 });

        Assert.Equal(["snapshot"], await cloud.SnapshotsAsync());
        Assert.Equal("Unattached", (string?)(await cloud.ReadAsync(diskId))["properties"]!["diskState"]);
        Assert.Equal("Unattached", (string?)(await cloud.ReadAsync(snapshotId))["properties"]!["diskState"]);
        Assert.Empty(cloud.Log.Warnings);
    }

    [Theory]
    [MemberData(nameof(SmallDisks))]
    public async Task A_disk_that_is_too_small_for_a_managed_disk_tells_the_same_as_a_blob(string disk)
    {
        using TempFolder folder = new();
        string path = RemoteCloud.Convert(disk, folder);
        using RemoteCloud cloud = await RemoteCloud.StartAsync();

        await AssertSameAsync(cloud, path, new RemoteDiskRequest { BlobUri = await cloud.UploadBlobAsync(path, "disk.vhd") });
    }

    private static bool IsSmall(string disk) => disk.StartsWith("pattern", StringComparison.Ordinal);

    private static async Task AssertSameAsync(RemoteCloud cloud, string path, params RemoteDiskRequest[] requests)
    {
        using OpenedImage file = OpenedImage.Open(path);
        (string info, IReadOnlyList<string> items, IReadOnlyList<string> registry) = (DiskAnswers.Info(file), DiskAnswers.Items(file), DiskAnswers.Registry(file));
        Assert.True(items.Count > (file.Guest is null ? -1 : 50));
        Assert.True(registry.Count > (file.Windows is null ? -1 : 50));
        foreach (RemoteDiskRequest request in requests)
        {
            using OpenedImage fresh = OpenedImage.Open(path);
            await using RemoteDisk remote = await cloud.OpenAsync(request);

            // How much was read is told too: each must begin anew.
            Assert.Equal(DiskAnswers.Findings(fresh), DiskAnswers.Findings(remote.Image));
            Assert.Equal(info, DiskAnswers.Info(remote.Image));
            Assert.Equal(items, DiskAnswers.Items(remote.Image));
            Assert.Equal(registry, DiskAnswers.Registry(remote.Image));
        }
    }
}
