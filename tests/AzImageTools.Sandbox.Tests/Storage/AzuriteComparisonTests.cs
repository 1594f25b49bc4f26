using AzImageTools.TestKit;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Storage;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Sandbox.Tests.Storage;

/// <summary>
/// The same requests to the sandbox and to Azurite, Microsoft's own emulator, by the .NET SDK with an account key: statuses, codes and headers are
/// the same, but for what is known of Azurite to be other than in Azure, listed with the source.
/// </summary>
public sealed class AzuriteComparisonTests(Azurite azurite) : IDisposable
{
    /// <summary>Headers that one of the two has and the other not.</summary>
    private static readonly HashSet<string> Elsewhere = new(StringComparer.OrdinalIgnoreCase)
    {
        // Of the connection, not of the service.
        "Connection", "Keep-Alive", "Transfer-Encoding", "Date", "Server", "Content-Length",

        // Azurite answers with both sums, Azure with the one that was asked for, or CRC-64 (REST reference, Put Page, response headers).
        "Content-MD5", "x-ms-content-crc64",

        // REST reference, Get Blob: in Azure's answers, and not in Azurite's.
        "x-ms-server-encrypted", "x-ms-lease-duration", "x-ms-access-tier", "x-ms-access-tier-inferred", "x-ms-access-tier-change-time", "x-ms-delete-type-permanent",
        "Accept-Ranges", "x-ms-request-server-encrypted", "x-ms-default-encryption-scope", "x-ms-deny-encryption-scope-override", "x-ms-has-immutability-policy", "x-ms-has-legal-hold",

        // REST reference, Get Blob Properties: told of page and append blobs only, where Azurite tells them of others too.
        "x-ms-blob-sequence-number", "x-ms-blob-committed-block-count", "x-ms-is-hns-enabled", "x-ms-tag-count", "x-ms-copy-status-description", "x-ms-incremental-copy",
    };

    /// <summary>Steps in which Azurite does other than Azure, by what the REST reference says.</summary>
    private static readonly HashSet<string> AzuriteDiffers = new(StringComparer.Ordinal)
    {
        // Put Blob: 400 InvalidHeaderValue with the header's name; Azurite has InvalidOperation.
        "create of a length that is none",

        // Blob service error codes: InvalidPageRange; Azurite has the status' text for a code.
        "put beyond the end",

        // Lease Blob: only a base blob has a lease; Azurite tells one of snapshots too.
        "read the snapshot", "properties of the snapshot",

        // Get Block List: Last-Modified and ETag are "returned only if the blob has committed blocks".
        "uncommitted",

        // Set Container Metadata, response headers: x-ms-version, which Azurite leaves out.
        "metadata of the container",

        // Get Blob, x-ms-blob-sealed: "only returned if the append blob is sealed".
        "properties of the appended", "read of the appended",
    };

    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public Task Page_blobs() => Compare(
        new("create", (c, _) => Page(c).CreateAsync(8192)),
        new("create again, not overwriting", (c, _) => Page(c).CreateIfNotExistsAsync(8192)),
        new("create of a length that is none", (c, _) => Page(c, "odd").CreateAsync(100)),
        new("put", (c, _) => Page(c).UploadPagesAsync(Bytes(1024), 512)),
        new("put beyond the end", (c, _) => Page(c).UploadPagesAsync(Bytes(512), 8192)),
        new("put with a wrong sum", (c, _) => Page(c).UploadPagesAsync(Bytes(512), 0, new() { TransferValidation = new() { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5, PrecalculatedChecksum = new byte[16] } })),
        new("put to a stale version", (c, _) => Page(c).UploadPagesAsync(Bytes(512), 0, new() { Conditions = new() { IfMatch = new ETag("\"0x1\"") } })),
        new("clear", (c, _) => Page(c).ClearPagesAsync(new HttpRange(512, 512))),
        new("properties", (c, _) => Page(c).GetPropertiesAsync()),
        new("read", (c, _) => Page(c).DownloadContentAsync()),
        new("read a range", (c, _) => Page(c).DownloadContentAsync(new BlobDownloadOptions { Range = new HttpRange(512, 512) })),
        new("read beyond the end", (c, _) => Page(c).DownloadContentAsync(new BlobDownloadOptions { Range = new HttpRange(9000, 512) })),
        new("read what one has", async (c, _) => await Page(c).DownloadContentAsync(new BlobDownloadOptions { Conditions = new() { IfNoneMatch = ETag.All } })),
        new("resize", (c, _) => Page(c).ResizeAsync(16384)),
        new("sequence number", (c, _) => Page(c).UpdateSequenceNumberAsync(SequenceNumberAction.Max, 7)),
        new("metadata", (c, _) => Page(c).SetMetadataAsync(new Dictionary<string, string> { ["a"] = "b" })),
        new("headers", (c, _) => Page(c).SetHttpHeadersAsync(new BlobHttpHeaders { ContentType = "application/x-vhd" })),
        new("block to a page blob", (c, _) => c.GetBlockBlobClient("page").StageBlockAsync("AAAA", Bytes(10))),
        new("append to a page blob", (c, _) => c.GetAppendBlobClient("page").AppendBlockAsync(Bytes(10))),
        new("delete", (c, _) => Page(c).DeleteAsync()),
        new("delete what is gone", (c, _) => Page(c).DeleteAsync()),
        new("properties of what is gone", (c, _) => Page(c).GetPropertiesAsync()));

