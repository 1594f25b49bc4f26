using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace AzImageTools.TestKit;

/// <summary>A server on this machine that answers as a test says, byte by byte: also what no library for servers would send.</summary>
public sealed class LocalServer : IAsyncDisposable
{
    private const int LongestHead = 64 * 1024;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<LocalRequest, Stream, CancellationToken, Task> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;
    private int _requests;
    private long _sent;

    /// <summary>Begins to listen.</summary>
    /// <param name="answer">Writes the answer to a request.</param>
    /// <param name="encrypted">Whether it speaks TLS, with a certificate that nobody trusts.</param>
    public LocalServer(Func<LocalRequest, Stream, CancellationToken, Task> answer, bool encrypted = false)
    {
        _answer = answer;
        _certificate = encrypted ? CreateCertificate() : null;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>How many requests came.</summary>
    public int Requests => _requests;

    /// <summary>How many bytes of answers were sent through <see cref="WriteEndlesslyAsync"/>.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>A server that gives each request the same answer.</summary>
    public static LocalServer Always(string status, string headers = "", string body = "")
        => new((_, stream, stop) => AnswerAsync(stream, status, headers, body, stop));

    /// <summary>Writes an answer.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="status">Such as <c>403 Forbidden</c>.</param>
    /// <param name="headers">Lines with their ends.</param>
    /// <param name="body">The body.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task AnswerAsync(Stream stream, string status, string headers = "", string body = "", CancellationToken stop = default)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        byte[] head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\n{headers}Content-Length: {bytes.Length}\r\n\r\n"));
        await stream.WriteAsync(head, stop);
        await stream.WriteAsync(bytes, stop);
    }

    /// <summary>Writes a body without an end, as long as somebody reads it.</summary>
    public async Task WriteEndlesslyAsync(Stream stream, string head, string beginning, string piece, CancellationToken stop)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {head}Transfer-Encoding: chunked\r\n\r\n"), stop);
        await ChunkAsync(beginning);
        while (true)
        {
            await ChunkAsync(piece);
        }

        async Task ChunkAsync(string text)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n")), stop);
            Interlocked.Add(ref _sent, text.Length);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _certificate?.Dispose();
        _end.Dispose();
    }

    private static X509Certificate2 CreateCertificate()
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), password: null);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using TcpClient connection = client;
        try
        {
            Stream stream = connection.GetStream();
            if (_certificate is not null)
            {
                SslStream encrypted = new(stream);
                await encrypted.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _certificate }, _end.Token);
                stream = encrypted;
            }

            while (await ReadAsync(stream) is { } request)
            {
                Interlocked.Increment(ref _requests);
                await _answer(request, stream, _end.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
            // The client has gone, or the test has ended.
        }
    }

    private async Task<LocalRequest?> ReadAsync(Stream stream)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (head.Count < 4 || !(head[^4] == '\r' && head[^3] == '\n' && head[^2] == '\r' && head[^1] == '\n'))
        {
            if (head.Count > LongestHead || await stream.ReadAsync(one, _end.Token) == 0)
            {
                return null;
            }

            head.Add(one[0]);
        }

        string[] lines = Encoding.ASCII.GetString([.. head]).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string length = lines.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase))?.Split(':')[1] ?? "0";
        byte[] body = new byte[int.Parse(length, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _end.Token);
        string[] first = lines[0].Split(' ');
        return new LocalRequest(first[0], first[1]);
    }
}

/// <summary>A request to a <see cref="LocalServer"/>.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">What it asks for, with the query.</param>
public sealed record LocalRequest(string Method, string Path);
