using System.Net;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using CsCheck;

namespace AzImageTools.Sandbox.Tests.Storage;

public sealed class PageBlobTests : IDisposable
{
    private const int Mebibyte = 1 << 20;

    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task Pages_written_by_the_sdk_are_in_the_file_and_come_back()
    {
        var blob = _client.PageBlob("folder/disk 1.vhd");
        await blob.CreateAsync(8 * Mebibyte);
        var pages = RandomBytes(3 * Mebibyte);
        await blob.UploadPagesAsync(new MemoryStream(pages), 2 * Mebibyte);

        var file = _client.Cloud.FindBlobFile(blob.Uri);
        Assert.NotNull(file);
        Assert.EndsWith(".vhd", file, StringComparison.Ordinal);
        var kept = await ReadShared(file);
        Assert.Equal(8 * Mebibyte, kept.Length);
        Assert.Equal(pages, kept.AsSpan(2 * Mebibyte, pages.Length).ToArray());
        Assert.Equal(-1, kept.AsSpan(0, 2 * Mebibyte).IndexOfAnyExcept((byte)0));

        var downloaded = await blob.DownloadContentAsync(new BlobDownloadOptions { Range = new HttpRange(2 * Mebibyte, pages.Length) });
        Assert.Equal(pages, downloaded.Value.Content.ToArray());
        Assert.Equal(8 * Mebibyte, (await blob.DownloadContentAsync()).Value.Content.ToArray().Length);
    }

    [Fact]
    public async Task Written_ranges_are_told_page_by_page()
    {
        var blob = _client.PageBlob("ranges.vhd");
        await blob.CreateAsync(Mebibyte);
        await blob.UploadPagesAsync(new MemoryStream(new byte[1024]), 0);
        await blob.UploadPagesAsync(new MemoryStream(new byte[512]), 4096);
        await blob.UploadPagesAsync(new MemoryStream(new byte[512]), 4608);
        await blob.UploadPagesAsync(new MemoryStream(new byte[2048]), 65536);
        await blob.ClearPagesAsync(new HttpRange(66048, 512));

        var all = await Ranges(blob, null);
        Assert.Equal([new HttpRange(0, 1024), new HttpRange(4096, 1024), new HttpRange(65536, 512), new HttpRange(66560, 1024)], all);
        Assert.Equal([new HttpRange(512, 512), new HttpRange(4096, 512)], await Ranges(blob, new HttpRange(512, 4096)));
    }

    [Fact]
    public async Task Many_ranges_come_in_several_answers()
    {
        var blob = _client.PageBlob("many.vhd");
        await blob.CreateAsync(Mebibyte);
        for (var page = 0; page < 7; page++)
        {
            await blob.UploadPagesAsync(new MemoryStream(new byte[512]), page * 2048);
        }

        var pages = new List<int>();
        await foreach (var answer in blob.GetAllPageRangesAsync().AsPages(pageSizeHint: 3))
        {
            pages.Add(answer.Values.Count);
        }

        Assert.Equal([3, 3, 1], pages);
    }

    [Fact]
    public async Task Cleared_pages_read_as_zero()
    {
        var blob = _client.PageBlob("cleared.vhd");
        await blob.CreateAsync(Mebibyte);
        await blob.UploadPagesAsync(new MemoryStream(RandomBytes(8192)), 0);
        await blob.ClearPagesAsync(new HttpRange(1024, 4096));

        var content = (await blob.DownloadContentAsync()).Value.Content.ToArray();
        Assert.Equal(-1, content.AsSpan(1024, 4096).IndexOfAnyExcept((byte)0));
        Assert.NotEqual(-1, content.AsSpan(0, 1024).IndexOfAnyExcept((byte)0));
        Assert.NotEqual(-1, content.AsSpan(5120, 3072).IndexOfAnyExcept((byte)0));
    }

