namespace AzImageTools.Services.Tests.Upload;

/// <summary>Stands before a service, and does something each time before a request is passed on.</summary>
internal sealed class HookHandler(HttpMessageHandler inner, Action<HttpRequestMessage> before) : DelegatingHandler(inner)
{
    /// <summary>Does something once, before the page with that number, counted from 1.</summary>
    public static Action<HttpRequestMessage> AtPage(int page, Action action)
    {
        int seen = 0;
        return request =>
        {
            if (request.Method == HttpMethod.Put && request.RequestUri!.Query.Contains("comp=page") && Interlocked.Increment(ref seen) == page)
            {
                action();
            }
        };
    }

    /// <summary>Does something once, before the first request of a sort.</summary>
    public static Action<HttpRequestMessage> Once(Func<HttpRequestMessage, bool> isMoment, Action action)
    {
        int seen = 0;
        return request =>
        {
            if (isMoment(request) && Interlocked.CompareExchange(ref seen, 1, 0) == 0)
            {
                action();
            }
        };
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        before(request);
        return base.SendAsync(request, cancellationToken);
    }
}