    [Fact]
    public Task Snapshots() => Compare(
        new("create", (c, _) => Page(c).CreateAsync(4096)),
        new("put", (c, _) => Page(c).UploadPagesAsync(Bytes(1024), 0)),
        new("snapshot", (c, m) => m.Snap(Page(c).CreateSnapshotAsync())),
        new("put after it", (c, _) => Page(c).UploadPagesAsync(Bytes(512), 512)),
        new("clear after it", (c, _) => Page(c).ClearPagesAsync(new HttpRange(0, 512))),
        new("read the snapshot", (c, m) => Page(c).WithSnapshot(m.Snapshot).DownloadContentAsync()),
        new("properties of the snapshot", (c, m) => Page(c).WithSnapshot(m.Snapshot).GetPropertiesAsync()),
        new("list with snapshots", (c, _) => First(c.GetBlobsAsync(new GetBlobsOptions { States = BlobStates.Snapshots }))),
        new("delete with snapshots", (c, _) => Page(c).DeleteAsync(DeleteSnapshotsOption.None)),
        new("delete the snapshot", (c, m) => Page(c).WithSnapshot(m.Snapshot).DeleteAsync()),
        new("read a snapshot that is gone", (c, m) => Page(c).WithSnapshot(m.Snapshot).GetPropertiesAsync()),
        new("snapshot again", (c, m) => m.Snap(Page(c).CreateSnapshotAsync())),
        new("delete the snapshots", (c, _) => Page(c).DeleteAsync(DeleteSnapshotsOption.OnlySnapshots)),
        new("delete all", (c, _) => Page(c).DeleteAsync(DeleteSnapshotsOption.IncludeSnapshots)));

    [Fact]
    public Task Block_blobs() => Compare(
        new("put", (c, _) => c.GetBlockBlobClient("b").UploadAsync(Bytes(1000))),
        new("put, not overwriting", (c, _) => c.GetBlockBlobClient("b").UploadAsync(Bytes(1000), new BlobUploadOptions { Conditions = new() { IfNoneMatch = ETag.All } })),
        new("properties", (c, _) => c.GetBlockBlobClient("b").GetPropertiesAsync()),
        new("read a range", (c, _) => c.GetBlockBlobClient("b").DownloadContentAsync(new BlobDownloadOptions { Range = new HttpRange(10, 20) })),
        new("block", (c, _) => c.GetBlockBlobClient("d").StageBlockAsync("AAAA", Bytes(10))),
        new("second block", (c, _) => c.GetBlockBlobClient("d").StageBlockAsync("BBBB", Bytes(20))),
        new("id of another length", (c, _) => c.GetBlockBlobClient("d").StageBlockAsync("BBBBBBBB", Bytes(20))),
        new("uncommitted", (c, _) => c.GetBlockBlobClient("d").GetBlockListAsync()),
        new("properties before the commit", (c, _) => c.GetBlockBlobClient("d").GetPropertiesAsync()),
        new("commit of what there is not", (c, _) => c.GetBlockBlobClient("d").CommitBlockListAsync(["CCCC"])),
        new("commit", (c, _) => c.GetBlockBlobClient("d").CommitBlockListAsync(["BBBB", "AAAA", "BBBB"])),
        new("committed", (c, _) => c.GetBlockBlobClient("d").GetBlockListAsync()),
        new("tier", (c, _) => c.GetBlockBlobClient("d").SetAccessTierAsync(AccessTier.Cool)),
        new("tags", (c, _) => c.GetBlockBlobClient("d").SetTagsAsync(new Dictionary<string, string> { ["a"] = "b" })),
        new("read tags", (c, _) => c.GetBlockBlobClient("d").GetTagsAsync()),
        new("page to a block blob", (c, _) => c.GetPageBlobClient("d").UploadPagesAsync(Bytes(512), 0)),
        new("ranges of a block blob", (c, _) => c.GetPageBlobClient("d").GetAllPageRangesAsync().AsPages().Select(page => page.GetRawResponse())));

