using AzImageTools.Disks;
using AzImageTools.Services.Tests.Plans;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;

namespace AzImageTools.Services.Tests.Wire;

/// <summary>Servers that send elsewhere: whoever that is gets no request, and so no signature.</summary>
public sealed class RedirectTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("301 Moved Permanently", "HEAD")]
    [InlineData("302 Found", "HEAD")]
    [InlineData("303 See Other", "PUT")]
    [InlineData("307 Temporary Redirect", "PUT")]
    [InlineData("307 Temporary Redirect", "GET")]
    [InlineData("308 Permanent Redirect", "HEAD")]
    public async Task A_redirect_is_told_and_never_followed(string status, string method)
    {
        await using LocalServer other = LocalServer.Always("404 Not Found");
        await using LocalServer server = BlobServer.Start(async (request, stream, stop) =>
        {
            bool isRedirected = request.Method == method;
            if (isRedirected)
            {
                // As a gateway does: with all of the address that it was asked for.
                await LocalServer.AnswerAsync(stream, status, $"Location: http://localhost:{other.Address.Port}{request.Path}\r\n", string.Empty, stop);
            }

            return isRedirected;
        });
        RecordingLog log = new();

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(() => Uploads.RunAsync(
            session: null,
            new UploadRequest { Path = RawDisk.Create(_folder), Target = new SasTarget($"{server.Address}acct/c/d.vhd?sv=1&sig=geheim") },
            new() { Time = new ScaledTime(50), Cancellation = TestContext.Current.CancellationToken, Log = log }));

        Assert.Equal(("Redirected", ErrorKind.InvalidData), (error.ErrorId, error.Kind));
        Assert.Contains($"({status[..3]}) leads to localhost", error.Message, StringComparison.Ordinal);
        Assert.Contains("not followed", error.Remedy, StringComparison.Ordinal);
        Assert.Equal(0, other.Requests);
        Assert.DoesNotContain("geheim", error + string.Concat(log.Warnings) + string.Concat(log.Messages), StringComparison.Ordinal);
    }
}
