using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using AzImageTools.Sandbox.Faults;
using AzImageTools.TestKit;

namespace AzImageTools.Clients.Tests.Server;

public sealed class ProxyTests : IAsyncLifetime
{
    private const string Groups = "/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups?api-version=2021-04-01";
    private const int Page = 4 << 20;
    private ServedCloud _served = null!;
    private HttpClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _served = await ServedCloud.StartAsync();
        _client = _served.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _served.DisposeAsync();
    }

    [Theory]
    [InlineData("management.azure.com")]
    [InlineData("management.usgovcloudapi.net")]
    [InlineData("management.chinacloudapi.cn")]
    public async Task A_host_of_Azures_is_answered_by_the_sandbox_with_a_certificate_of_its_name(string host)
    {
        string answer = await _client.GetStringAsync($"https://{host}{Groups}");

        Assert.Contains("sandbox-rg", answer, StringComparison.Ordinal);
        Assert.Equal(host, Assert.Single(_served.Cloud.Requests).Host);
    }

    [Theory]
    [InlineData("example.com")]
    [InlineData("azure.com.example.com")]
    [InlineData("notazure.com")]
    [InlineData("127.0.0.1")]
    public async Task A_host_that_is_not_Azures_is_refused(string host)
    {
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetAsync($"https://{host}/"));

        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
        Assert.Empty(_served.Cloud.Requests);
    }

    [Theory]
    [InlineData("http://management.azure.com/subscriptions?api-version=2021-04-01", HttpStatusCode.Forbidden)]
    [InlineData("http://example.com/", HttpStatusCode.Forbidden)]
    [InlineData("http://169.254.169.254/metadata/instance?api-version=2021-02-01", HttpStatusCode.NotFound)]
    public async Task Without_TLS_it_answers_for_a_machines_identity_alone(string address, HttpStatusCode status)
    {
        using HttpResponseMessage answer = await _client.GetAsync(address);

        Assert.Equal(status, answer.StatusCode);
        Assert.Empty(_served.Cloud.Requests);
    }

    [Fact]
    public async Task A_tunnel_leads_to_no_other_host_than_it_was_opened_to()
    {
        using TcpClient connection = new();
        await connection.ConnectAsync(IPAddress.Loopback, _served.Server.Address.Port);
        NetworkStream tunnel = connection.GetStream();
        await tunnel.WriteAsync(Encoding.ASCII.GetBytes("CONNECT management.azure.com:443 HTTP/1.1\r\n\r\n"));
        Assert.Equal("HTTP/1.1 200 Connection established", await ReadLineAsync(tunnel));
        Assert.Equal("", await ReadLineAsync(tunnel));

        await using SslStream encrypted = new(tunnel);
        await encrypted.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "management.azure.com", CertificateChainPolicy = _served.CreatePolicy() });
        await encrypted.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: management.usgovcloudapi.net\r\n\r\n"));

        Assert.Equal("HTTP/1.1 421 Misdirected Request", await ReadLineAsync(encrypted));
        Assert.Empty(_served.Cloud.Requests);
    }

    [Theory]
    [InlineData("CONNECT nonsense HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("CONNECT management.azure.com:22 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 ")]
    [InlineData("CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\n\r\n", "HTTP/1.1 403 ")]
    public async Task What_is_no_tunnel_is_told_so(string sent, string answer)
    {
        using TcpClient connection = new();
        await connection.ConnectAsync(IPAddress.Loopback, _served.Server.Address.Port);
        NetworkStream stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(sent));
        connection.Client.Shutdown(SocketShutdown.Send);

        using StreamReader reader = new(stream);
        string text = await reader.ReadToEndAsync();

        Assert.StartsWith(answer, text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_without_an_end_is_not_read_on_and_on()
    {
        using TcpClient connection = new();
        await connection.ConnectAsync(IPAddress.Loopback, _served.Server.Address.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes("CONNECT " + new string('a', 10_000)));

        byte[] answer = new byte[12];
        await connection.GetStream().ReadExactlyAsync(answer);

        Assert.Equal("HTTP/1.1 400", Encoding.ASCII.GetString(answer));
    }

    [Fact]
    public async Task Pages_of_4_MiB_and_ranges_of_a_blob_go_through_unchanged_many_at_once()
    {
        const string Blob = "https://sandboximages.blob.core.windows.net/vhds/a%20disk%2F1.vhd";
        const int Pages = 12;
        byte[] content = RandomNumberGenerator.GetBytes(Pages * Page);
        await SendAsync(HttpMethod.Put, Blob, default, ("x-ms-blob-type", "PageBlob"), ("x-ms-blob-content-length", $"{content.Length}"));

        await Parallel.ForEachAsync(Enumerable.Range(0, Pages), async (page, _) =>
            await SendAsync(HttpMethod.Put, Blob + "?comp=page", content.AsMemory(page * Page, Page), ("x-ms-page-write", "update"), ("x-ms-range", $"bytes={page * Page}-{((page + 1) * Page) - 1}")));
        byte[] whole = await _client.GetByteArrayAsync(Blob);
        await Parallel.ForEachAsync(Enumerable.Range(0, Pages * 4), async (piece, stop) =>
        {
            int start = (piece * Page / 4) + piece, length = (Page / 4) - (2 * piece);
            using HttpRequestMessage request = new(HttpMethod.Get, Blob);
            request.Headers.Range = new RangeHeaderValue(start, start + length - 1);
            using HttpResponseMessage answer = await _client.SendAsync(request, stop);
            Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
            Assert.Equal(content.AsMemory(start, length), await answer.Content.ReadAsByteArrayAsync(stop));
        });

        Assert.Equal(content, whole);
        using HttpResponseMessage head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Blob));
        Assert.Equal(content.Length, head.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task A_page_past_the_limit_is_refused_and_the_connection_goes_on()
    {
        const string Blob = "https://sandboximages.blob.core.windows.net/vhds/large.vhd";
        await SendAsync(HttpMethod.Put, Blob, default, ("x-ms-blob-type", "PageBlob"), ("x-ms-blob-content-length", "16777216"));

        using HttpRequestMessage request = Request(HttpMethod.Put, Blob + "?comp=page", new byte[Page + 512], ("x-ms-page-write", "update"), ("x-ms-range", $"bytes=0-{Page + 511}"));
        using HttpResponseMessage answer = await _client.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Contains("sandbox-rg", await _client.GetStringAsync("https://management.azure.com" + Groups), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SandboxFaultKind.Reset, 0)]
    [InlineData(SandboxFaultKind.LoseAnswer, 1)]
    public async Task A_fault_that_breaks_the_connection_breaks_the_clients(SandboxFaultKind kind, int groupsMade)
    {
        const string Group = "https://management.azure.com/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/made?api-version=2021-04-01";
        _served.Cloud.Inject(new SandboxFault { Kind = kind, Method = "PUT" });
        using HttpRequestMessage request = Request(HttpMethod.Put, Group, Encoding.UTF8.GetBytes("""{"location":"westeurope"}"""), ("Content-Type", "application/json"));

        HttpRequestException broken = await Assert.ThrowsAsync<HttpRequestException>(() => _client.SendAsync(request));

        Assert.NotEqual(HttpRequestError.ConnectionError, broken.HttpRequestError);
        using HttpResponseMessage made = await _client.GetAsync(Group);
        Assert.Equal(groupsMade == 1 ? HttpStatusCode.OK : HttpStatusCode.NotFound, made.StatusCode);
    }

    [Fact]
    public async Task An_answer_that_never_comes_ends_with_the_client_who_waits_for_it()
    {
        _served.Cloud.Inject(new SandboxFault { Kind = SandboxFaultKind.Stall });
        using CancellationTokenSource patience = new(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.GetAsync("https://management.azure.com" + Groups, patience.Token));

        Assert.Contains("sandbox-rg", await _client.GetStringAsync("https://management.azure.com" + Groups), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_log_tells_each_request_and_neither_queries_nor_secrets()
    {
        using TempFolder folder = new();
        string log = folder.File("requests.log");
        await using (ServedCloud served = await ServedCloud.StartAsync(logFile: log))
        {
            using HttpClient client = served.CreateClient();
            await client.GetAsync("https://management.azure.com" + Groups + "&secret=hidden");
            await client.GetAsync("https://sandboximages.blob.core.windows.net/vhds/no%20disk.vhd?comp=metadata&sig=hidden");
            await client.PostAsync(
                "https://login.microsoftonline.com/common/oauth2/v2.0/token",
                new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = "me", ["client_secret"] = "hidden", ["scope"] = "x://y/.default" }));
            await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("https://example.com/hidden"));
        }

        string[] lines = [.. (await File.ReadAllLinesAsync(log)).Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
        Assert.Equal(
            [
                "GET management.azure.com /subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups 2021-04-01 200",
                "GET sandboximages.blob.core.windows.net /vhds/no%20disk.vhd metadata 404",
                "POST login.microsoftonline.com /common/oauth2/v2.0/token - 200",
                "CONNECT example.com - - 403",
            ],
            lines);
    }

    private static async Task<string> ReadLineAsync(Stream stream)
    {
        StringBuilder line = new();
        byte[] letter = new byte[1];
        while (letter[0] != '\n')
        {
            await stream.ReadExactlyAsync(letter);
            line.Append((char)letter[0]);
        }

        return line.ToString().TrimEnd();
    }

    private static HttpRequestMessage Request(HttpMethod method, string address, ReadOnlyMemory<byte> body, params (string Name, string Value)[] headers)
    {
        HttpRequestMessage request = new(method, address) { Content = new ReadOnlyMemoryContent(body) };
        foreach ((string name, string value) in headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    private async Task SendAsync(HttpMethod method, string address, ReadOnlyMemory<byte> body, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = Request(method, address, body, headers);
        using HttpResponseMessage answer = await _client.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }
}
