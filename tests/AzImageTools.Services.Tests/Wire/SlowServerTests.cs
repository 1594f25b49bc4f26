using System.Diagnostics;
using System.Text;
using AzImageTools.Disks;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Session;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure.Core.Pipeline;
using Azure.Storage.Blobs.Specialized;

namespace AzImageTools.Services.Tests.Wire;

/// <summary>Servers that never come to the end of an answer, and never leave off either.</summary>
public sealed class SlowServerTests : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("HEAD", "")]
    [InlineData("PUT", "")]
    [InlineData("GET", "")]
    [InlineData("GET", "Content-Type: application/xml\r\nContent-Length: 1000000\r\n\r\n<?xml version=\"1.0\"?><PageList>")]
    [InlineData("PUT", "x-ms-error-code: X\r\nContent-Type: application/xml\r\nContent-Length: 1000000\r\n\r\n<?xml version=\"1.0\"?><Error>")]
    public async Task Cancelling_ends_the_wait_for_it(string method, string beginning)
    {
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using SemaphoreSlim slow = new(0);
        await using LocalServer server = Trickling(method, beginning, slow);
        Task<VhdUpload> upload = Uploads.RunAsync(
            session: null,
            new UploadRequest { Path = RawDisk.Create(_folder), Target = new SasTarget($"{server.Address}acct/c/d.vhd?sv=1&sig=abc") },
            new() { Cancellation = stop.Token });
        await slow.WaitAsync(TestContext.Current.CancellationToken);

        long cancelled = Stopwatch.GetTimestamp();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload);

        // Two seconds on a quiet machine.
        Assert.InRange(Stopwatch.GetElapsedTime(cancelled), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x-ms-error-code: X\r\nContent-Type: application/xml\r\nContent-Length: 1000000\r\n\r\n<?xml version=\"1.0\"?><Error>")]
    public async Task Headers_and_errors_end_with_the_time_for_one_try(string beginning)
    {
        await using LocalServer server = Trickling("GET", beginning);
        StorageClients clients = new(AzureTransport.Create(proxy: null), new InstantTime(), CloudEnvironment.AzureCloud, credential: null, TimeSpan.FromMilliseconds(400));
        PageBlobClient blob = clients.PageBlobWithSas(new Uri(server.Address, "acct/c/d.vhd?sig=abc"));

        ImageServiceException error = await Assert.ThrowsAnyAsync<ImageServiceException>(
            () => AzureErrors.CallAsync("Reading", target: null, () => blob.DownloadContentAsync(TestContext.Current.CancellationToken)));

        Assert.Equal(ErrorKind.Connection, error.Kind);
        Assert.Contains("did not answer in time", error.Message, StringComparison.Ordinal);
        Assert.InRange(server.Requests, 2, 8);
    }

    [Fact]
    public async Task A_body_that_comes_byte_by_byte_ends_with_the_time_for_an_answer()
    {
        await using LocalServer server = Trickling("GET", "Content-Length: 1000000\r\n\r\n", status: "200 OK");
        HttpPipeline pipeline = new(AzureTransport.Create(proxy: null), [new AnswerLimitPolicy(TimeSpan.FromMilliseconds(500))]);
        using Azure.Core.HttpMessage message = pipeline.CreateMessage();
        message.Request.Uri.Reset(server.Address);
        message.BufferResponse = false;
        await pipeline.SendAsync(message, TestContext.Current.CancellationToken);

        Azure.RequestFailedException error = await Assert.ThrowsAsync<Azure.RequestFailedException>(
            () => message.Response.ContentStream!.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken));

        Assert.Equal("InvalidAnswer", error.ErrorCode);
        Assert.Contains("has not ended", error.Message, StringComparison.Ordinal);
    }

    /// <summary>A blob service that answers one method with some text, and then with a header, or with as many bytes, every 50 ms.</summary>
    private static LocalServer Trickling(string method, string beginning, SemaphoreSlim? begun = null, string? status = null)
        => BlobServer.Start(async (request, stream, stop) =>
        {
            if (request.Method != method)
            {
                return false;
            }

            bool isError = beginning.Contains("error-code", StringComparison.Ordinal);
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status ?? (isError ? "400 Bad Request" : "200 OK")}\r\n{beginning}"), stop);
            begun?.Release();
            while (true)
            {
                await stream.WriteAsync("X-A: b\r\n"u8.ToArray(), stop);
                await Task.Delay(Pause, stop);
            }
        });
}
