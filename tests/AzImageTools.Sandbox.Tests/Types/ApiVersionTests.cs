using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Types;

namespace AzImageTools.Sandbox.Tests.Types;

public sealed class ApiVersionTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public void Dispose() => _client.Dispose();

    [Fact]
    public void Every_type_that_is_served_has_a_tree_or_a_written_reason()
    {
        Assert.NotEmpty(_client.Cloud.ResourceTypes);
        Assert.All(_client.Cloud.ResourceTypes, type => Assert.True(TypeTrees.Versions(type).Count > 0 || ApiVersions.ReasonForNoTree(type) is not null, type));
    }

    [Fact]
    public void Every_tree_can_be_read()
    {
        foreach (var type in TypeTrees.Types)
        {
            Assert.All(TypeTrees.Versions(type), version => Assert.True(TypeTrees.Body(type, version).Members.ContainsKey("id"), type + "@" + version));
        }
    }

    [Theory]
    [InlineData("Microsoft.Compute/disks", "2023-04-02", "2023-04-02")]
    [InlineData("Microsoft.Compute/virtualMachines", "2022-11-01", "2023-07-01")]
    [InlineData("Microsoft.Compute/virtualMachines", "2026-04-01", "2025-11-01")]
    [InlineData("Microsoft.Compute/disks", "2024-03-02", "2025-01-02")]
    [InlineData("Microsoft.Compute/galleries/images/versions", "2023-07-03", "2024-03-03")]
    [InlineData("Microsoft.Network/virtualNetworks", "2024-05-01", "2025-05-01")]
    [InlineData("Microsoft.Storage/storageAccounts", "2023-05-01", "2025-06-01")]
    [InlineData("microsoft.compute/DISKS", "2022-07-02", "2022-07-02")]
    [InlineData("Microsoft.Compute/skus", "2021-07-01", null)]
    public void A_version_without_a_tree_is_held_against_the_next_one(string type, string version, string? tree)
    {
        Assert.Equal(tree, ApiVersions.TreeVersion(type, version));
        Assert.Contains(version, ApiVersions.Supported(type));
    }

    [Fact]
    public async Task A_provider_tells_the_versions_that_it_takes()
    {
        using var response = await _client.Send("GET", $"/subscriptions/{_client.Cloud.SubscriptionId}/providers/Microsoft.Compute?api-version=2021-04-01");
        var types = (await SandboxClient.Json(response))["resourceTypes"]!.AsArray();
        var disks = types.Single(type => type!["resourceType"]!.GetValue<string>() == "disks")!;

        Assert.Equal(ApiVersions.Supported("Microsoft.Compute/disks"), disks["apiVersions"]!.AsArray().Select(version => version!.GetValue<string>()));
    }

    [Fact]
    public async Task Names_and_values_come_back_as_azure_writes_them_and_read_only_ones_are_ignored()
    {
        var path = _client.GroupPath + "/providers/Microsoft.Compute/disks/d?api-version=2023-04-02";
        using var created = await _client.SendJson(
            "PUT",
            path,
            """{"LOCATION":"westeurope","properties":{"ostype":"windows","disksizegb":"4","diskState":"Frozen","uniqueId":"mine","creationdata":{"createoption":"empty"}}}""");
        Assert.Equal(202, (int)created.StatusCode);
        using var response = await _client.Send("GET", path);
        var properties = (JsonObject)(await SandboxClient.Json(response))["properties"]!;

        Assert.Equal("Windows", properties["osType"]!.GetValue<string>());
        Assert.Equal("Empty", properties["creationData"]!["createOption"]!.GetValue<string>());
        Assert.Equal(4, properties["diskSizeGB"]!.GetValue<int>());
        Assert.Equal("Unattached", properties["diskState"]!.GetValue<string>());
        Assert.NotEqual("mine", properties["uniqueId"]!.GetValue<string>());
        Assert.DoesNotContain("ostype", properties.Select(property => property.Key));
    }
}
