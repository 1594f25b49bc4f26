using System.Net;
using System.Text;
using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests.Storage;

/// <summary>Block and append blobs, tags, tiers, lists. Sources: REST reference of each operation; Microsoft Learn, "Blob service error codes".</summary>
public sealed class BlobTypeTests : IDisposable
{
    private readonly SandboxClient _client = new();

    private BlobContainerClient Container => _client.Blobs.GetBlobContainerClient("vhds");

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_blob_larger_than_one_request_is_made_of_blocks()
    {
        var content = new byte[9 << 20];
        Random.Shared.NextBytes(content);
        var blob = Container.GetBlobClient("large.bin");
        await blob.UploadAsync(new MemoryStream(content), new BlobUploadOptions { TransferOptions = new() { InitialTransferSize = 1 << 20, MaximumTransferSize = 2 << 20 } });
        Assert.Equal(content, (await blob.DownloadContentAsync()).Value.Content.ToArray());
        var blocks = (await Container.GetBlockBlobClient("large.bin").GetBlockListAsync(BlockListTypes.All)).Value;
        Assert.Equal((5, 0), (blocks.CommittedBlocks.Count(), blocks.UncommittedBlocks.Count()));
    }

    [Fact]
    public async Task Blocks_are_seen_once_they_are_committed_and_may_be_used_again()
    {
        var blob = Container.GetBlockBlobClient("blocks.txt");
        await blob.StageBlockAsync("AAAA", Text("one "));
        await blob.StageBlockAsync("BBBB", Text("two "));
        Assert.Equal((404, "BlobNotFound"), await AccountAccess.Refused(() => blob.GetPropertiesAsync()));
        Assert.Empty(await Container.GetBlobsAsync(new GetBlobsOptions()).Select(item => item.Name));
        Assert.Equal(["blocks.txt"], await Container.GetBlobsAsync(new GetBlobsOptions { States = BlobStates.Uncommitted }).Select(item => item.Name));
        await blob.CommitBlockListAsync(["AAAA", "BBBB"]);
        await blob.StageBlockAsync("CCCC", Text("three"));
        await blob.CommitBlockListAsync(["BBBB", "CCCC"]);
        Assert.Equal("two three", (await blob.DownloadContentAsync()).Value.Content.ToString());
        Assert.Equal((400, "InvalidBlockList"), await AccountAccess.Refused(() => blob.CommitBlockListAsync(["AAAA"])));
        Assert.Equal((400, "InvalidQueryParameterValue"), await AccountAccess.Refused(() => blob.StageBlockAsync("no base64!", Text("x"))));
    }

    [Fact]
    public async Task An_append_blob_grows_where_it_is_expected_to()
    {
        var blob = Container.GetAppendBlobClient("output.log");
        await blob.CreateAsync();
        await blob.AppendBlockAsync(Text("one\n"));
        var appended = (await blob.AppendBlockAsync(Text("two\n"))).Value;
        Assert.Equal(("4", 2), (appended.BlobAppendOffset, appended.BlobCommittedBlockCount));
        Assert.Equal("one\ntwo\n", (await blob.DownloadContentAsync()).Value.Content.ToString());
        Assert.Equal((412, "AppendPositionConditionNotMet"), await AccountAccess.Refused(() => blob.AppendBlockAsync(Text("x"), new() { Conditions = new() { IfAppendPositionEqual = 4 } })));
        Assert.Equal((412, "MaxBlobSizeConditionNotMet"), await AccountAccess.Refused(() => blob.AppendBlockAsync(Text("x"), new() { Conditions = new() { IfMaxSizeLessThanOrEqual = 8 } })));
        await blob.SealAsync();
        Assert.Equal((409, "BlobIsSealed"), await AccountAccess.Refused(() => blob.AppendBlockAsync(Text("x"))));
    }

    [Fact]
    public async Task Tags_and_tiers_are_kept_and_checked()
    {
        var blob = Container.GetBlobClient("tagged.txt");
        await blob.UploadAsync(Text("x"), new BlobUploadOptions { Tags = new Dictionary<string, string> { ["project"] = "images 2026" }, AccessTier = AccessTier.Cool });
        var properties = (await blob.GetPropertiesAsync()).Value;
        Assert.Equal((1L, "Cool", "images 2026"), (properties.TagCount, properties.AccessTier, (await blob.GetTagsAsync()).Value.Tags["project"]));
        Assert.Equal((400, "InvalidTag"), await AccountAccess.Refused(() => blob.SetTagsAsync(Enumerable.Range(0, 11).ToDictionary(number => "t" + number, _ => "x"))));
        Assert.Equal((400, "InvalidHeaderValue"), await AccountAccess.Refused(() => blob.SetAccessTierAsync(new AccessTier("Lukewarm"))));
        await _client.PageBlob("page.vhd").CreateAsync(512);
        Assert.Equal((400, "InvalidHeaderValue"), await AccountAccess.Refused(() => Container.GetBlobClient("page.vhd").SetAccessTierAsync(AccessTier.Cool)));
    }