    [Theory]
    [InlineData("bytes=0-1023", 1023, 400, "InvalidHeaderValue")]
    [InlineData("bytes=100-611", 512, 416, "InvalidPageRange")]
    [InlineData("bytes=1048576-1049087", 512, 416, "InvalidPageRange")]
    [InlineData("bytes=0-4194815", 4194816, 413, "RequestBodyTooLarge")]
    [InlineData("bytes=nonsense", 512, 400, "InvalidHeaderValue")]
    public async Task A_page_that_does_not_fit_is_refused(string range, int length, int status, string code)
    {
        await _client.PageBlob("small.vhd").CreateAsync(Mebibyte);
        using var response = await PutPage("small.vhd", new byte[length], range);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(code, SandboxClient.StorageError(response));
        Assert.Contains("<Code>" + code + "</Code>", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_wrong_checksum_is_refused_and_leaves_the_page_as_it_was()
    {
        await _client.PageBlob("checked.vhd").CreateAsync(Mebibyte);
        var page = RandomBytes(512);
        var wrongCrc = Convert.ToBase64String(new byte[8]);
        var wrongMd5 = Convert.ToBase64String(new byte[16]);
        using var crc = await PutPage("checked.vhd", page, "bytes=0-511", ("x-ms-content-crc64", wrongCrc));
        using var md5 = await PutPage("checked.vhd", page, "bytes=0-511", ("Content-MD5", wrongMd5));
        Assert.Equal((HttpStatusCode.BadRequest, "Crc64Mismatch"), (crc.StatusCode, SandboxClient.StorageError(crc)));
        Assert.Equal((HttpStatusCode.BadRequest, "Md5Mismatch"), (md5.StatusCode, SandboxClient.StorageError(md5)));
        Assert.Empty(await Ranges(_client.PageBlob("checked.vhd"), null));
    }

    [Fact]
    public async Task The_answer_repeats_the_checksum_of_what_arrived()
    {
        await _client.PageBlob("echo.vhd").CreateAsync(Mebibyte);
        var page = RandomBytes(1024);
        var crc = AzImageTools.Sandbox.Storage.Crc64.Format(AzImageTools.Sandbox.Storage.Crc64.Compute(page));
        using var response = await PutPage("echo.vhd", page, "bytes=0-1023", ("x-ms-content-crc64", crc));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal(crc, response.Headers.GetValues("x-ms-content-crc64").Single());
    }

    [Fact]
    public async Task A_blob_that_exists_is_not_overwritten_unless_asked()
    {
        var blob = _client.PageBlob("twice.vhd");
        Assert.NotNull(await blob.CreateIfNotExistsAsync(Mebibyte));
        Assert.Null(await blob.CreateIfNotExistsAsync(Mebibyte));
        await blob.UploadPagesAsync(new MemoryStream(RandomBytes(512)), 0);
        await blob.CreateAsync(2 * Mebibyte);
        Assert.Empty(await Ranges(blob, null));
        Assert.Equal(2 * Mebibyte, (await blob.GetPropertiesAsync()).Value.ContentLength);
    }

    [Fact]
    public async Task Properties_metadata_size_and_sequence_numbers_are_kept()
    {
        var blob = _client.PageBlob("kept.vhd");
        await blob.CreateAsync(
            Mebibyte,
            new PageBlobCreateOptions
            {
                SequenceNumber = 7,
                Metadata = new Dictionary<string, string> { ["source"] = "test" },
                HttpHeaders = new BlobHttpHeaders { ContentType = "application/x-vhd", CacheControl = "no-store" },
            });
        await blob.UpdateSequenceNumberAsync(SequenceNumberAction.Increment);
        await blob.ResizeAsync(3 * Mebibyte);
        var properties = (await blob.GetPropertiesAsync()).Value;
        Assert.Equal((3L * Mebibyte, 8L, BlobType.Page), (properties.ContentLength, properties.BlobSequenceNumber, properties.BlobType));
        Assert.Equal(("application/x-vhd", "no-store", "test"), (properties.ContentType, properties.CacheControl, properties.Metadata["source"]));

        await blob.SetMetadataAsync(new Dictionary<string, string> { ["other"] = "1" });
        Assert.Equal(["other"], (await blob.GetPropertiesAsync()).Value.Metadata.Keys);
    }

    [Fact]
    public async Task Conditions_on_tags_and_sequence_numbers_are_honoured()
    {
        var blob = _client.PageBlob("conditions.vhd");
        var created = (await blob.CreateAsync(Mebibyte, new PageBlobCreateOptions { SequenceNumber = 5 })).Value;
        await blob.UploadPagesAsync(new MemoryStream(new byte[512]), 0, new PageBlobUploadPagesOptions { Conditions = new PageBlobRequestConditions { IfMatch = created.ETag } });
        var stale = new PageBlobUploadPagesOptions { Conditions = new PageBlobRequestConditions { IfMatch = created.ETag } };
        var sequence = new PageBlobUploadPagesOptions { Conditions = new PageBlobRequestConditions { IfSequenceNumberLessThan = 5 } };
        Assert.Equal("ConditionNotMet", (await Refused(() => blob.UploadPagesAsync(new MemoryStream(new byte[512]), 0, stale))).ErrorCode);
        Assert.Equal("SequenceNumberConditionNotMet", (await Refused(() => blob.UploadPagesAsync(new MemoryStream(new byte[512]), 0, sequence))).ErrorCode);
    }

    [Fact]
    public async Task What_is_not_there_is_told_with_the_codes_of_azure()
    {
        var container = _client.Blobs.GetBlobContainerClient("vhds");
        Assert.Equal("BlobNotFound", (await Refused(() => container.GetBlobClient("nosuch").GetPropertiesAsync())).ErrorCode);
        Assert.Equal("ContainerNotFound", (await Refused(() => _client.Blobs.GetBlobContainerClient("nosuch").GetPageBlobClient("a").CreateAsync(512))).ErrorCode);
        Assert.Equal("ContainerAlreadyExists", (await Refused(() => container.CreateAsync())).ErrorCode);
        var stranger = _client.PageBlob(new Uri("https://nosuch.blob.core.windows.net/vhds/a?sig=x"));
        Assert.Equal(404, (await Refused(() => stranger.GetPropertiesAsync())).Status);
    }

    [Fact]
    public async Task Containers_and_blobs_are_listed()
    {
        await _client.Blobs.CreateBlobContainerAsync("more-vhds");
        var container = _client.Blobs.GetBlobContainerClient("more-vhds");
        foreach (var name in new[] { "a/1.vhd", "a/2.vhd", "b.vhd" })
        {
            await container.GetPageBlobClient(name).CreateAsync(512);
        }

        Assert.Equal(["more-vhds", "vhds"], await _client.Blobs.GetBlobContainersAsync().Select(item => item.Name));
        Assert.Equal(["a/1.vhd", "a/2.vhd", "b.vhd"], await container.GetBlobsAsync(new GetBlobsOptions()).Select(item => item.Name));
        Assert.Equal(["a/1.vhd", "a/2.vhd"], await container.GetBlobsAsync(new GetBlobsOptions { Prefix = "a/" }).Select(item => item.Name));
        await container.GetPageBlobClient("b.vhd").DeleteAsync();
        Assert.Equal(2, (await container.GetBlobsAsync(new GetBlobsOptions()).Select(item => item.Name)).Count);
        await container.DeleteAsync();
        Assert.Equal("ContainerNotFound", (await Refused(() => container.GetPropertiesAsync())).ErrorCode);
    }

    [Fact]
    public async Task Folders_are_listed_once()
    {
        var container = _client.Blobs.GetBlobContainerClient("vhds");
        foreach (var name in new[] { "a/1.vhd", "a/2.vhd", "b.vhd", "c/d/3.vhd" })
        {
            await container.GetPageBlobClient(name).CreateAsync(512);
        }

        var top = await container.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Delimiter = "/" }).Select(item => item.IsPrefix ? item.Prefix : item.Blob.Name);
        Assert.Equal(["a/", "b.vhd", "c/"], top.Order(StringComparer.Ordinal));
        var below = await container.GetBlobsByHierarchyAsync(new GetBlobsByHierarchyOptions { Delimiter = "/", Prefix = "c/" }).Select(item => item.Prefix);
        Assert.Equal(["c/d/"], below);
    }

