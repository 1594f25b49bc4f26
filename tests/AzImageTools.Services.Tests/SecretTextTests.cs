using System.Net;
using AzImageTools.Services.Tests.Plans;

namespace AzImageTools.Services.Tests;

public sealed class SecretTextTests
{
    private const string Signature = "pXKx7pQnJm6XbB2rJk9WzYd4LqT0vHc8sGfE1aUiO3M=";

    [Theory]
    [InlineData("PUT https://acct.blob.core.windows.net/c/b?sv=2026&sig=" + Signature + " failed", "PUT https://acct.blob.core.windows.net/c/b failed")]
    [InlineData("The MAC signature found in the HTTP request '" + Signature + "' is not the same", "The MAC signature found in the HTTP request '***' is not the same")]
    [InlineData("sv=2026&sig=abc%2Bdef%3D&se=2027", "sv=2026&sig=***&se=2027")]
    [InlineData("Authorization: Bearer abcdefghijkl.mnop", "Authorization: Bearer ***")]
    [InlineData("token eyJhbGciOi.eyJzdWIiOi.c2ln was refused", "token *** was refused")]
    [InlineData("The proxy tunnel request to proxy 'http://joe:p%40ss@proxy.corp:8080/' failed", "The proxy tunnel request to proxy 'http://***@proxy.corp:8080/' failed")]
    [InlineData("socks5://joe:pw@proxy:1080 refused", "socks5://***@proxy:1080 refused")]
    [InlineData("GET https://joe:p@ss@acct.blob.core.windows.net/c/b?sig=x", "GET https://***@acct.blob.core.windows.net/c/b")]
    [InlineData("Proxy-Authorization: Basic am9lOnB3", "Proxy-Authorization: Basic ***")]
    [InlineData("AccountName=images;AccountKey=c2Vj;EndpointSuffix=core.windows.net", "AccountName=images;AccountKey=***;EndpointSuffix=core.windows.net")]
    [InlineData("SharedAccessSignature=sv=2024;BlobEndpoint=x", "SharedAccessSignature=***;BlobEndpoint=x")]
    [InlineData("grant_type=client_credentials&client_secret=Tr0ub4dor&scope=x", "grant_type=client_credentials&client_secret=***&scope=x")]
    [InlineData("{\"access_token\":\"abc.def\",\"expires_in\":1}", "{\"access_token\":\"***\",\"expires_in\":1}")]
    [InlineData("Mail joe@example.com about https://example.com/a", "Mail joe@example.com about https://example.com/a")]
    [InlineData("asks for a user and password (407)", "asks for a user and password (407)")]
    [InlineData("The disk 'web01' was not found in C:\\Disks\\web01.vhdx?", "The disk 'web01' was not found in C:\\Disks\\web01.vhdx?")]
    public void Secrets_are_taken_out_and_the_rest_stays(string text, string expected) => Assert.Equal(expected, SecretText.Redact(text));

    [Fact]
    public void No_error_of_ours_keeps_a_secret_wherever_it_stands()
    {
        HttpRequestException cause = new("The proxy tunnel request to proxy 'http://joe:geheim@proxy:8080/' failed with status code '502'.");

        ImageServiceException error = new(
            "Failed", AzImageTools.Disks.ErrorKind.Connection, $"It failed: {cause.Message}", "Look at http://joe:geheim@proxy:8080/.", new Uri("https://joe:geheim@host/c/d?sig=geheim"), cause);
        ImageServiceException plain = new($"It failed: {cause.Message}", cause);

        Assert.DoesNotContain("geheim", $"{error} {error.Message} {error.Remedy} {error.Target} {error.InnerException} {plain} {plain.Message}");
        Assert.EndsWith(error.Remedy, error.Message);
    }

    [Theory]
    [InlineData("http://")]
    [InlineData("eyJ-")]
    [InlineData("a.a")]
    [InlineData("bearer ")]
    public void A_text_that_is_made_to_take_long_is_cut(string piece)
    {
        string text = string.Concat(Enumerable.Repeat(piece, 1 << 18));
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();

        Assert.InRange(SecretText.Redact(text).Length, 1, 1 << 15);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_cause_without_secrets_stays_what_it_was()
    {
        HttpRequestException cause = new("reset");

        Assert.Same(cause, new ImageServiceException("It failed.", cause).InnerException);
    }

    [Fact]
    public void No_message_of_an_operation_keeps_a_secret()
    {
        RecordingLog log = new();
        OperationContext context = new() { Log = log };

        context.Log.Warning("http://joe:geheim@proxy");
        context.Log.Verbose("https://a/b?sig=geheim");
        context.Log.Debug("Authorization: Basic geheim");

        Assert.Equal(["http://***@proxy"], log.Warnings);
        Assert.DoesNotContain("geheim", string.Join('\n', log.Messages));
    }

    [Fact]
    public void An_account_key_is_taken_out()
    {
        string key = Convert.ToBase64String([.. Enumerable.Range(0, 64).Select(i => (byte)(i * 37))]);

        Assert.Equal("key=***;", SecretText.Redact($"key={key};"));
    }

    [Fact]
    public void An_address_loses_query_fragment_and_user()
        => Assert.Equal("http://127.0.0.1:10000/dev/c/b%20c", SecretText.WithoutQuery(new Uri("http://u:p@127.0.0.1:10000/dev/c/b%20c?sig=x#y")).AbsoluteUri);

    [Fact]
    public void A_secure_string_is_revealed_whole()
        => Assert.Equal("pä\u20acss", SecretText.Reveal(new NetworkCredential(string.Empty, "pä\u20acss").SecurePassword));
}
