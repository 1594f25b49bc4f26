using AzImageTools.Disks;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Services.Download;
using AzImageTools.Services.Download.Source;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.TestKit;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Download;

/// <summary>Disks, snapshots and page blobs are brought down as files of each format.</summary>
public sealed class VhdDownloaderTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly TempFolder _sources = new();
    private readonly SandboxCloud _cloud = new();

    public static MatrixTheoryData<string, string> KindsAndFormats { get; } = new(["blob", "SAS", "disk", "snapshot"], ["fixed.vhd", "dynamic.vhd", "dynamic.vhdx"]);

    private string RawPath => _sources.File("disk.raw");

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
        _sources.Dispose();
    }

    [Theory]
    [MemberData(nameof(KindsAndFormats))]
    public async Task What_is_brought_down_is_the_disk_in_each_format(string kind, string name)
    {
        bool dynamic = name == "dynamic.vhd";
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        string path = _folder.File(name);

        VhdDownload download = await cloud.DownloadAsync(kind, path, request => request with { Dynamic = dynamic });

        AssertIsDisk(path);
        Assert.Equal((path, name, (long)RawDisk.Capacity, 0L, true), (download.Path, download.Name, download.Capacity, download.BytesResumed, download.Verified));
        Assert.Equal((name.EndsWith(".vhdx", StringComparison.Ordinal) || dynamic ? DiskSubFormat.Dynamic : DiskSubFormat.Fixed, new FileInfo(path).Length), (download.SubFormat, download.FileSize));
        Assert.InRange(download.BytesReceived, 14 * (20 << 10), RawDisk.Capacity / 3);
        Assert.Equal(RawDisk.Capacity, download.BytesReceived + download.BytesSkipped);
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
        Assert.Equal(DiskState.Unattached, (await cloud.DiskAsync()).DiskState);
        Assert.Equal(DiskState.Unattached, (await cloud.SnapshotAsync()).DiskState);
        Assert.DoesNotContain("sig=", download.SourceId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fixed_VHD_is_the_page_blob_byte_by_byte()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        string path = _folder.File("web01.vhd");

        await cloud.DownloadAsync("blob", path);

        Assert.Equal(await File.ReadAllBytesAsync(_cloud.FindBlobFile(UploadCloud.BlobUri)!, TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_folder_gets_a_VHD_with_the_sources_name()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);

        Assert.Equal(_folder.File("web01.vhd"), (await cloud.DownloadAsync("blob", _folder.FullName)).Path);
        Assert.Equal(_folder.File("web01-s.vhd"), (await cloud.DownloadAsync("snapshot", _folder.FullName)).Path);
    }

    [Fact]
    public async Task A_file_that_is_there_is_replaced_only_where_that_is_wanted()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        string path = _folder.File("web01.vhd");
        await File.WriteAllTextAsync(path, "mine", TestContext.Current.CancellationToken);

        Assert.Equal("DestinationExists", (await Assert.ThrowsAsync<VhdConversionException>(() => cloud.DownloadAsync("blob", path))).ErrorId);
        Assert.Equal("DestinationExists", (await Assert.ThrowsAsync<VhdConversionException>(() => cloud.DownloadAsync("blob", path, request => request with { AskToReplace = _ => Task.FromResult(false) }))).ErrorId);
        Assert.Equal("mine", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));

        await cloud.DownloadAsync("blob", path, request => request with { AskToReplace = _ => Task.FromResult(true) });
        AssertIsDisk(path);
        await File.WriteAllTextAsync(path, "mine", TestContext.Current.CancellationToken);
        await cloud.DownloadAsync("blob", path, request => request with { Force = true });
        AssertIsDisk(path);
    }

    [Fact]
    public async Task A_plan_tells_what_it_does_and_does_nothing()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        using VhdDownloader downloader = new(8, TimeProvider.System);
        int before = _cloud.Requests.Count;

        Plan<VhdDownload> plan = await downloader.PlanAsync(cloud.Session, new DownloadRequest { Source = cloud.SourceOf("disk"), Path = _folder.File("web01.vhdx") }, OperationContext.None);

        Assert.Equal(["Open read access", "Write the file", "End the access"], plan.Steps.Select(step => step.Title));
        Assert.All(_cloud.Requests.Skip(before), request => Assert.Equal("GET", request.Method));
        Assert.Empty(Directory.GetFiles(_folder.FullName));
    }

    [Fact]
    public async Task With_Verify_everything_is_read_a_second_time()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);

        VhdDownload download = await cloud.DownloadAsync("disk", _folder.File("web01.vhd"), request => request with { Verify = true });

        Assert.Equal(download.BytesReceived, download.BytesVerified);
    }

    [Fact]
    public async Task Hosts_of_managed_disks_that_give_no_checksums_are_read_without()
    {
        using SandboxCloud sandbox = new(new SandboxOptions { DiskHostsGiveRangeSums = false });
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(sandbox, _sources);
        string path = _folder.File("web01.vhd");

        VhdDownload download = await cloud.DownloadAsync("disk", path);

        Assert.False(download.Verified);
        AssertIsDisk(path);
    }

    [Fact]
    public async Task A_disk_whose_owner_forbids_copies_is_refused_before_anything_is_done()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        await cloud.DenyAccessAsync();

        Assert.Equal("DiskAccessForbidden", (await Assert.ThrowsAsync<ImageServiceException>(() => cloud.DownloadAsync("disk", _folder.File("web01.vhd")))).ErrorId);
    }

    [Fact]
    public async Task A_running_machines_disk_is_read_through_a_snapshot_that_is_removed()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        string machine = cloud.IdOf("virtualMachines/win-vm");
        using VhdDownloader downloader = new(8, TimeProvider.System);

        Plan<VhdDownload> plan = await downloader.PlanAsync(cloud.Session, new DownloadRequest { Source = new ManagedSource { ResourceId = machine }, Path = _folder.File("os.vhdx") }, OperationContext.None);
        VhdDownload download = await PlanRunner.RunAsync(plan, OperationContext.None);

        Assert.Equal(["Take a temporary snapshot", "Open read access", "Write the file", "End the access", "Delete the temporary snapshot"], plan.Steps.Select(step => step.Title));
        using OpenedImage image = OpenedImage.Open(download.Path, cancellation: TestContext.Current.CancellationToken);
        Assert.NotNull(image.Table);
        Assert.Single(await cloud.SnapshotNamesAsync());
    }

    [Fact]
    public async Task A_blob_that_is_no_VHD_is_refused_by_name()
    {
        using DownloadCloud cloud = await DownloadCloud.ConnectAsync(_cloud, _sources);
        await cloud.Session.Storage.PageBlob(UploadCloud.BlobUri).ClearPagesAsync(new Azure.HttpRange(RawDisk.Capacity, 512));

        PlanFailedException error = await Assert.ThrowsAsync<PlanFailedException>(() => cloud.DownloadAsync("blob", _folder.File("web01.vhd")));

        Assert.Equal(("SourceNotVhd", ErrorKind.InvalidData), (error.ErrorId, error.Kind));
        Assert.Empty(Directory.GetFiles(_folder.FullName));
    }

    private void AssertIsDisk(string path)
    {
        using VirtualDisk disk = DiskOpener.Open(path);
        byte[] bytes = new byte[disk.Capacity];
        disk.Read(0, bytes);
        Assert.True(File.ReadAllBytes(RawPath).AsSpan().SequenceEqual(bytes), "The file is not the disk.");
        Assert.Empty(DiskChecker.Check(path));
    }
}
