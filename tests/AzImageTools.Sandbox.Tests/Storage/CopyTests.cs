using AzImageTools.Sandbox.Configuration;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests.Storage;

/// <summary>
/// Copies within the sandbox. Sources: REST reference, Copy Blob, Abort Copy Blob, Incremental Copy Blob, Put Page From URL; the tests of the .NET SDK
/// (<c>StartCopyFromUriAsync_Error</c>: BlobNotFound); Microsoft Learn, "Blob service error codes".
/// </summary>
public sealed class CopyTests : IDisposable
{
    private readonly SandboxClient _client = new(new SandboxOptions { OperationPolls = 2 });
    private readonly PageBlobClient _source;

    public CopyTests()
    {
        _source = _client.PageBlob("source.vhd");
        _source.Create(1 << 20, new PageBlobCreateOptions { Metadata = new Dictionary<string, string> { ["a"] = "b" } });
        _source.UploadPages(new MemoryStream(Enumerable.Repeat((byte)7, 4096).ToArray()), 8192);
    }

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_copy_is_over_at_the_first_question_where_bytes_are_copied_at_once()
    {
        using SandboxClient client = new(new SandboxOptions { OperationPolls = 0, CopiesAtOnce = true });
        var source = client.PageBlob("large.vhd");
        await source.CreateAsync(64 << 20);
        for (int at = 0; at < 64 << 20; at += 4 << 20)
        {
            await source.UploadPagesAsync(new MemoryStream(Enumerable.Repeat((byte)7, 4 << 20).ToArray()), at);
        }

        var target = client.PageBlob("target.vhd");
        await target.StartCopyFromUriAsync(source.Uri);

        Assert.Equal(CopyStatus.Success, (await target.GetPropertiesAsync()).Value.CopyStatus);
    }

    [Fact]
    public async Task A_copy_is_under_way_for_a_while_and_refuses_changes_until_it_has_ended()
    {
        var target = _client.PageBlob("target.vhd");
        var copy = await target.StartCopyFromUriAsync(_source.Uri);
        Assert.Equal((409, "PendingCopyOperation"), await AccountAccess.Refused(() => target.UploadPagesAsync(new MemoryStream(new byte[512]), 0)));
        Assert.Equal(CopyStatus.Pending, (await target.GetPropertiesAsync()).Value.CopyStatus);
        await SandboxClient.Finish(copy);

        var properties = (await target.GetPropertiesAsync()).Value;
        Assert.Equal((CopyStatus.Success, "1048576/1048576", _source.Uri, "b"), (properties.CopyStatus, properties.CopyProgress, properties.CopySource, properties.Metadata["a"]));
        Assert.Equal([new HttpRange(8192, 4096)], await target.GetAllPageRangesAsync().Select(item => item.Range));
        await target.UploadPagesAsync(new MemoryStream(new byte[512]), 0);
    }

    [Fact]
    public async Task A_copy_that_is_aborted_leaves_an_empty_blob()
    {
        var target = _client.PageBlob("target.vhd");
        var copy = await target.StartCopyFromUriAsync(_source.Uri);
        Assert.Equal((409, "CopyIdMismatch"), await AccountAccess.Refused(() => target.AbortCopyFromUriAsync(Guid.NewGuid().ToString())));
        await target.AbortCopyFromUriAsync(copy.Id);
        var properties = (await target.GetPropertiesAsync()).Value;
        Assert.Equal((CopyStatus.Aborted, 0L), (properties.CopyStatus, properties.ContentLength));
        Assert.Equal((409, "NoPendingCopyOperation"), await AccountAccess.Refused(() => target.AbortCopyFromUriAsync(copy.Id)));
    }

    [Fact]
    public async Task What_was_being_copied_when_a_copy_is_aborted_comes_no_more()
    {
        const int Piece = 4 << 20;
        var large = _client.PageBlob("large.vhd");
        await large.CreateAsync(24 * Piece);
        for (var piece = 0; piece < 24; piece++)
        {
            await large.UploadPagesAsync(new MemoryStream(Enumerable.Repeat((byte)1, Piece).ToArray()), (long)piece * Piece);
        }

        for (var round = 0; round < 5; round++)
        {
            var target = _client.PageBlob("target.vhd");
            var copy = await target.StartCopyFromUriAsync(large.Uri);
            await target.AbortCopyFromUriAsync(copy.Id);
            await target.ResizeAsync(24 * Piece);
            Assert.Empty(await target.GetAllPageRangesAsync().Select(item => item.Range));
        }
    }

    [Fact]
    public async Task A_source_that_is_missing_changed_or_closed_is_not_copied()
    {
        var target = _client.PageBlob("target.vhd");
        var elsewhere = new Uri("https://elsewhere.blob.core.windows.net/c/b");
        var condition = new BlobCopyFromUriOptions { SourceConditions = new BlobRequestConditions { IfMatch = new ETag("\"0x1\"") } };
        Assert.Equal((404, "BlobNotFound"), await AccountAccess.Refused(() => target.StartCopyFromUriAsync(_client.PageBlob("nosuch").Uri)));
        Assert.Equal((404, "CannotVerifyCopySource"), await AccountAccess.Refused(() => target.StartCopyFromUriAsync(elsewhere)));
        Assert.Equal((412, "SourceConditionNotMet"), await AccountAccess.Refused(() => target.StartCopyFromUriAsync(_source.Uri, condition)));
        var expired = _client.Cloud.CreateBlobSas(AccountAccess.Name, "vhds", "source.vhd", "r", DateTimeOffset.UtcNow.AddHours(-1));
        Assert.Equal((403, "CannotVerifyCopySource"), await AccountAccess.Refused(() => target.StartCopyFromUriAsync(expired)));
        await _client.Blobs.GetBlobContainerClient("vhds").GetBlockBlobClient("text").UploadAsync(new MemoryStream(new byte[10]));
        await target.CreateAsync(512);
        Assert.Equal((409, "InvalidBlobType"), await AccountAccess.Refused(() => target.StartCopyFromUriAsync(_client.PageBlob("text").Uri)));
    }