    [Fact]
    public Task Append_blobs() => Compare(
        new("create", (c, _) => c.GetAppendBlobClient("a").CreateAsync()),
        new("append", (c, _) => c.GetAppendBlobClient("a").AppendBlockAsync(Bytes(100))),
        new("append elsewhere", (c, _) => c.GetAppendBlobClient("a").AppendBlockAsync(Bytes(100), new() { Conditions = new() { IfAppendPositionEqual = 7 } })),
        new("append too much", (c, _) => c.GetAppendBlobClient("a").AppendBlockAsync(Bytes(100), new() { Conditions = new() { IfMaxSizeLessThanOrEqual = 150 } })),
        new("append at the end", (c, _) => c.GetAppendBlobClient("a").AppendBlockAsync(Bytes(100), new() { Conditions = new() { IfAppendPositionEqual = 100 } })),
        new("properties of the appended", (c, _) => c.GetAppendBlobClient("a").GetPropertiesAsync()),
        new("read of the appended", (c, _) => c.GetAppendBlobClient("a").DownloadContentAsync()));

    [Fact]
    public Task Leases() => Compare(
        new("create", (c, _) => Page(c).CreateAsync(512)),
        new("acquire", (c, _) => Lease(c).AcquireAsync(BlobLeaseClient.InfiniteLeaseDuration)),
        new("acquire by another", (c, _) => Page(c).GetBlobLeaseClient(Guid.NewGuid().ToString()).AcquireAsync(TimeSpan.FromSeconds(15))),
        new("acquire for too short", (c, _) => Lease(c).AcquireAsync(TimeSpan.FromSeconds(3))),
        new("write without", (c, _) => Page(c).UploadPagesAsync(Bytes(512), 0)),
        new("write with another", (c, _) => Page(c).UploadPagesAsync(Bytes(512), 0, new() { Conditions = new() { LeaseId = Guid.NewGuid().ToString() } })),
        new("write", (c, _) => Page(c).UploadPagesAsync(Bytes(512), 0, new() { Conditions = new() { LeaseId = LeaseId } })),
        new("overwrite", (c, _) => Page(c).CreateAsync(1024, new PageBlobCreateOptions { Conditions = new() { LeaseId = LeaseId } })),
        new("delete without", (c, _) => Page(c).DeleteAsync()),
        new("renew", (c, _) => Lease(c).RenewAsync()),
        new("release", (c, _) => Lease(c).ReleaseAsync()),
        new("release again", (c, _) => Lease(c).ReleaseAsync()),
        new("break what is not there", (c, _) => Lease(c).BreakAsync()),
        new("lease the container", (c, _) => c.GetBlobLeaseClient(LeaseId).AcquireAsync(TimeSpan.FromSeconds(15))),
        new("delete the container without", (c, _) => c.DeleteAsync()),
        new("properties of the container", (c, _) => c.GetPropertiesAsync()),
        new("break the container's", (c, _) => c.GetBlobLeaseClient(LeaseId).BreakAsync(TimeSpan.Zero)));

