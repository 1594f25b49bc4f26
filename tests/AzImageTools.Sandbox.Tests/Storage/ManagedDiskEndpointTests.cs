using System.Net;
using AzImageTools.Sandbox.Configuration;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.Storage.Blobs.Models;

namespace AzImageTools.Sandbox.Tests.Storage;

/// <summary>
/// The hosts of managed disks. That they take no conditions is told by azcopy (<c>ste/downloader-blob.go</c>), that they only read, list and
/// write pages by azcopy too (<c>ste/sender-pageBlob.go</c>: "restricted API surface"); the codes are those of the REST reference.
/// </summary>
public sealed class ManagedDiskEndpointTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Theory]
    [InlineData("If-Match", "*")]
    [InlineData("If-None-Match", "\"0x8D\"")]
    [InlineData("If-Modified-Since", "Mon, 02 Nov 2026 10:00:00 GMT")]
    [InlineData("If-Unmodified-Since", "Mon, 02 Nov 2026 10:00:00 GMT")]
    [InlineData("x-ms-if-sequence-number-eq", "0")]
    [InlineData("x-ms-lease-id", "9d3f0c0e-0000-4000-8000-000000000000")]
    public async Task A_managed_disk_takes_no_conditions(string header, string value)
    {
        var sas = await Grant();
        using var read = await _client.SendAs(null, "GET", sas, null, ("x-ms-range", "bytes=0-511"), (header, value));
        using var list = await _client.SendAs(null, "GET", sas + "&comp=pagelist", null, (header, value));
        using var properties = await _client.SendAs(null, "HEAD", sas, null, (header, value));
        Assert.All([read, list, properties], answer => Assert.Equal((HttpStatusCode.BadRequest, "UnsupportedHeader"), (answer.StatusCode, SandboxClient.StorageError(answer))));
        Assert.Contains($"<HeaderName>{header}</HeaderName>", await read.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("2027-01-01")]
    [InlineData("2021-12-03")]
    [InlineData("banana")]
    public async Task A_version_that_there_is_not_is_refused(string version)
    {
        using var disk = await _client.SendAs(null, "HEAD", await Grant(), null, ("x-ms-version", version));
        using var account = await _client.SendAs("anything", "GET", "https://sandboximages.blob.core.windows.net/?comp=list", null, ("x-ms-version", version));
        Assert.All([disk, account], answer => Assert.Equal((HttpStatusCode.BadRequest, "InvalidHeaderValue"), (answer.StatusCode, SandboxClient.StorageError(answer))));
        Assert.Contains("<HeaderName>x-ms-version</HeaderName><HeaderValue>" + version, await account.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_version_that_is_not_deployed_yet_is_refused()
    {
        using var client = new SandboxClient(new SandboxOptions { NewestStorageVersion = "2023-11-03" });
        using var older = await client.Send("GET", "https://sandboximages.blob.core.windows.net/?comp=list", null, ("x-ms-version", "2023-11-03"));
        using var newer = await client.Send("GET", "https://sandboximages.blob.core.windows.net/?comp=list", null, ("x-ms-version", "2024-02-04"));
        Assert.Equal(HttpStatusCode.OK, older.StatusCode);
        Assert.Equal("InvalidHeaderValue", SandboxClient.StorageError(newer));
    }

    [Theory]
    [InlineData("PUT", "")]
    [InlineData("DELETE", "")]
    [InlineData("PUT", "&comp=snapshot")]
    [InlineData("PUT", "&comp=metadata")]
    [InlineData("PUT", "&comp=lease")]
    [InlineData("PUT", "&comp=properties")]
    [InlineData("GET", "&comp=blocklist")]
    [InlineData("GET", "&comp=tags")]
    [InlineData("GET", "&snapshot=2026-11-02T10:00:00.0000000Z")]
    public async Task A_managed_disk_knows_pages_and_nothing_else(string method, string query)
    {
        using var answer = await _client.SendAs(null, method, await Grant() + query, method == "PUT" ? new ByteArrayContent([]) : null, ("x-ms-blob-type", "PageBlob"), ("x-ms-blob-content-length", "512"));
        Assert.Equal((HttpStatusCode.Forbidden, "AuthorizationPermissionMismatch"), (answer.StatusCode, SandboxClient.StorageError(answer)));
    }

    [Fact]
    public async Task The_sdks_own_way_to_go_on_with_a_broken_read_is_refused()
    {
        var blob = _client.PageBlob(new Uri(await Grant()));
        var properties = (await blob.GetPropertiesAsync()).Value;
        var options = new BlobDownloadOptions { Range = new HttpRange(0, 512), Conditions = new BlobRequestConditions { IfMatch = properties.ETag } };
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => blob.DownloadContentAsync(options));
        Assert.Equal((400, "UnsupportedHeader"), (refused.Status, refused.ErrorCode));
    }

    private async Task<string> Grant()
    {
        var data = new SnapshotData("westeurope") { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = new(_client.GroupPath + "/providers/Microsoft.Compute/disks/linux-vm_OsDisk_1") } };
        var snapshot = await SandboxClient.Finish(await _client.Group.GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, "s", data));
        var access = await SandboxClient.Finish(await snapshot.GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Read, 3600)));
        return access.AccessSas;
    }
}
