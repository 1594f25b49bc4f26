namespace AzImageTools.Services.Tests.Upload;

/// <summary>Stands before the sandbox and loses the answer to the first creation of a blob.</summary>
internal sealed class LosingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private int _lost;

    public int Lost => _lost;

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage answer = await base.SendAsync(request, cancellationToken);
        if (request.Headers.Contains("x-ms-blob-type") && Interlocked.CompareExchange(ref _lost, 1, 0) == 0)
        {
            answer.Dispose();
            throw new HttpRequestException("The connection was reset.");
        }

        return answer;
    }
}