    [Fact]
    public async Task A_blob_of_a_tebibyte_is_sparse()
    {
        const long Length = 1L << 40;
        var blob = _client.PageBlob("huge.vhd");
        await blob.CreateAsync(Length);
        await blob.UploadPagesAsync(new MemoryStream(RandomBytes(512)), Length - 512);
        Assert.Equal([new HttpRange(Length - 512, 512)], await Ranges(blob, null));
        await blob.ClearPagesAsync(new HttpRange(0, Length));
        Assert.Empty(await Ranges(blob, null));
        Assert.Equal(Length, (await blob.GetPropertiesAsync()).Value.ContentLength);
    }

    [Fact]
    public void Writes_clears_and_resizes_agree_with_a_plain_array()
    {
        const int Pages = 16;
        var change = Gen.Select(Gen.Int[0, 2], Gen.Int[0, Pages - 1], Gen.Int[1, Pages], Gen.Byte);
        change.Array[1, 20].Sample(
            changes =>
            {
                var name = Guid.NewGuid().ToString();
                var blob = _client.PageBlob(name);
                blob.Create(Pages * 512);
                var plain = new byte[Pages * 512];
                foreach (var (kind, start, count, value) in changes)
                {
                    var pages = Math.Min(count, (plain.Length / 512) - start);
                    if (kind == 2)
                    {
                        Array.Resize(ref plain, count * 512);
                        blob.Resize(count * 512);
                    }
                    else if (pages > 0 && kind == 1)
                    {
                        plain.AsSpan(start * 512, pages * 512).Clear();
                        blob.ClearPages(new HttpRange(start * 512, pages * 512));
                    }
                    else if (pages > 0)
                    {
                        plain.AsSpan(start * 512, pages * 512).Fill(value);
                        blob.UploadPages(new MemoryStream(plain, start * 512, pages * 512), start * 512);
                    }
                }

                Assert.Equal(plain, blob.DownloadContent().Value.Content.ToArray());
                Assert.All(
                    blob.GetAllPageRanges().Select(item => item.Range),
                    range => Assert.True(range.Offset % 512 == 0 && range.Offset + range.Length <= plain.Length));
                blob.Delete();
            },
            iter: 100);
    }

