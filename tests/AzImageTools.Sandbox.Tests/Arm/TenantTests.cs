using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>What a token of one tenant may do in another. Texts: Azure/azure-sdk-for-net#49391, Azure/azure-cli#30976.</summary>
public sealed class TenantTests : IDisposable
{
    private const string Theirs = "5a4db0c5-0000-4000-8000-000000000002";
    private const string TheirTenant = "5a4db0c5-0000-4000-8000-0000000000bb";
    private const string Version = "?api-version=2024-03-03";
    private const string Auxiliary = "x-ms-authorization-auxiliary";

    private readonly SandboxClient _client = new(new SandboxOptions { OperationPolls = 0, OtherSubscriptions = [new SandboxSubscription { SubscriptionId = Theirs, TenantId = TheirTenant }] });

    private string OwnToken => Token(_client.Cloud.TenantId);

    private string Source => $"{_client.GroupPath}/providers/Microsoft.Compute/galleries/sandboxGallery/images/ubuntu/versions/1.0.0";

    private static string Gallery => $"/subscriptions/{Theirs}/resourceGroups/sandbox-rg/providers/Microsoft.Compute/galleries/theirs";

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_token_sees_the_subscriptions_of_its_tenant_alone()
    {
        using var list = await _client.SendAs(Token(TheirTenant), "GET", "/subscriptions?api-version=2021-01-01");
        Assert.Equal([Theirs], (await SandboxClient.Json(list))["value"]!.AsArray().Select(item => item!["subscriptionId"]!.GetValue<string>()));

        using var graph = await _client.SendAs(
            Token(TheirTenant), "POST", "/providers/Microsoft.ResourceGraph/resources?api-version=2022-10-01", new StringContent("{\"query\":\"ResourceContainers | project id\"}", Encoding.UTF8, "application/json"));
        Assert.Equal(["/subscriptions/" + Theirs], (await SandboxClient.Json(graph))["data"]!.AsArray().Select(item => item!["id"]!.GetValue<string>()));

        using var refused = await _client.SendAs(OwnToken, "GET", $"/subscriptions/{Theirs}?api-version=2021-01-01");
        Assert.Equal((HttpStatusCode.Unauthorized, "InvalidAuthenticationTokenTenant"), (refused.StatusCode, await SandboxClient.ErrorCode(refused)));
    }

    [Fact]
    public async Task A_version_of_another_tenants_version_takes_a_token_of_that_tenant()
    {
        await DefineAsync();
        using var refused = await CopyAsync();
        var error = (await SandboxClient.Json(refused))["error"]!;
        Assert.Equal((HttpStatusCode.Forbidden, "LinkedAuthorizationFailed"), (refused.StatusCode, error["code"]!.GetValue<string>()));
        Assert.Equal(
            $"The client has permission to perform action 'Microsoft.Compute/galleries/images/versions/read' on scope '{Gallery}/images/linux/versions/1.0.0', however the current tenant '{TheirTenant}' is not authorized to access linked subscription '{_client.Cloud.SubscriptionId}'.",
            error["message"]!.GetValue<string>());

        using var wrong = await CopyAsync((Auxiliary, "Bearer " + Token(TheirTenant)));
        Assert.Equal("LinkedAuthorizationFailed", await SandboxClient.ErrorCode(wrong));
        using var unreadable = await CopyAsync((Auxiliary, OwnToken));
        Assert.Equal((HttpStatusCode.Unauthorized, "InvalidAuthenticationToken"), (unreadable.StatusCode, await SandboxClient.ErrorCode(unreadable)));
        using var tooMany = await CopyAsync((Auxiliary, string.Join(", ", Enumerable.Repeat("Bearer " + OwnToken, 4))));
        Assert.Equal(HttpStatusCode.Unauthorized, tooMany.StatusCode);

        using var made = await CopyAsync((Auxiliary, $"Bearer {Token(TheirTenant)}, Bearer {OwnToken}"));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
    }

    [Fact]
    public async Task An_encrypted_version_is_a_source_in_its_own_subscription_only()
    {
        await DefineAsync();
        var set = $"{_client.GroupPath}/providers/Microsoft.Compute/diskEncryptionSets/keys";
        using var keys = await _client.SendJson(
            "PUT", set + "?api-version=2023-04-02", "{\"location\":\"westeurope\",\"identity\":{\"type\":\"SystemAssigned\"},\"properties\":{\"activeKey\":{\"keyUrl\":\"https://sandbox.vault.azure.net/keys/k/1\"}}}");
        var encrypted = Source.Replace("1.0.0", "2.0.0", StringComparison.Ordinal);
        var regions = "{\"targetRegions\":[{\"name\":\"westeurope\",\"encryption\":{\"osDiskImage\":{\"diskEncryptionSetId\":\"" + set + "\"}}}]}";
        using var version = await _client.SendJson(
            "PUT", encrypted + Version, "{\"location\":\"westeurope\",\"properties\":{\"publishingProfile\":" + regions + ",\"storageProfile\":{\"source\":{\"id\":\"" + Source + "\"}}}}");
        Assert.Equal(HttpStatusCode.Created, version.StatusCode);
        using var asked = await _client.Send("GET", encrypted + Version);

        using var refused = await _client.SendJson("PUT", $"{Gallery}/images/linux/versions/1.0.0{Version}", Body(encrypted));
        Assert.Contains($"is in a different subscription ID than the current gallery image version subscription '{Theirs}'", (await SandboxClient.Json(refused))["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    private static string Token(string tenant)
        => "e30." + System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new JsonObject { ["tid"] = tenant }.ToJsonString())) + ".";

    private static string Body(string source) => "{\"location\":\"westeurope\",\"properties\":{\"storageProfile\":{\"source\":{\"id\":\"" + source + "\"}}}}";

    private Task<HttpResponseMessage> CopyAsync(params (string Name, string Value)[] headers)
        => _client.SendAs(Token(TheirTenant), "PUT", $"{Gallery}/images/linux/versions/1.0.0{Version}", new StringContent(Body(Source), Encoding.UTF8, "application/json"), headers);

    private async Task DefineAsync()
    {
        using var gallery = await _client.SendJson("PUT", Gallery + Version, "{\"location\":\"westeurope\"}");
        using var made = await _client.Send("GET", Gallery + Version);
        using var definition = await _client.SendJson(
            "PUT",
            $"{Gallery}/images/linux{Version}",
            "{\"location\":\"westeurope\",\"properties\":{\"osType\":\"Linux\",\"osState\":\"Generalized\",\"hyperVGeneration\":\"V2\",\"identifier\":{\"publisher\":\"p\",\"offer\":\"o\",\"sku\":\"s\"}}}");
        using var defined = await _client.Send("GET", $"{Gallery}/images/linux{Version}");
        Assert.Equal(HttpStatusCode.OK, defined.StatusCode);
    }
}
