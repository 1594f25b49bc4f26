using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AzImageTools.Sandbox.Host.Proxy;

/// <summary>
/// The beginning of each connection to the proxy: CONNECT to a host of Azure's goes on as TLS on the same connection, whatever else begins as
/// HTTP, so that a tunnel costs no second socket and no copying.
/// </summary>
internal sealed class ProxyConnection(ConnectionDelegate tunnel, Func<ConnectionDelegate> plain, RequestLog log)
{
    private const int LongestHead = 8192;
    private static readonly object TargetKey = new();
    private static readonly byte[] Connect = Encoding.ASCII.GetBytes("CONNECT ");
    private static readonly byte[] HeadEnd = Encoding.ASCII.GetBytes("\r\n\r\n");
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    /// <summary>Puts it before TLS and HTTP of an endpoint.</summary>
    public static void Configure(ListenOptions listen, CertificateAuthority authority, RequestLog log)
    {
        // Delegates are made from the last to the first: when connections come, all are there.
        ConnectionDelegate? http = null;
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(next => new ProxyConnection(next, () => http!, log).HandleAsync);
        listen.UseHttps(https => https.ServerCertificateSelector = (connection, _) => connection is null ? null : authority.CertificateOf(TargetOf(connection.Items) ?? "localhost"));
        listen.Use(next => http = next);
    }

    /// <summary>The host that a request's connection was opened to; null where it is no tunnel.</summary>
    public static string? TunnelTarget(HttpContext context)
        => context.Features.Get<IConnectionItemsFeature>() is { } items ? TargetOf(items.Items) : null;

    private static string? TargetOf(IDictionary<object, object?> items) => items.TryGetValue(TargetKey, out object? target) ? target as string : null;

    private async Task HandleAsync(ConnectionContext connection)
    {
        using CancellationTokenSource wait = new(LongestWait);
        try
        {
            if (!await IsConnectAsync(connection, wait.Token))
            {
                await plain()(connection);
                return;
            }

            string? target = await ReadTargetAsync(connection, wait.Token);
            if (target is null)
            {
                await AnswerAsync(connection, "400 Bad Request", "The sandbox's proxy takes CONNECT host:port.", wait.Token);
                return;
            }

            if (!AzureHosts.Contains(target))
            {
                log.Refusal(target);
                await AnswerAsync(connection, "403 Forbidden", $"{target} is no host of Azure's, and nothing leaves the sandbox.", wait.Token);
                return;
            }

            connection.Items[TargetKey] = target;
            await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 Connection established\r\n\r\n"), wait.Token);
        }
        catch (Exception problem) when (problem is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // Nobody is there any more, or says nothing.
            return;
        }

        await tunnel(connection);
    }

    /// <summary>Looks at the first bytes and leaves them.</summary>
    private static async Task<bool> IsConnectAsync(ConnectionContext connection, CancellationToken cancellation)
    {
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await connection.Transport.Input.ReadAsync(cancellation);
            byte[] first = read.Buffer.Slice(0, Math.Min(Connect.Length, read.Buffer.Length)).ToArray();
            bool matches = Connect.AsSpan().StartsWith(first);
            bool isDecided = !matches || first.Length == Connect.Length || read.IsCompleted;
            connection.Transport.Input.AdvanceTo(read.Buffer.Start, isDecided ? read.Buffer.Start : read.Buffer.End);
            if (isDecided)
            {
                return matches && first.Length == Connect.Length;
            }
        }
    }

    /// <summary>Reads the request's head; null where it is none.</summary>
    private static async Task<string?> ReadTargetAsync(ConnectionContext connection, CancellationToken cancellation)
    {
        while (true)
        {
            System.IO.Pipelines.ReadResult read = await connection.Transport.Input.ReadAsync(cancellation);
            byte[] head = read.Buffer.Slice(0, Math.Min(LongestHead, read.Buffer.Length)).ToArray();
            int end = head.AsSpan().IndexOf(HeadEnd);
            if (end >= 0)
            {
                connection.Transport.Input.AdvanceTo(read.Buffer.GetPosition(end + HeadEnd.Length));
                return ParseTarget(Encoding.ASCII.GetString(head, 0, end));
            }

            connection.Transport.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || head.Length == LongestHead)
            {
                return null;
            }
        }
    }

    private static string? ParseTarget(string head)
    {
        string[] words = head.Split("\r\n", 2)[0].Split(' ');
        int colon = words.Length == 3 ? words[1].LastIndexOf(':') : -1;
        return colon > 0 && words[1].AsSpan(colon + 1).SequenceEqual("443") ? words[1][..colon] : null;
    }

    private static async Task AnswerAsync(ConnectionContext connection, string status, string text, CancellationToken cancellation)
    {
        string answer = string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {text.Length}\r\nConnection: close\r\n\r\n{text}");
        await connection.Transport.Output.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellation);
        await connection.Transport.Output.CompleteAsync();
    }
}