    [Fact]
    public async Task A_range_comes_with_its_sum_where_that_is_asked_for()
    {
        await Container.GetBlobClient("a").UploadAsync(Text("0123456789"));
        var options = new BlobDownloadOptions { Range = new HttpRange(2, 3), TransferValidation = new() { ChecksumAlgorithm = Azure.Storage.StorageChecksumAlgorithm.MD5 } };
        var part = (await Container.GetBlobClient("a").DownloadContentAsync(options)).Value;
        Assert.Equal("234", part.Content.ToString());
        Assert.Equal(Convert.FromHexString("289dff07669d7a23de0ef88d2f7129e7"), part.Details.ContentHash);
        using var both = await _client.Send(
            "GET", AccountAccess.Endpoint + "vhds/a", null, ("x-ms-range", "bytes=2-4"), ("x-ms-range-get-content-md5", "true"), ("x-ms-range-get-content-crc64", "true"));
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidHeaderValue"), (both.StatusCode, SandboxClient.StorageError(both)));
    }

    [Fact]
    public async Task Lists_come_page_by_page_each_blob_once()
    {
        foreach (var name in new[] { "a", "b/1", "b/2", "c", "ä" })
        {
            await Container.GetPageBlobClient(name).CreateAsync(512);
            await Container.GetPageBlobClient(name).CreateSnapshotAsync();
        }

        var pages = new List<string>();
        await foreach (var page in Container.GetBlobsAsync(new GetBlobsOptions { States = BlobStates.Snapshots }).AsPages(pageSizeHint: 3))
        {
            pages.Add(string.Join(' ', page.Values.Select(item => item.Name + (item.Snapshot is null ? "" : "@"))));
        }

        Assert.Equal(["a@ a b/1@", "b/1 b/2@ b/2", "c@ c ä@", "ä"], pages);
        var folders = await Container.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Delimiter = "/" }).AsPages(pageSizeHint: 2).Select(page => string.Join(' ', page.Values.Select(item => item.Prefix ?? item.Blob.Name).Order(StringComparer.Ordinal)));
        Assert.Equal(["a b/", "c ä"], folders);
        using var none = await _client.Send("GET", AccountAccess.Endpoint + "vhds?restype=container&comp=list&maxresults=0");
        using var unknown = await _client.Send("GET", AccountAccess.Endpoint + "vhds?restype=container&comp=list&include=everything");
        Assert.Equal(("OutOfRangeQueryParameterValue", "InvalidQueryParameterValue"), (SandboxClient.StorageError(none), SandboxClient.StorageError(unknown)));
    }

    [Fact]
    public async Task A_container_is_leased_and_never_opened_to_everybody()
    {
        Assert.Equal((409, "PublicAccessNotPermitted"), await AccountAccess.Refused(() => _client.Blobs.CreateBlobContainerAsync("open", PublicAccessType.Blob)));
        Assert.Equal((409, "PublicAccessNotPermitted"), await AccountAccess.Refused(() => Container.SetAccessPolicyAsync(PublicAccessType.BlobContainer)));
        var lease = Container.GetBlobLeaseClient();
        await lease.AcquireAsync(TimeSpan.FromSeconds(30));
        Assert.Equal((412, "LeaseIdMissing"), await AccountAccess.Refused(() => Container.DeleteAsync()));
        Assert.Equal((412, "LeaseIdMismatchWithContainerOperation"), await AccountAccess.Refused(() => Container.DeleteAsync(new BlobRequestConditions { LeaseId = Guid.NewGuid().ToString() })));
        await Container.DeleteAsync(new BlobRequestConditions { LeaseId = lease.LeaseId });
    }

    [Fact]
    public async Task Properties_of_the_service_are_changed_section_by_section()
    {
        var properties = (await _client.Blobs.GetPropertiesAsync()).Value;
        properties.DeleteRetentionPolicy.Enabled = true;
        properties.DeleteRetentionPolicy.Days = 7;
        await _client.Blobs.SetPropertiesAsync(properties);
        Assert.Equal((true, (int?)7, false), ((await _client.Blobs.GetPropertiesAsync()).Value.DeleteRetentionPolicy.Enabled, (await _client.Blobs.GetPropertiesAsync()).Value.DeleteRetentionPolicy.Days, (await _client.Blobs.GetPropertiesAsync()).Value.MinuteMetrics.Enabled));
        Assert.Equal(SkuName.StandardLrs, (await _client.Blobs.GetAccountInfoAsync()).Value.SkuName);
    }

    private static MemoryStream Text(string text)
    {
        return new MemoryStream(Encoding.UTF8.GetBytes(text));
    }
}
