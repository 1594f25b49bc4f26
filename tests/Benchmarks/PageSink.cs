using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;

namespace AzImageTools.Benchmarks;

/// <summary>
/// A process that answers like Azure's page blobs, with one blob, and keeps nothing of it but which ranges were written: a
/// thread a connection, on sockets alone, so that it is not the limit.
/// </summary>
internal sealed partial class PageSink
{
    public const string Mode = "page-sink";

    /// <summary>What begins <see cref="TransferLimits.ToArgument"/>, in place of a delay: the sink has these limits.</summary>
    public const string Limited = "limited";

    /// <summary>Asked for what was received since it was asked last: bodies' bytes, requests, and how many of them were refused.</summary>
    public const string StatisticsPath = "/__statistics";

    private const int BufferSize = 1 << 20;
    private const int LongestHead = 64 << 10;
    private readonly TimeSpan _delay;
    private readonly BlobLimits? _limits;
    private readonly X509Certificate2? _identity;
    private readonly ConcurrentBag<(long Start, long End)> _written = [];
    private string _runMetadata = string.Empty;
    private long _length = -1;
    private long _bytes;
    private long _requests;
    private long _refused;

    private PageSink(TimeSpan delay, BlobLimits? limits, X509Certificate2? identity)
    {
        _delay = delay;
        _limits = limits;
        _identity = identity;
    }

    /// <summary>Runs until its input ends. Prints its port first.</summary>
    /// <param name="delay">How many milliseconds later each page is answered, or its limits.</param>
    /// <param name="identity">The PKCS #12 file of a <see cref="TlsIdentity"/>; empty for plain HTTP.</param>
    public static int Run(string delay, string identity)
    {
        bool isLimited = delay.StartsWith(Limited, StringComparison.Ordinal);
        PageSink sink = new(
            isLimited ? TimeSpan.Zero : TimeSpan.FromMilliseconds(int.Parse(delay, CultureInfo.InvariantCulture)),
            isLimited ? new BlobLimits(TransferLimits.Parse(delay)) : null,
            identity.Length > 0 ? X509CertificateLoader.LoadPkcs12FromFile(identity, password: null) : null);
        return ServeAll(sink.Serve);
    }

