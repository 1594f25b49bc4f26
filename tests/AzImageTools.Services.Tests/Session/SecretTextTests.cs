using System.Net;
using AzImageTools.Services.Session;

namespace AzImageTools.Services.Tests.Session;

public sealed class SecretTextTests
{
    private const string Signature = "pXKx7pQnJm6XbB2rJk9WzYd4LqT0vHc8sGfE1aUiO3M=";

    [Theory]
    [InlineData("PUT https://acct.blob.core.windows.net/c/b?sv=2026&sig=" + Signature + " failed", "PUT https://acct.blob.core.windows.net/c/b failed")]
    [InlineData("The MAC signature found in the HTTP request '" + Signature + "' is not the same", "The MAC signature found in the HTTP request '***' is not the same")]
    [InlineData("sv=2026&sig=abc%2Bdef%3D&se=2027", "sv=2026&sig=***&se=2027")]
    [InlineData("Authorization: Bearer abcdefghijkl.mnop", "Authorization: Bearer ***")]
    [InlineData("token eyJhbGciOi.eyJzdWIiOi.c2ln was refused", "token *** was refused")]
    [InlineData("The disk 'web01' was not found in C:\\Disks\\web01.vhdx?", "The disk 'web01' was not found in C:\\Disks\\web01.vhdx?")]
    public void Secrets_are_taken_out_and_the_rest_stays(string text, string expected) => Assert.Equal(expected, SecretText.Redact(text));

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