    [Fact]
    public async Task Pages_are_put_from_another_blob_and_from_a_managed_disk()
    {
        var target = _client.PageBlob("target.vhd");
        await target.CreateAsync(1 << 20);
        var sas = _client.Cloud.CreateBlobSas(AccountAccess.Name, "vhds", "source.vhd", "r", DateTimeOffset.UtcNow.AddHours(1));
        await target.UploadPagesFromUriAsync(sas, new HttpRange(8192, 1024), new HttpRange(0, 1024));
        await target.UploadPagesFromUriAsync(new Uri(await GrantDisk()), new HttpRange(4L << 30, 512), new HttpRange(4096, 512));

        var content = (await target.DownloadContentAsync()).Value.Content.ToArray();
        Assert.Equal((7, 7, 0), (content[0], content[1023], content[1024]));
        Assert.Equal("conectix"u8.ToArray(), content.AsSpan(4096, 8).ToArray());
        Assert.Equal([new HttpRange(0, 1024), new HttpRange(4096, 512)], await target.GetAllPageRangesAsync().Select(item => item.Range));
    }

    [Fact]
    public async Task Pages_from_a_source_that_changed_was_damaged_or_is_too_short_are_refused()
    {
        var target = _client.PageBlob("target.vhd");
        await target.CreateAsync(1 << 20);
        var from = new HttpRange(8192, 512);
        var to = new HttpRange(0, 512);
        var stale = new PageBlobUploadPagesFromUriOptions { SourceConditions = new PageBlobRequestConditions { IfMatch = new ETag("\"0x1\"") } };
        var damaged = new PageBlobUploadPagesFromUriOptions { SourceContentHash = new byte[16] };
        Assert.Equal((412, "SourceConditionNotMet"), await AccountAccess.Refused(() => target.UploadPagesFromUriAsync(_source.Uri, from, to, stale)));
        Assert.Equal((400, "Md5Mismatch"), await AccountAccess.Refused(() => target.UploadPagesFromUriAsync(_source.Uri, from, to, damaged)));
        Assert.Equal((416, "InvalidRange"), await AccountAccess.Refused(() => target.UploadPagesFromUriAsync(_source.Uri, new HttpRange(1 << 20, 512), to)));
        Assert.Equal((404, "CannotVerifyCopySource"), await AccountAccess.Refused(() => target.UploadPagesFromUriAsync(_client.PageBlob("nosuch").Uri, from, to)));
        Assert.Empty(await target.GetAllPageRangesAsync().Select(item => item.Range));
    }

    [Fact]
    public async Task Incremental_copies_make_a_snapshot_each_and_only_go_forward()
    {
        var target = _client.PageBlob("backup.vhd");
        var first = (await _source.CreateSnapshotAsync()).Value.Snapshot;
        await _source.UploadPagesAsync(new MemoryStream(new byte[512]), 0);
        var second = (await _source.CreateSnapshotAsync()).Value.Snapshot;
        await target.StartCopyIncrementalAsync(_source.Uri, first);
        var before = (await target.GetPropertiesAsync()).Value.DestinationSnapshot;
        await target.StartCopyIncrementalAsync(_source.Uri, second);

        var properties = (await target.GetPropertiesAsync()).Value;
        Assert.True(properties.IsIncrementalCopy);
        Assert.NotEqual(before, properties.DestinationSnapshot);
        Assert.Equal(
            [new HttpRange(0, 512)],
            await target.WithSnapshot(properties.DestinationSnapshot).GetAllPageRangesDiffAsync(new GetPageRangesDiffOptions { PreviousSnapshot = before }).Select(item => item.Range));
        Assert.Equal((409, "IncrementalCopyOfEarlierSnapshotNotAllowed"), await AccountAccess.Refused(() => target.StartCopyIncrementalAsync(_source.Uri, first)));
        Assert.Equal((409, "OperationNotAllowedOnIncrementalCopyBlob"), await AccountAccess.Refused(() => target.UploadPagesAsync(new MemoryStream(new byte[512]), 0)));
        Assert.Equal((409, "IncrementalCopyBlobMismatch"), await AccountAccess.Refused(() => _client.PageBlob("source.vhd").StartCopyIncrementalAsync(_source.Uri, second)));
    }

    private async Task<string> GrantDisk()
    {
        var data = new SnapshotData("westeurope") { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = new(_client.GroupPath + "/providers/Microsoft.Compute/disks/linux-vm_OsDisk_1") } };
        var snapshot = await SandboxClient.Finish(await _client.Group.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, "s", data));
        return (await SandboxClient.Finish(await snapshot.GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Read, 3600)))).AccessSas;
    }
}
