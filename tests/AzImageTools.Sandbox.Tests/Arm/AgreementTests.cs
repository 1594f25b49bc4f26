using System.Net;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>Held against Azure/azure-rest-api-specs, marketplaceordering 2021-01-01, examples Get-, Set-, Sign-, Cancel- and ListMarketplaceTerms.json.</summary>
public sealed class AgreementTests : IDisposable
{
    private const string Version = "?api-version=2021-01-01";
    private const string Plan = "cognosys/offers/rocky-linux-9/plans/rocky-linux-9";

    private readonly SandboxClient _client = new();

    private string Terms => Root + "/offerTypes/virtualmachine/publishers/" + Plan + "/agreements/current" + Version;

    private string Root => $"/subscriptions/{_client.Cloud.SubscriptionId}/providers/Microsoft.MarketplaceOrdering";

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task Terms_are_read_put_back_accepted_and_taken_back()
    {
        var terms = await Get(Terms);
        Assert.False(terms["properties"]!["accepted"]!.GetValue<bool>());
        terms["properties"]!["accepted"] = true;
        var accepted = await SandboxClient.Json(await _client.SendJson("PUT", Terms, terms.ToJsonString()));
        Assert.True(accepted["properties"]!["accepted"]!.GetValue<bool>());
        Assert.Equal("rocky-linux-9", accepted["name"]!.GetValue<string>());
        accepted["properties"]!["accepted"] = false;
        using var cancelled = await _client.SendJson("PUT", Terms, accepted.ToJsonString());
        Assert.False((await Get(Terms))["properties"]!["accepted"]!.GetValue<bool>());
    }

