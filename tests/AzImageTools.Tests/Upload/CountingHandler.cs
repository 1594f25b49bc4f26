namespace AzImageTools.Tests.Upload;

/// <summary>Stands before a sandbox and counts how many Put Page requests are in flight at once.</summary>
internal sealed class CountingHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly Lock _gate = new();
    private int _inFlight;

    public int Pages { get; private set; }

    public int MostInFlight { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        bool isPage = request.Method == HttpMethod.Put && request.RequestUri!.Query.Contains("comp=page");
        if (isPage)
        {
            lock (_gate)
            {
                Pages++;
                MostInFlight = Math.Max(MostInFlight, ++_inFlight);
            }
        }

        try
        {
            return await base.SendAsync(request, cancellationToken);
        }
        finally
        {
            if (isPage)
            {
                lock (_gate)
                {
                    _inFlight--;
                }
            }
        }
    }
}