    /// <summary>Serves each connection on a thread of its own until this process' input ends. Prints the port first.</summary>
    internal static int ServeAll(Action<Socket> serve)
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        new Thread(() => Accept(listener, serve)) { IsBackground = true }.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint!).Port.ToString(CultureInfo.InvariantCulture));
        Console.In.ReadToEnd();
        return 0;
    }

    private static void Accept(Socket listener, Action<Socket> serve)
    {
        try
        {
            while (true)
            {
                Socket client = listener.Accept();
                client.NoDelay = true;
                new Thread(() => serve(client)) { IsBackground = true }.Start();
            }
        }
        catch (SocketException)
        {
            // The process ends.
        }
    }

    private void Serve(Socket client)
    {
        byte[] buffer = new byte[BufferSize];
        int filled = 0;
        using (client)
        {
            try
            {
                using Stream stream = Open(client);
                while (ReadHead(stream, buffer, ref filled) is { } head)
                {
                    long body = Find(head, "Content-Length") is { } length ? long.Parse(length, CultureInfo.InvariantCulture) : 0;
                    if (Find(head, "Expect") is not null)
                    {
                        stream.Write("HTTP/1.1 100 Continue\r\n\r\n"u8);
                    }

                    Discard(stream, buffer, body, ref filled);
                    stream.Write(Encoding.ASCII.GetBytes(Answer(head, body)));
                }
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException)
            {
                // The client is gone.
            }
        }
    }

    private Stream Open(Socket client)
    {
        NetworkStream plain = new(client);
        if (_identity is null)
        {
            return plain;
        }

        SslStream tls = new(plain);
        tls.AuthenticateAsServer(new SslServerAuthenticationOptions { ServerCertificate = _identity, EnabledSslProtocols = SslProtocols.Tls13 });
        return tls;
    }

    /// <summary>Reads the head of a request; null where the client has gone.</summary>
    internal static string? ReadHead(Stream client, byte[] buffer, ref int filled)
    {
        while (true)
        {
            int end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                end += 4;
                string head = Encoding.ASCII.GetString(buffer, 0, end);
                filled -= end;
                Buffer.BlockCopy(buffer, end, buffer, 0, filled);
                return head;
            }

            int count = filled < LongestHead ? client.Read(buffer, filled, LongestHead - filled) : 0;
            if (count == 0)
            {
                return null;
            }

            filled += count;
        }
    }

    private static void Discard(Stream client, byte[] buffer, long length, ref int filled)
    {
        int present = (int)Math.Min(length, filled);
        filled -= present;
        Buffer.BlockCopy(buffer, present, buffer, 0, filled);
        for (long left = length - present; left > 0;)
        {
            int count = client.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            left = count > 0 ? left - count : throw new EndOfStreamException();
        }
    }

    private string Answer(string head, long body)
    {
        string line = head[..head.IndexOf('\r', StringComparison.Ordinal)];
        if (line.Contains(StatisticsPath, StringComparison.Ordinal))
        {
            _length = -1;
            _written.Clear();
            return Text("200 OK", string.Empty, string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Exchange(ref _bytes, 0)} {Interlocked.Exchange(ref _requests, 0)} {Interlocked.Exchange(ref _refused, 0)}"));
        }

        Interlocked.Increment(ref _requests);
        if (_limits is not null && line.Contains("comp=page", StringComparison.Ordinal) && !line.Contains("comp=pagelist", StringComparison.Ordinal))
        {
            bool isTaken = _limits.TryTake(body, out TimeSpan latency);
            Thread.Sleep(latency);
            if (!isTaken)
            {
                Interlocked.Increment(ref _refused);
                return Text("503 The server is busy.", "x-ms-error-code: ServerBusy\r\nRetry-After: 1\r\n", string.Empty);
            }
        }

        Interlocked.Add(ref _bytes, body);
        return line.Split(' ')[0] switch
        {
            "PUT" => AnswerPut(line, head),
            "HEAD" when _length < 0 => Text("404 The specified blob does not exist.", "x-ms-error-code: BlobNotFound\r\n", null),
            "HEAD" => Text("200 OK", Properties(), null),
            "GET" when line.Contains("comp=pagelist", StringComparison.Ordinal) => Text("200 OK", "Content-Type: application/xml\r\nx-ms-blob-content-length: " + _length + "\r\n", PageList()),
            "GET" => Text("404 Not Found", string.Empty, string.Empty),
            _ => Text("202 Accepted", string.Empty, string.Empty),
        };
    }

    private string AnswerPut(string line, string head)
    {
        if (line.Contains("comp=page", StringComparison.Ordinal))
        {
            if (Range().Match(head) is { Success: true } range)
            {
                _written.Add((long.Parse(range.Groups["start"].Value, CultureInfo.InvariantCulture), long.Parse(range.Groups["end"].Value, CultureInfo.InvariantCulture)));
            }

            if (_delay > TimeSpan.Zero)
            {
                Thread.Sleep(_delay);
            }

            return Text("201 Created", "x-ms-blob-sequence-number: 0\r\n", string.Empty);
        }

        if (line.Contains("comp=lease", StringComparison.Ordinal))
        {
            return Find(head, "x-ms-lease-action") == "acquire"
                ? Text("201 Created", $"x-ms-lease-id: {Find(head, "x-ms-proposed-lease-id")}\r\n", string.Empty)
                : Text("200 OK", $"x-ms-lease-id: {Find(head, "x-ms-lease-id")}\r\n", string.Empty);
        }

        if (Find(head, "x-ms-blob-content-length") is { } length && !line.Contains("comp=", StringComparison.Ordinal))
        {
            _length = long.Parse(length, CultureInfo.InvariantCulture);
            _runMetadata = string.Concat(Metadata().Matches(head).Select(match => match.Value.TrimStart('\r', '\n') + "\r\n"));
            _written.Clear();
            return Text("201 Created", string.Empty, string.Empty);
        }

        return Text(line.Contains("comp=", StringComparison.Ordinal) ? "200 OK" : "201 Created", string.Empty, string.Empty);
    }

    private string Properties()
        => string.Create(CultureInfo.InvariantCulture, $"x-ms-blob-type: PageBlob\r\nContent-Type: application/octet-stream\r\nx-ms-blob-sequence-number: 0\r\nx-ms-lease-status: unlocked\r\n{_runMetadata}");

    private string PageList()
    {
        StringBuilder text = new("<?xml version=\"1.0\" encoding=\"utf-8\"?><PageList>");
        foreach ((long start, long end) in _written.Order())
        {
            text.Append(CultureInfo.InvariantCulture, $"<PageRange><Start>{start}</Start><End>{end}</End></PageRange>");
        }

        return text.Append("<NextMarker/></PageList>").ToString();
    }

    /// <summary>An answer; without a body where that is null, as to HEAD.</summary>
    private string Text(string status, string headers, string? body)
        => string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nContent-Length: {(body is null ? Math.Max(0, _length) : body.Length)}\r\nETag: \"0x8D1\"\r\nLast-Modified: Tue, 22 Nov 2022 19:00:00 GMT\r\nDate: Tue, 22 Nov 2022 19:00:00 GMT\r\nx-ms-request-id: 00000000-0000-0000-0000-000000000000\r\nx-ms-version: 2021-06-08\r\nx-ms-request-server-encrypted: true\r\n{headers}\r\n{body}");

    /// <summary>The value of a header; null for none.</summary>
    internal static string? Find(string head, string name)
    {
        int start = head.IndexOf($"\r\n{name}:", StringComparison.OrdinalIgnoreCase);
        if (start < 0)
        {
            return null;
        }

        start += name.Length + 3;
        return head[start..head.IndexOf('\r', start)].Trim();
    }

    [GeneratedRegex(@"\r\n(?:x-ms-range|range): *bytes=(?<start>\d+)-(?<end>\d+)", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture)]
    internal static partial Regex Range();

    [GeneratedRegex(@"\r\nx-ms-meta-[^\r]*", RegexOptions.IgnoreCase)]
    private static partial Regex Metadata();
}
