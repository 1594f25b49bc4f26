using System.Text;

namespace AzImageTools.UploadHarness;

/// <summary>Passes requests to a loopback address on to the network, all others to the sandbox. Each Put Page is noted in a file before it is sent.</summary>
internal sealed class NotingHandler(HttpMessageHandler sandbox, FileStream notes) : DelegatingHandler(sandbox)
{
    private readonly HttpClient _network = new();
    private readonly Lock _gate = new();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!request.RequestUri!.IsLoopback)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        if (request.Headers.TryGetValues("x-ms-page-write", out IEnumerable<string>? write)
            && (request.Headers.TryGetValues("x-ms-range", out IEnumerable<string>? range) || request.Headers.TryGetValues("Range", out range)))
        {
            byte[] line = Encoding.ASCII.GetBytes($"{write.Single()} {range.Single()}\n");
            lock (_gate)
            {
                notes.Write(line);
            }
        }

        using HttpRequestMessage copy = new(request.Method, request.RequestUri);
        foreach (KeyValuePair<string, IEnumerable<string>> header in request.Headers)
        {
            copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        copy.Content = request.Content;
        HttpResponseMessage answer = await _network.SendAsync(copy, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        answer.RequestMessage = request;
        copy.Content = null;
        return answer;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _network.Dispose();
        }

        base.Dispose(disposing);
    }
}
