using System.Net;

namespace AzImageTools.Services.Tests.Upload;

/// <summary>Stands before the sandbox: counts the pages written, and after some of them cancels, or answers with a failure.</summary>
internal sealed class FailingHandler(HttpMessageHandler inner, int pagesBeforeFailure, CancellationTokenSource? cancellation = null) : DelegatingHandler(inner)
{
    private readonly Lock _gate = new();
    private int _pages;
    private int _failures;
    private int _inFlight;
    private int _mostInFlight;

    public int Pages => _pages;

    public int MostInFlight => _mostInFlight;

    /// <summary>Fail once with this status, rather than for good.</summary>
    public HttpStatusCode? Once { get; init; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Method != HttpMethod.Put || !request.RequestUri!.Query.Contains("comp=page"))
        {
            return await base.SendAsync(request, cancellationToken);
        }

        int inFlight = Interlocked.Increment(ref _inFlight);
        try
        {
            lock (_gate)
            {
                _mostInFlight = Math.Max(_mostInFlight, inFlight);
            }

            if (Interlocked.Increment(ref _pages) > pagesBeforeFailure)
            {
                if (cancellation is not null)
                {
                    await cancellation.CancelAsync();
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                }

                if (Once is null || Interlocked.Increment(ref _failures) == 1)
                {
                    HttpResponseMessage failure = new(Once ?? HttpStatusCode.Forbidden) { RequestMessage = request };
                    failure.Headers.Add("x-ms-error-code", Once is null ? "AuthorizationFailure" : "ServerBusy");
                    return failure;
                }
            }

            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }
}
