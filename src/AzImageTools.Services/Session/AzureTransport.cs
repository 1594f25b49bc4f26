using System.Net;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Session;

/// <summary>The connections to Azure, shared by all clients.</summary>
internal static class AzureTransport
{
    /// <summary>The connections, by way of the proxy that the system or the environment names.</summary>
    public static HttpClientTransport Shared { get; } = Create(proxy: null);

    /// <summary>Makes connections of their own.</summary>
    /// <param name="proxy">The proxy; null for the system's.</param>
    public static HttpClientTransport Create(IWebProxy? proxy)
    {
#if NET
        SocketsHttpHandler handler = new()
        {
            // As the SDK's own; but where nothing answers, that is told after seconds, not when the system gives up after two minutes.
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AllowAutoRedirect = false,
            UseCookies = false,
        };
        if (proxy is not null)
        {
            handler.Proxy = proxy;
        }

        return new HttpClientTransport(new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan });
#else
        // There is no limit to set here, and none is needed: .NET Framework is on Windows, which gives up by itself after 21 s.
        return proxy is null ? HttpClientTransport.Shared : new HttpClientTransport(new HttpClientHandler { Proxy = proxy, AllowAutoRedirect = false, UseCookies = false });
#endif
    }
}
