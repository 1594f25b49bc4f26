namespace AzImageTools.Services.Tests.Upload;

/// <summary>Stands before a service, and does something each time before a request is passed on.</summary>
internal sealed class HookHandler(HttpMessageHandler inner, Action<HttpRequestMessage> before) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        before(request);
        return base.SendAsync(request, cancellationToken);
    }
}
