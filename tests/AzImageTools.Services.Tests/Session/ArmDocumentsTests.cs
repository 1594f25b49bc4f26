using System.Net;
using System.Text;
using System.Text.Json;
using AzImageTools.Services.Session;
using Azure;
using Azure.Core;

namespace AzImageTools.Services.Tests.Session;

public sealed class ArmDocumentsTests
{
    private const string Subscription = "11111111-1111-1111-1111-111111111111";

    [Fact]
    public async Task A_listing_is_read_page_by_page()
        => Assert.Equal(["one", "two"], await NamesAsync("https://management.azure.com/subscriptions/next?page=2"));

    [Theory]
    [InlineData("https://elsewhere.example/subscriptions/next?page=2")]
    [InlineData("http://management.azure.com/subscriptions/next?page=2")]
    [InlineData("https://management.azure.com:444/subscriptions/next?page=2")]
    [InlineData("nonsense")]
    public async Task The_token_is_not_taken_to_another_host(string nextLink) => Assert.Equal(["one"], await NamesAsync(nextLink));

    [Theory]
    [InlineData("not json")]
    [InlineData("")]
    public async Task An_answer_that_is_no_JSON_is_a_failure_of_the_service(string body)
    {
        using ImageSession session = await ConnectAsync(_ => body);
        await Assert.ThrowsAsync<RequestFailedException>(() => Listing(session).ListAsync("things", string.Empty, CancellationToken.None));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("""{"value":{"a":1}}""")]
    public async Task An_answer_of_another_shape_has_no_entries(string body)
    {
        using ImageSession session = await ConnectAsync(_ => body);
        Assert.Empty(await Listing(session).ListAsync("things", string.Empty, CancellationToken.None));
    }

    private static async Task<IEnumerable<string?>> NamesAsync(string nextLink)
    {
        using ImageSession session = await ConnectAsync(request => request.Query.Contains("page=2", StringComparison.Ordinal)
            ? """{"value":[{"name":"two"}]}"""
            : $$"""{"value":[{"name":"one"}],"nextLink":"{{nextLink}}"}""");
        IReadOnlyList<JsonElement> entries = await Listing(session).ListAsync("things", string.Empty, CancellationToken.None);
        return entries.Select(entry => ArmDocuments.Text(entry, "name"));
    }

    private static ArmDocuments Listing(ImageSession session) => new(
        session.Arm, new ResourceIdentifier($"/subscriptions/{Subscription}/providers/Microsoft.Compute/locations/westeurope"), "2022-03-03");

    private static Task<ImageSession> ConnectAsync(Func<Uri, string> answer)
    {
        ScriptedHandler azure = new((request, _) => new HttpResponseMessage(HttpStatusCode.OK)
        {
            Content = new StringContent(
                request.RequestUri!.AbsolutePath == $"/subscriptions/{Subscription}"
                    ? $$"""{"id":"/subscriptions/{{Subscription}}","subscriptionId":"{{Subscription}}","displayName":"Test","state":"Enabled"}"""
                    : answer(request.RequestUri),
                Encoding.UTF8,
                "application/json"),
        });
        return ImageSession.ConnectAsync(
            new ConnectRequest { Kind = CredentialKind.Sandbox, Handler = azure, SubscriptionId = Subscription }, OperationContext.None);
    }
}
