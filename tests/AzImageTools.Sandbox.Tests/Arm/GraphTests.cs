using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class GraphTests : IDisposable
{
    private const string Other = "5a4db0c5-0000-4000-8000-000000000002";
    private const string Machines = "Resources | where type =~ 'Microsoft.Compute/virtualMachines' | project id, name, location | order by id asc";

    private readonly ManualClock _clock = new();
    private readonly SandboxClient _client;

    public GraphTests()
    {
        _client = new SandboxClient(new SandboxOptions
        {
            PageSize = 2,
            Throttles = true,
            TimeProvider = _clock,
            OtherSubscriptions = [new SandboxSubscription { SubscriptionId = Other, TenantId = "5a4db0c5-0000-4000-8000-0000000000aa" }],
        });
    }

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Rows_come_in_pages_that_a_token_leads_through()
    {
        var first = await Query(Machines);
        Assert.Equal((3, 2, "false"), (first["totalRecords"]!.GetValue<int>(), first["count"]!.GetValue<int>(), first["resultTruncated"]!.GetValue<string>()));
        Assert.Equal(["linux-vm", "tl-vm"], Names(first));
        Assert.Equal(["id", "name", "location"], first["data"]![0]!.AsObject().Select(column => column.Key));

        var second = await Query(Machines, new JsonObject { ["$skipToken"] = first["$skipToken"]!.GetValue<string>() });
        Assert.Equal(["win-vm"], Names(second));
        Assert.Null(second["$skipToken"]);
    }

    [Fact]
    public async Task Rows_without_an_id_have_no_next_page_and_say_so()
    {
        var answer = await Query("resources | where type == 'microsoft.compute/virtualmachines' | project name");
        Assert.Equal("true", answer["resultTruncated"]!.GetValue<string>());
        Assert.Null(answer["$skipToken"]);
    }

    [Theory]
    [InlineData("Resources | where type in~ ('microsoft.compute/galleries', 'Microsoft.Compute/Galleries/Images') and name contains 'UBUNTU' | project id, name", "ubuntu")]
    [InlineData("Resources | where type == 'Microsoft.Compute/galleries'", "")]
    [InlineData("Resources | where type == 'microsoft.compute/galleries' | where properties.identifier.uniqueName startswith '5a4db0c5'", "sandboxGallery")]
    [InlineData("Resources | where name !~ 'WIN-vm' and type =~ 'microsoft.compute/virtualmachines' | order by name desc | take 1", "tl-vm")]
    [InlineData("CommunityGalleryResources | where location == 'westeurope' | project id, name", "sandboxcommunity-0a1b2c3d-0000-4000-8000-0000000000c0")]
    [InlineData("ResourceContainers | where type =~ 'microsoft.resources/subscriptions' and subscriptionId == '" + Other + "'", "Sandbox (Visual Studio subscription)")]
    public async Task A_query_finds_what_it_says(string query, string expected) => Assert.Equal(expected, string.Join(",", Names(await Query(query))));

    [Theory]
    [InlineData("Resources | summarize count()")]
    [InlineData("Resources | where type like 'x'")]
    [InlineData("Resources | where type =~ 'x")]
    [InlineData("Resources where type =~ 'x'")]
    [InlineData("Resources |")]
    [InlineData("Unknown | take 1")]
    public async Task What_the_sandbox_does_not_know_of_the_language_is_refused(string query)
    {
        using var response = await Send(query, options: null);
        Assert.Equal((HttpStatusCode.BadRequest, "BadRequest"), (response.StatusCode, await SandboxClient.ErrorCode(response)));
    }

    [Fact]
    public async Task What_the_principal_may_not_read_is_left_out_without_a_word()
    {
        _client.Cloud.Access.Deny("*", "/subscriptions/" + Other);
        Assert.Equal(1, (await Query("ResourceContainers | project id, name"))["totalRecords"]!.GetValue<int>());
        _client.Cloud.Access.Deny("Microsoft.Compute/virtualMachines/read", _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/tl-vm");
        Assert.Equal(["linux-vm", "win-vm"], Names(await Query(Machines)));
    }

    [Fact]
    public async Task A_subscription_that_is_not_seen_is_refused()
    {
        using var response = await _client.SendJson("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01", """{"query":"Resources","subscriptions":["5a4db0c5-0000-4000-8000-00000000dead"]}""");
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Fifteen_queries_in_five_seconds_and_no_more()
    {
        for (var query = 1; query <= 15; query++)
        {
            using var response = await Send(Machines, options: null);
            Assert.Equal((15 - query).ToString(System.Globalization.CultureInfo.InvariantCulture), response.Headers.GetValues("x-ms-user-quota-remaining").Single());
            Assert.Equal("00:00:05", response.Headers.GetValues("x-ms-user-quota-resets-after").Single());
        }

        using var refused = await Send(Machines, options: null);
        Assert.Equal((429, "RateLimiting"), ((int)refused.StatusCode, await SandboxClient.ErrorCode(refused)));
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(3, (await Query(Machines))["totalRecords"]!.GetValue<int>());
    }

    private static string[] Names(JsonNode answer) => [.. answer["data"]!.AsArray().Select(row => row!["name"]!.GetValue<string>())];

    private async Task<JsonNode> Query(string query, JsonObject? options = null)
    {
        using var response = await Send(query, options);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await SandboxClient.Json(response);
    }

    private Task<HttpResponseMessage> Send(string query, JsonObject? options)
        => _client.SendJson("POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01", new JsonObject { ["query"] = query, ["options"] = options ?? [] }.ToJsonString());
}