    [Fact]
    public Task Containers_and_lists() => Compare(
        new("create again", (c, _) => c.CreateAsync()),
        new("metadata of the container", (c, _) => c.SetMetadataAsync(new Dictionary<string, string> { ["a"] = "b" })),
        new("properties", (c, _) => c.GetPropertiesAsync()),
        new("access", (c, _) => c.GetAccessPolicyAsync()),
        new("a blob", (c, _) => Page(c).CreateAsync(512)),
        new("list", (c, _) => First(c.GetBlobsAsync(new GetBlobsOptions { Traits = BlobTraits.Metadata }))),
        new("list by folders", async (c, _) => await c.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Delimiter = "/" }).AsPages().Select(page => page.GetRawResponse())),
        new("list containers", async (c, _) => await c.GetParentBlobServiceClient().GetBlobContainersAsync().AsPages().Select(page => page.GetRawResponse())),
        new("properties of the service", (c, _) => c.GetParentBlobServiceClient().GetPropertiesAsync()),
        new("account", (c, _) => c.GetParentBlobServiceClient().GetAccountInfoAsync()),
        new("delete", (c, _) => c.DeleteAsync()),
        new("a blob in what is gone", (c, _) => Page(c).CreateAsync(512)),
        new("a list of what is gone", (c, _) => First(c.GetBlobsAsync(new GetBlobsOptions()))),
        new("properties of what is gone", (c, _) => c.GetPropertiesAsync()));

    [Fact]
    public Task Copies() => Compare(
        new("create", (c, _) => Page(c).CreateAsync(4096, new PageBlobCreateOptions { Metadata = new Dictionary<string, string> { ["a"] = "b" } })),
        new("put", (c, _) => Page(c).UploadPagesAsync(Bytes(1024), 0)),
        new("copy of nothing", (c, _) => Raw(Page(c, "copy").StartCopyFromUriAsync(Page(c, "nosuch").Uri))),
        new("copy", (c, _) => Raw(Page(c, "copy").StartCopyFromUriAsync(Page(c).Uri))) { Settle = c => Settle(Page(c, "copy")) },
        new("abort what has ended", async (c, _) => await Page(c, "copy").AbortCopyFromUriAsync((await Page(c, "copy").GetPropertiesAsync()).Value.CopyId)),
        new("properties", (c, _) => Page(c, "copy").GetPropertiesAsync()));

    private const string LeaseId = "1f812371-a41d-49e6-b123-f4b542e851c5";

    private static PageBlobClient Page(BlobContainerClient container, string name = "page") => container.GetPageBlobClient(name);

    private static BlobLeaseClient Lease(BlobContainerClient container) => Page(container).GetBlobLeaseClient(LeaseId);

    private static MemoryStream Bytes(int count) => new(Enumerable.Range(0, count).Select(index => (byte)index).ToArray());

    private static async Task<object> First(AsyncPageable<BlobItem> list) => await list.AsPages().Select(page => page.GetRawResponse());

    private static async Task<object> Raw(Task<CopyFromUriOperation> copy) => (await copy).GetRawResponse();

    private static async Task Settle(PageBlobClient copy)
    {
        for (var polls = 0; (await copy.GetPropertiesAsync()).Value.CopyStatus == CopyStatus.Pending; polls++)
        {
            await SandboxClient.Pause(polls);
        }
    }

    private async Task Compare(params Step[] steps)
    {
        var endpoint = await azurite.GetEndpointAsync();
        var theirs = new Recorder();
        var ours = new Recorder();
        var name = "c" + Guid.NewGuid().ToString("N");
        await Run(new BlobServiceClient(endpoint, new StorageSharedKeyCredential(Azurite.AccountName, Azurite.AccountKey), Options(new HttpClientTransport(), theirs)), name, steps, theirs);
        await Run(new BlobServiceClient(AccountAccess.Endpoint, await _client.Credential(), Options(_client.Transport(), ours)), name, steps, ours);
        Assert.Equal(Text(theirs), Text(ours));
    }

    private static BlobClientOptions Options(HttpPipelineTransport transport, Recorder recorder)
    {
        var options = new BlobClientOptions { Transport = transport, Retry = { MaxRetries = 0 } };
        options.AddPolicy(recorder, HttpPipelinePosition.PerCall);
        return options;
    }

    private static async Task Run(BlobServiceClient service, string name, Step[] steps, Recorder recorder)
    {
        var container = service.GetBlobContainerClient(name);
        await container.CreateAsync();
        var memory = new Memory();
        recorder.Lines.Clear();
        foreach (var step in steps)
        {
            recorder.Step = step.Name;
            try
            {
                await step.Call(container, memory);
            }
            catch (RequestFailedException)
            {
                // The recorder has it.
            }

            recorder.IsOn = false;
            await step.Settle(container);
            recorder.IsOn = true;
        }
    }

    private static string Text(Recorder recorder)
        => string.Join('\n', recorder.Lines.Where(line => !AzuriteDiffers.Contains(line.Split(':')[0])));

    private sealed record Step(string Name, Func<BlobContainerClient, Memory, Task> Call)
    {
        /// <summary>What has to be over before the next step; not recorded.</summary>
        public Func<BlobContainerClient, Task> Settle { get; init; } = _ => Task.CompletedTask;
    }

    private sealed class Memory
    {
        public string Snapshot { get; private set; } = "";

        public async Task Snap(Task<Response<BlobSnapshotInfo>> snapshot) => Snapshot = (await snapshot).Value.Snapshot;
    }

    private sealed class Recorder : HttpPipelinePolicy
    {
        public string Step { get; set; } = "";

        public bool IsOn { get; set; } = true;

        public List<string> Lines { get; } = [];

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            await ProcessNextAsync(message, pipeline);
            var response = message.Response;
            var code = response.Headers.TryGetValue("x-ms-error-code", out var value) ? value : "";
            var headers = response.Status >= 300 ? "" : string.Join(' ', response.Headers.Select(header => header.Name.ToLowerInvariant()).Where(header => !Elsewhere.Contains(header)).Order(StringComparer.Ordinal));
            if (IsOn)
            {
                Lines.Add($"{Step}: {response.Status} {code} {headers}");
            }
        }
    }
}
