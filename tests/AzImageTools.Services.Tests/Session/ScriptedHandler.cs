using System.Collections.Concurrent;

namespace AzImageTools.Services.Tests.Session;

/// <summary>Answers requests as a test says, and remembers them.</summary>
internal sealed class ScriptedHandler(Func<HttpRequestMessage, int, HttpResponseMessage> answer) : HttpMessageHandler
{
    private int _count;

    public ConcurrentQueue<Uri> Requests { get; } = new();

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Requests.Enqueue(request.RequestUri!);
        HttpResponseMessage response = answer(request, Interlocked.Increment(ref _count) - 1);
        response.RequestMessage = request;
        return Task.FromResult(response);
    }
}
