using AzImageTools.Disks;
using AzImageTools.Sandbox;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Upload;

public sealed class ReadBackTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly SandboxCloud _cloud = new();

    public void Dispose()
    {
        _cloud.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData("disk")]
    [InlineData("blob")]
    public async Task A_broken_read_goes_on_where_it_broke_and_without_a_condition(string kind)
    {
        string source = RawDisk.Create(_folder);
        using BreakingHandler breaking = new(_cloud.CreateHandler(), IsRead, times: 3);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, breaking);

        VhdUpload upload = await cloud.UploadAsync(source, Target(kind), request => request with { Verify = true });

        Assert.True(upload.Verified);
        Assert.All(breaking.Asked, read => Assert.False(read.IsConditional, "A managed disk refuses conditions: " + read.Range));
        Assert.Equal(breaking.Asked.Count, breaking.Asked.Select(read => read.Range).Distinct().Count());
    }

    [Fact]
    public async Task A_read_that_breaks_each_time_is_one_clear_error()
    {
        string source = RawDisk.Create(_folder);
        using BreakingHandler breaking = new(_cloud.CreateHandler(), IsRead, times: int.MaxValue);
        using UploadCloud cloud = await UploadCloud.ConnectAsync(_cloud, breaking);

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(
            () => cloud.UploadAsync(source, Target("disk"), request => request with { Verify = true }));

        Assert.Equal(("ConnectionFailed", ErrorKind.Connection), (error.ErrorId, error.Kind));
    }

    private static UploadTarget Target(string kind)
        => kind == "disk" ? new ManagedDiskTarget("sandbox-rg", "web01") : new PageBlobTarget("sandboximages", "vhds", "web01.vhd");

    private static bool IsRead(HttpRequestMessage request)
        => request.Method == HttpMethod.Get && request.RequestUri!.Host.Contains(".blob.", StringComparison.Ordinal) && !request.RequestUri.Query.Contains("comp=", StringComparison.Ordinal);
}
