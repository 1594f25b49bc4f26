using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace AzImageTools.Tests.Secrecy;

/// <summary>
/// Stands before a storage service and gathers the secrets that clients send. What goes to a blob named <see cref="RefusedBlob"/> it
/// refuses from the fifth page on, with an answer that repeats all of the request, as some proxies and firewalls do.
/// </summary>
internal sealed class EchoingProxy : IAsyncDisposable
{
    public const string RefusedBlob = "refused.vhd";

    private const int PagesBeforeRefusal = 4;
    private static readonly string[] OwnHeaders = ["Host", "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Expect"];

    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false });
    private readonly ConcurrentDictionary<string, bool> _secrets = new(StringComparer.Ordinal);
    private readonly HttpListener _listener = new();
    private readonly Uri _service;
    private readonly Task _serving;
    private int _pages;

    public EchoingProxy(Uri service)
    {
        _service = service;
        Address = new Uri($"http://127.0.0.1:{FreePort()}/");
        _listener.Prefixes.Add(Address.AbsoluteUri);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>The signatures and credentials of all requests, as they were sent and unescaped.</summary>
    public IReadOnlyCollection<string> Secrets => [.. _secrets.Keys];

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
        _client.Dispose();
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool IsPage(HttpListenerRequest request) => request.HttpMethod == "PUT" && request.Url!.Query.Contains("comp=page", StringComparison.Ordinal);

    private async Task ServeAsync()
    {
        List<Task> running = [];
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                running.Add(AnswerAsync(context));
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }

        await Task.WhenAll(running);
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        HttpListenerRequest request = context.Request;
        try
        {
            using MemoryStream body = new();
            await request.InputStream.CopyToAsync(body);
            Gather(request);
            if (request.Url!.AbsolutePath.EndsWith('/' + RefusedBlob, StringComparison.Ordinal) && IsPage(request) && Interlocked.Increment(ref _pages) > PagesBeforeRefusal)
            {
                await RefuseAsync(context);
            }
            else
            {
                await PassOnAsync(context, body.ToArray());
            }
        }
        catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or IOException)
        {
            // The client is gone.
        }
    }

    private async Task PassOnAsync(HttpListenerContext context, byte[] body)
    {
        using HttpRequestMessage onward = new(new HttpMethod(context.Request.HttpMethod), new Uri(_service, context.Request.RawUrl!)) { Content = new ByteArrayContent(body) };
        foreach (string name in context.Request.Headers.AllKeys.OfType<string>().Except(OwnHeaders, StringComparer.OrdinalIgnoreCase))
        {
            if (!onward.Headers.TryAddWithoutValidation(name, context.Request.Headers[name]))
            {
                onward.Content.Headers.TryAddWithoutValidation(name, context.Request.Headers[name]);
            }
        }

        using HttpResponseMessage answer = await _client.SendAsync(onward);
        byte[] answered = await answer.Content.ReadAsByteArrayAsync();
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach ((string name, IEnumerable<string> values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !OwnHeaders.Contains(header.Key, StringComparer.OrdinalIgnoreCase)))
        {
            context.Response.Headers[name] = string.Join(',', values);
        }

        // The answer to HEAD tells the length of what it does not hold.
        context.Response.ContentLength64 = answer.Content.Headers.ContentLength ?? answered.Length;
        await context.Response.OutputStream.WriteAsync(answered);
        context.Response.Close();
    }

    private static async Task RefuseAsync(HttpListenerContext context)
    {
        StringBuilder told = new();
        told.Append("You asked for ").Append(context.Request.Url).Append(" (").Append(context.Request.RawUrl).Append(") with ");
        foreach (string? name in context.Request.Headers.AllKeys)
        {
            told.Append(name).Append(": ").Append(context.Request.Headers[name]).Append("; ");
        }

        string text = $"<?xml version=\"1.0\"?><Error><Code>AuthorizationFailure</Code><Message>{WebUtility.HtmlEncode(told.ToString())}</Message></Error>";
        context.Response.StatusCode = (int)HttpStatusCode.Forbidden;
        context.Response.ContentType = "application/xml";
        context.Response.Headers["x-ms-error-code"] = "AuthorizationFailure";
        context.Response.Headers["x-ms-told"] = WebUtility.UrlEncode(told.ToString());
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(text));
        context.Response.Close();
    }

    private void Gather(HttpListenerRequest request)
    {
        if (Regex.Match(request.RawUrl!, "[?&]sig=([^&]+)") is { Success: true } signature)
        {
            _secrets[signature.Groups[1].Value] = true;
            _secrets[Uri.UnescapeDataString(signature.Groups[1].Value)] = true;
        }

        if (request.Headers["Authorization"] is { } authorization)
        {
            _secrets[authorization[(authorization.LastIndexOfAny([' ', ':']) + 1)..]] = true;
        }
    }
}
