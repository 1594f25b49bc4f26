using System.Net;
using AzImageTools.Disks;
using AzImageTools.Services.Upload.Target;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Tests.Upload;

public sealed class DiskWriteAccessTests
{
    private readonly SteppedTime _time = new();
    private int _grants;
    private int _refused;

    [Fact]
    public async Task Access_is_asked_for_again_long_before_it_expires_and_each_try_has_the_newest_signature()
    {
        List<string> sent = [];
        using HttpClientTransport transport = Transport(sent);
        DiskWriteAccess access = Access(length: 0);
        await access.BeginAsync();

        await SendAsync(transport, access);
        _time.Advance(TimeSpan.FromMinutes(29));
        await SendAsync(transport, access);
        _time.Advance(TimeSpan.FromMinutes(2));
        await SendAsync(transport, access);

        Assert.Equal(["https://md-1.example/abcd?sv=1&sig=1&comp=page", "https://md-1.example/abcd?sv=1&sig=1&comp=page", "https://md-2.example/abcd?sv=1&sig=2&comp=page"], sent);
    }

    [Fact]
    public async Task A_renewal_that_is_refused_leaves_the_access_that_there_is_and_is_not_tried_with_each_request()
    {
        List<string> sent = [];
        using HttpClientTransport transport = Transport(sent);
        DiskWriteAccess access = Access(length: 0);
        await access.BeginAsync();
        _refused = int.MaxValue;
        _time.Advance(TimeSpan.FromMinutes(31));

        for (int i = 0; i < 5; i++)
        {
            await SendAsync(transport, access);
        }

        Assert.Equal(2, _grants);
        Assert.All(sent, address => Assert.Contains("sig=1", address));
    }

    [Fact]
    public async Task A_large_disk_gets_access_for_longer()
    {
        List<TimeSpan> asked = [];
        foreach (long length in new[] { 0L, 32L << 30, 8L << 40 })
        {
            await new DiskWriteAccess(
                duration =>
                {
                    asked.Add(duration);
                    return Task.FromResult(new Uri("https://md.example/abcd?sig=1"));
                },
                length,
                OperationContext.None).BeginAsync();
        }

        Assert.Equal([TimeSpan.FromHours(1), TimeSpan.FromHours(1) + TimeSpan.FromSeconds(8192), TimeSpan.FromHours(24)], asked);
    }

    private static async Task SendAsync(HttpPipelineTransport transport, DiskWriteAccess access)
    {
        HttpPipeline pipeline = new(transport, [access]);
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Put;
        message.Request.Uri.Reset(new Uri(access.Address.AbsoluteUri + "&comp=page"));
        await pipeline.SendAsync(message, CancellationToken.None);
    }

    private static HttpClientTransport Transport(List<string> sent)
        => new(new HttpClient(new AnsweringHandler(sent)));

    private DiskWriteAccess Access(long length) => new(Grant, length, new OperationContext { Time = _time });

    private Task<Uri> Grant(TimeSpan duration)
    {
        _grants++;
        return _refused > 0
            ? Task.FromException<Uri>(new ImageServiceException("OperationNotAllowed", ErrorKind.InvalidState, "No.", string.Empty))
            : Task.FromResult(new Uri($"https://md-{_grants}.example/abcd?sv=1&sig={_grants}"));
    }

    private sealed class AnsweringHandler(List<string> sent) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            sent.Add(request.RequestUri!.AbsoluteUri);
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.Created) { RequestMessage = request });
        }
    }
}
