using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Plans;
using Azure.Core;
using Azure.Core.Pipeline;

namespace AzImageTools.Services.Tests.Session;

public sealed class RequestLogPolicyTests
{
    private const string Signature = "pXKx7pQnJm6XbB2rJk9WzYd4LqT0vHc8sGfE1aUiO3M%3D";

    [Fact]
    public async Task A_request_is_told_with_method_address_without_query_status_time_and_id()
    {
        RecordingLog log = new();
        await SendAsync(log);

        string told = Assert.Single(log.Messages, static message => message.Contains(" in ", StringComparison.Ordinal));
        Assert.Matches(@"^PUT https://acct\.blob\.core\.windows\.net/vhds/a\.vhd bytes=0-511: 201 in \d+ ms\. \(Request id: abc-1\.\)$", told);
    }

    [Fact]
    public async Task Headers_that_may_hold_a_secret_are_told_by_name_alone()
    {
        RecordingLog log = new();
        await SendAsync(log);

        string said = string.Join('\n', log.Messages);
        Assert.DoesNotContain("geheim", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Signature, said, StringComparison.Ordinal);
        Assert.All(["Authorization", "x-ms-copy-source", "x-ms-encryption-key", "x-ms-unheard-of"], name => Assert.Contains($"{name}: ***", said, StringComparison.Ordinal));
        Assert.Contains("x-ms-version: 2024-01-01", said, StringComparison.Ordinal);
        Assert.Contains("Location: https://management.azure.com/operations/1;", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_made_for_nobody()
    {
        SilentLog log = new();
        await SendAsync(log);
        await SendAsync(log: null);
    }

    [Fact]
    public async Task A_request_without_an_answer_is_told_too()
    {
        RecordingLog log = new();
        await Assert.ThrowsAnyAsync<Exception>(() => SendAsync(log, static () => throw new HttpRequestException("The connection was reset.")));

        Assert.Matches(@"^PUT https://acct\.blob\.core\.windows\.net/vhds/a\.vhd bytes=0-511: no answer after \d+ ms ", Assert.Single(log.Messages, static message => message.Contains("no answer", StringComparison.Ordinal)));
    }

    private static async Task SendAsync(IOperationLog? log, Func<HttpResponseMessage>? answer = null)
    {
        using HttpClient client = new(new ScriptedHandler((_, _) => (answer ?? Created)()));
        HttpPipeline pipeline = new(new HttpClientTransport(client), [RequestLogPolicy.Instance]);
        using HttpMessage message = pipeline.CreateMessage();
        message.Request.Method = RequestMethod.Put;
        message.Request.Uri.Reset(new Uri($"https://acct.blob.core.windows.net/vhds/a.vhd?comp=page&sig={Signature}"));
        message.Request.Headers.Add("Authorization", "SharedKey acct:geheim");
        message.Request.Headers.Add("x-ms-range", "bytes=0-511");
        message.Request.Headers.Add("x-ms-version", "2024-01-01");
        message.Request.Headers.Add("x-ms-copy-source", $"https://other.blob.core.windows.net/c/b?sig={Signature}");
        message.Request.Headers.Add("x-ms-encryption-key", "geheim");
        using RequestNotices? notices = log is null ? null : RequestNotices.Begin(log);
        await pipeline.SendAsync(message, TestContext.Current.CancellationToken);
    }

    private static HttpResponseMessage Created()
    {
        HttpResponseMessage answer = new(System.Net.HttpStatusCode.Created);
        answer.Headers.Add("x-ms-request-id", "abc-1");
        answer.Headers.Add("x-ms-unheard-of", "geheim");
        answer.Headers.Location = new Uri($"https://management.azure.com/operations/1?t=638&s={Signature}");
        answer.Headers.Add("Retry-After", "1");
        return answer;
    }

    /// <summary>Wants nothing, and fails where it is told something all the same.</summary>
    private sealed class SilentLog : IOperationLog
    {
        public bool WantsVerbose => false;

        public bool WantsDebug => false;

        public void Warning(string message) => Assert.Fail(message);

        public void Verbose(string message) => Assert.Fail(message);

        public void Debug(string message) => Assert.Fail(message);
    }
}
