using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests.Storage;

/// <summary>Snapshots of page blobs and what differs between them. Sources: REST reference, Snapshot Blob, Get Page Ranges; Microsoft Learn, "Blob service error codes".</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly SandboxClient _client = new();
    private readonly PageBlobClient _blob;

    public SnapshotTests()
    {
        _blob = _client.PageBlob("disk.vhd");
        _blob.Create(1 << 20);
    }

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_snapshot_keeps_what_the_blob_was()
    {
        await Write(1, 0, 1024);
        var snapshot = await Snapshot();
        await Write(2, 0, 512);
        await _blob.ResizeAsync(2 << 20);

        var kept = (await _blob.WithSnapshot(snapshot).DownloadContentAsync()).Value.Content.ToArray();
        Assert.Equal((1 << 20, (byte)1, (byte)1), (kept.Length, kept[0], kept[1023]));
        Assert.Equal((byte)2, (await _blob.DownloadContentAsync()).Value.Content.ToArray()[0]);
        Assert.Equal([snapshot, ""], await _client.Blobs.GetBlobContainerClient("vhds").GetBlobsAsync(new GetBlobsOptions { States = BlobStates.Snapshots }).Select(item => item.Snapshot ?? ""));
        Assert.Equal((409, "SnapshotsPresent"), await AccountAccess.Refused(() => _blob.DeleteAsync()));
        await _blob.CreateAsync(512);
        Assert.Equal(1 << 20, (await _blob.WithSnapshot(snapshot).GetPropertiesAsync()).Value.ContentLength);
    }

    [Fact]
    public async Task What_was_written_and_cleared_since_a_snapshot_is_told()
    {
        await Write(1, 0, 4096);
        var first = await Snapshot();
        await Write(1, 0, 512);
        await _blob.ClearPagesAsync(new HttpRange(1024, 512));
        var second = await Snapshot();
        await Write(3, 8192, 1024);

        Assert.Equal(["page 0+512", "clear 1024+512", "page 8192+1024"], await Differences(_blob, first));
        Assert.Equal(["page 0+512", "clear 1024+512"], await Differences(_blob.WithSnapshot(second), first));
        Assert.Equal(["page 8192+1024"], await Differences(_blob, second));
        Assert.Equal(["clear 1024+512"], await Differences(_blob, first, new HttpRange(1024, 4096)));
    }

    [Fact]
    public async Task A_snapshot_in_between_may_go_without_a_change_being_lost()
    {
        var first = await Snapshot();
        await Write(1, 0, 512);
        var second = await Snapshot();
        await Write(1, 4096, 512);
        await _blob.WithSnapshot(second).DeleteAsync();
        Assert.Equal(["page 0+512", "page 4096+512"], await Differences(_blob, first));
        Assert.Equal((409, "PreviousSnapshotNotFound"), await AccountAccess.Refused(() => Differences(_blob, second)));
    }

    [Fact]
    public async Task A_snapshot_that_is_newer_or_of_an_overwritten_blob_is_not_compared_with()
    {
        var first = await Snapshot();
        var second = await Snapshot();
        Assert.Equal((400, "PreviousSnapshotCannotBeNewer"), await AccountAccess.Refused(() => Differences(_blob.WithSnapshot(first), second)));
        await _blob.CreateAsync(1 << 20);
        Assert.Equal((409, "BlobOverwritten"), await AccountAccess.Refused(() => Differences(_blob, second)));
        Assert.Equal((400, "InvalidQueryParameterValue"), await AccountAccess.Refused(() => Differences(_blob, "yesterday")));
    }

    private static async Task<List<string>> Differences(PageBlobClient blob, string since, HttpRange? range = null)
    {
        return await blob.GetAllPageRangesDiffAsync(new GetPageRangesDiffOptions { PreviousSnapshot = since, Range = range })
            .Select(item => $"{(item.IsClear ? "clear" : "page")} {item.Range.Offset}+{item.Range.Length}");
    }

    private async Task<string> Snapshot()
    {
        return (await _blob.CreateSnapshotAsync()).Value.Snapshot;
    }

    private async Task Write(byte value, long offset, int count)
    {
        await _blob.UploadPagesAsync(new MemoryStream(Enumerable.Repeat(value, count).ToArray()), offset);
    }
}
