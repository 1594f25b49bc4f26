using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm.Access;

/// <summary>https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/error-policy-requestdisallowedbypolicy</summary>
public sealed class PolicyTests : IDisposable
{
    private const string Version = "?api-version=2023-04-02";

    private readonly SandboxClient _client = new(new SandboxOptions { OperationPolls = 0 });

    private string Compute => _client.GroupPath + "/providers/Microsoft.Compute/";

    public void Dispose()
    {
        _client.Dispose();
    }

    [Theory]
    [InlineData("westeurope", "{\"cost\":\"1\"}", true)]
    [InlineData("West Europe", "{\"COST\":\"1\"}", true)]
    [InlineData("westeurope", "{\"other\":\"1\"}", false)]
    [InlineData("westeurope", null, false)]
    [InlineData("northeurope", "{\"cost\":\"1\"}", false)]
    public async Task A_disk_is_made_as_the_policies_want_it_or_not(string location, string? tags, bool allowed)
    {
        _client.Cloud.Access.Assign(new SandboxPolicy("require-cost-tag") { RequiredTag = "cost" });
        _client.Cloud.Access.Assign(new SandboxPolicy("allowed-locations") { AllowedLocations = ["westeurope"] });
        using var response = await MakeDisk("disks/new", location, tags);
        Assert.Equal(allowed ? HttpStatusCode.Accepted : HttpStatusCode.Forbidden, response.StatusCode);
        if (allowed)
        {
            return;
        }

        var error = (await SandboxClient.Json(response))["error"]!;
        var name = location == "westeurope" ? "require-cost-tag" : "allowed-locations";
        Assert.Equal(("RequestDisallowedByPolicy", "new"), (error["code"]!.GetValue<string>(), error["target"]!.GetValue<string>()));
        Assert.Equal(
            "Resource 'new' was disallowed by policy. Policy identifiers: '[{\"policyAssignment\":{\"name\":\"NAME\",\"id\":\"/providers/Microsoft.Authorization/policyAssignments/NAME\"},\"policyDefinition\":{\"name\":\"NAME\",\"id\":\"/providers/Microsoft.Authorization/policyDefinitions/NAME\"}}]'."
                .Replace("NAME", name, StringComparison.Ordinal),
            error["message"]!.GetValue<string>());
        Assert.Equal(("PolicyViolation", name), (error["additionalInfo"]![0]!["type"]!.GetValue<string>(), error["additionalInfo"]![0]!["info"]!["policyDefinitionDisplayName"]!.GetValue<string>()));
        using var missing = await _client.Send("GET", Compute + "disks/new" + Version);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task A_change_is_held_against_the_whole_resource()
    {
        using var made = await MakeDisk("disks/old", "westeurope", "{\"cost\":\"1\"}");
        using var done = await _client.Send("GET", Compute + "disks/old" + Version);
        _client.Cloud.Access.Assign(new SandboxPolicy("require-cost-tag") { RequiredTag = "cost" });
        using var larger = await _client.SendJson("PATCH", Compute + "disks/old" + Version, "{\"properties\":{\"diskSizeGB\":2}}");
        Assert.Equal(HttpStatusCode.Accepted, larger.StatusCode);
        using var again = await _client.Send("GET", Compute + "disks/old" + Version);
        using var untagged = await _client.SendJson("PATCH", Compute + "disks/old" + Version, "{\"tags\":{}}");
        Assert.Equal((HttpStatusCode.Forbidden, "RequestDisallowedByPolicy"), (untagged.StatusCode, await SandboxClient.ErrorCode(untagged)));
    }

    [Fact]
    public async Task A_type_is_disallowed_where_the_policy_holds()
    {
        _client.Cloud.Access.Assign(new SandboxPolicy("no-disks") { DisallowedTypes = ["Microsoft.Compute/disks"], Scope = _client.GroupPath });
        using var other = await _client.SendJson("PUT", $"/subscriptions/{_client.Cloud.SubscriptionId}/resourceGroups/other-rg?api-version=2021-04-01", "{\"location\":\"westeurope\"}");
        Assert.Equal(HttpStatusCode.Created, other.StatusCode);
        using var refused = await MakeDisk("disks/new", "westeurope", tags: null);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var allowed = await _client.SendJson("PUT", Compute.Replace("sandbox-rg", "other-rg", StringComparison.Ordinal) + "disks/new" + Version, Body("westeurope", tags: null));
        Assert.Equal(HttpStatusCode.Accepted, allowed.StatusCode);
        using var snapshot = await _client.SendJson(
            "PUT",
            Compute + "snapshots/s" + Version,
            new JsonObject { ["location"] = "westeurope", ["properties"] = new JsonObject { ["creationData"] = new JsonObject { ["createOption"] = "Copy", ["sourceResourceId"] = Compute + "disks/win-vm_OsDisk_1" } } }.ToJsonString());
        Assert.Equal(HttpStatusCode.Accepted, snapshot.StatusCode);
    }

    // azure-rest-api-specs: PolicyRestrictions_CheckAtResourceGroupScope at 2022-03-01.
    [Theory]
    [InlineData("westeurope", "{\"cost\":\"1\"}", "Compliant")]
    [InlineData("westeurope", "{}", "NonCompliant")]
    public async Task A_resource_is_held_against_the_policies_before_it_is_made(string location, string tags, string result)
    {
        _client.Cloud.Access.Assign(new SandboxPolicy("require-cost-tag") { RequiredTag = "cost" });
        using var frozen = await _client.SendJson("PUT", _client.GroupPath + "/providers/Microsoft.Authorization/locks/frozen?api-version=2020-05-01", "{\"properties\":{\"level\":\"ReadOnly\"}}");
        using var response = await _client.SendJson(
            "POST",
            _client.GroupPath + "/providers/Microsoft.PolicyInsights/checkPolicyRestrictions?api-version=2022-03-01",
            "{\"resourceDetails\":{\"resourceContent\":{\"type\":\"Microsoft.Compute/images\",\"name\":\"a\",\"location\":\"" + location + "\",\"tags\":" + tags + "},\"apiVersion\":\"2023-07-01\"}}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var evaluation = (await SandboxClient.Json(response))["contentEvaluationResult"]!["policyEvaluations"]!.AsArray().Single()!;
        Assert.Equal(
            (result, "/providers/Microsoft.Authorization/policyAssignments/require-cost-tag"),
            (evaluation["evaluationResult"]!.GetValue<string>(), evaluation["policyInfo"]!["policyAssignmentId"]!.GetValue<string>()));
    }

    [Fact]
    public async Task The_policies_that_hold_are_listed()
    {
        _client.Cloud.Access.Assign(new SandboxPolicy("everywhere") { RequiredTag = "cost" });
        _client.Cloud.Access.Assign(new SandboxPolicy("in-the-group") { RequiredTag = "cost", Scope = _client.GroupPath });
        _client.Cloud.Access.Assign(new SandboxPolicy("elsewhere") { RequiredTag = "cost", Scope = "/subscriptions/" + Guid.Empty });
        using var response = await _client.Send("GET", _client.GroupPath + "/providers/Microsoft.Authorization/policyAssignments?api-version=2021-06-01");
        var items = (await SandboxClient.Json(response))["value"]!.AsArray();
        Assert.Equal(["everywhere", "in-the-group"], items.Select(item => item!["name"]!.GetValue<string>()).Order(StringComparer.Ordinal));
    }

    private static string Body(string location, string? tags)
        => "{\"location\":\"" + location + "\"" + (tags is null ? "" : ",\"tags\":" + tags) + ",\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":1}}";

    private Task<HttpResponseMessage> MakeDisk(string path, string location, string? tags) => _client.SendJson("PUT", Compute + path + Version, Body(location, tags));
}