    [Fact]
    public async Task Terms_with_a_signature_that_was_never_given_out_are_refused()
    {
        var terms = await Get(Terms);
        terms["properties"]!["signature"] = "MADEUP";
        using var response = await _client.SendJson("PUT", Terms, terms.ToJsonString());
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task An_offer_without_terms_is_not_found()
    {
        using var response = await _client.Send("GET", Terms.Replace("rocky-linux-9", "windows", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Signing_and_cancelling_in_the_older_form_is_the_same_agreement()
    {
        using var signed = await _client.Send("POST", Root + "/agreements/" + Plan + "/sign" + Version);
        Assert.Equal("Active", (await SandboxClient.Json(signed))["properties"]!["state"]!.GetValue<string>());
        Assert.True((await Get(Terms))["properties"]!["accepted"]!.GetValue<bool>());
        using var cancelled = await _client.Send("POST", Root + "/agreements/" + Plan + "/cancel" + Version);
        Assert.Equal("Canceled", (await SandboxClient.Json(cancelled))["properties"]!["state"]!.GetValue<string>());
        var listed = Assert.Single((await Get(Root + "/agreements" + Version))["value"]!.AsArray())!;
        Assert.Equal("Canceled", listed["properties"]!["state"]!.GetValue<string>());
        Assert.False((await Get(Terms))["properties"]!["accepted"]!.GetValue<bool>());
    }

    [Fact]
    public async Task A_machine_with_a_plan_is_made_only_once_its_terms_are_accepted()
    {
        var (status, error) = await Create("first", "rocky-linux-9");
        Assert.Equal((HttpStatusCode.BadRequest, "MarketplacePurchaseEligibilityFailed"), (status, error.Code));
        Assert.Contains("You have not accepted the legal terms on this subscription: '" + _client.Cloud.SubscriptionId, error.Detail, StringComparison.Ordinal);
        using var signed = await _client.Send("POST", Root + "/agreements/" + Plan + "/sign" + Version);
        (status, _) = await Create("second", "rocky-linux-9");
        Assert.Equal(HttpStatusCode.Created, status);
    }

    [Fact]
    public async Task A_plan_that_is_not_the_images_is_refused_letter_by_letter()
    {
        using var signed = await _client.Send("POST", Root + "/agreements/" + Plan + "/sign" + Version);
        var (status, error) = await Create("wrong", "Rocky-Linux-9");
        Assert.Equal((HttpStatusCode.BadRequest, "VMMarketplaceInvalidInput"), (status, error.Code));
        var (_, unknown) = await Create("unknown", "nothing");
        Assert.Equal("MarketplacePurchaseEligibilityFailed", unknown.Code);
        Assert.Contains("not found", unknown.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_of_a_machine_with_a_plan_wants_the_plan_again_though_it_does_not_tell_it()
    {
        using var signed = await _client.Send("POST", Root + "/agreements/" + Plan + "/sign" + Version);
        await Create("bought", "rocky-linux-9");
        var machine = _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/bought";
        await Wait(machine);
        using var stopped = await _client.Send("POST", machine + "/deallocate?api-version=2023-07-01");
        await Wait(machine);
        using var generalized = await _client.Send("POST", machine + "/generalize?api-version=2023-07-01");
        Assert.Equal(HttpStatusCode.OK, generalized.StatusCode);
        var image = _client.GroupPath + "/providers/Microsoft.Compute/images/golden";
        using var made = await _client.SendJson("PUT", image + "?api-version=2023-07-01", $"{{\"location\":\"westeurope\",\"properties\":{{\"sourceVirtualMachine\":{{\"id\":\"{machine}\"}}}}}}");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        await Wait(image);
        Assert.DoesNotContain("cognosys", (await Get(image + "?api-version=2023-07-01")).ToJsonString(), StringComparison.Ordinal);

        var (status, error) = await Create("from-image", plan: null, "{\"id\":\"" + image + "\"}");
        Assert.Equal((HttpStatusCode.BadRequest, "VMMarketplaceInvalidInput"), (status, error.Code));
        (status, _) = await Create("from-image", "rocky-linux-9", "{\"id\":\"" + image + "\"}");
        Assert.Equal(HttpStatusCode.Created, status);
    }

    private async Task Wait(string path)
    {
        for (var polls = 0; (await Get(path + "?api-version=2023-07-01"))["properties"]!["provisioningState"]!.GetValue<string>() != "Succeeded" || polls < 2; polls++)
        {
            await SandboxClient.Pause(polls);
        }
    }

    private async Task<JsonNode> Get(string address)
    {
        using var response = await _client.Send("GET", address);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await SandboxClient.Json(response);
    }

    private async Task<(HttpStatusCode Status, (string Code, string Detail) Error)> Create(
        string name, string? plan, string reference = "{\"publisher\":\"cognosys\",\"offer\":\"rocky-linux-9\",\"sku\":\"rocky-linux-9\",\"version\":\"latest\"}")
    {
        var card = _client.GroupPath + "/providers/Microsoft.Network/networkInterfaces/" + name + "-nic";
        var subnet = _client.GroupPath + "/providers/Microsoft.Network/virtualNetworks/sandbox-vnet/subnets/default";
        using var interfaceMade = await _client.SendJson(
            "PUT",
            card + "?api-version=2025-05-01",
            "{\"location\":\"westeurope\",\"properties\":{\"ipConfigurations\":[{\"name\":\"a\",\"properties\":{\"subnet\":{\"id\":\"" + subnet + "\"}}}]}}");
        var body = new JsonObject
        {
            ["location"] = "westeurope",
            ["properties"] = new JsonObject
            {
                ["hardwareProfile"] = new JsonObject { ["vmSize"] = "Standard_D2s_v5" },
                ["storageProfile"] = new JsonObject { ["imageReference"] = JsonNode.Parse(reference) },
                ["osProfile"] = new JsonObject { ["computerName"] = "a", ["adminUsername"] = "someone", ["adminPassword"] = "Hidden-1234" },
                ["networkProfile"] = new JsonObject
                {
                    ["networkInterfaces"] = new JsonArray(new JsonObject { ["id"] = card }),
                },
            },
        };
        if (plan is not null)
        {
            body["plan"] = new JsonObject { ["publisher"] = "cognosys", ["product"] = "rocky-linux-9", ["name"] = plan };
        }

        using var response = await _client.SendJson("PUT", $"{_client.GroupPath}/providers/Microsoft.Compute/virtualMachines/{name}?api-version=2023-07-01", body.ToJsonString());
        var answer = await SandboxClient.Json(response);
        var error = answer["error"];
        return (response.StatusCode, (error?["code"]?.GetValue<string>() ?? "", error?["details"]?[0]?["message"]?.GetValue<string>() ?? ""));
    }
}