    [Fact]
    public async Task Concurrent_pages_all_arrive()
    {
        var blob = _client.PageBlob("parallel.vhd");
        await blob.CreateAsync(64 * 65536);
        var pages = Enumerable.Range(0, 64).Select(index => (Offset: index * 65536L, Bytes: RandomBytes(65536))).ToList();
        await Task.WhenAll(pages.Select(page => blob.UploadPagesAsync(new MemoryStream(page.Bytes), page.Offset)));
        var content = (await blob.DownloadContentAsync()).Value.Content.ToArray();
        Assert.All(pages, page => Assert.True(content.AsSpan((int)page.Offset, 65536).SequenceEqual(page.Bytes)));
        Assert.Equal([new HttpRange(0, content.Length)], await Ranges(blob, null));
    }

    [Fact]
    public void The_synchronous_methods_of_the_sdk_work_too()
    {
        var blob = _client.PageBlob("sync.vhd");
        blob.Create(Mebibyte);
        var page = RandomBytes(4096);
        blob.UploadPages(new MemoryStream(page), 0);
        Assert.Equal(page, blob.DownloadContent(new BlobDownloadOptions { Range = new HttpRange(0, 4096) }).Value.Content.ToArray());
    }

    private static byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        Random.Shared.NextBytes(bytes);
        return bytes;
    }

    private static async Task<byte[]> ReadShared(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        await file.ReadExactlyAsync(bytes);
        return bytes;
    }

    private static async Task<List<HttpRange>> Ranges(PageBlobClient blob, HttpRange? window)
    {
        return await blob.GetAllPageRangesAsync(new GetPageRangesOptions { Range = window }).Select(item => item.Range);
    }

    private static async Task<RequestFailedException> Refused<T>(Func<Task<T>> call)
    {
        return await Assert.ThrowsAsync<RequestFailedException>(call);
    }

    private Task<HttpResponseMessage> PutPage(string blob, byte[] body, string range, params (string Name, string Value)[] headers)
    {
        var all = headers.Concat([("x-ms-page-write", "update"), ("x-ms-range", range), ("x-ms-version", "2023-11-03")]).ToArray();
        return _client.Send("PUT", "https://sandboximages.blob.core.windows.net/vhds/" + blob + "?comp=page", new ByteArrayContent(body), all);
    }
}
