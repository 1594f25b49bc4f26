using System.Net;
using System.Text.Json.Nodes;

namespace AzImageTools.Sandbox.Tests.Recordings;

/// <summary>Holds documents member by member against az's recordings, named at each test.</summary>
public sealed class DocumentTests : IDisposable
{
    private readonly SandboxClient _client = new();

    private string Compute => _client.GroupPath + "/providers/Microsoft.Compute/";

    public void Dispose() => _client.Dispose();

    // test_gallery_image_definition_update_features.yaml, 2025-03-03.
    [Fact]
    public async Task A_gallery_is_made_as_recorded()
    {
        var path = Compute + "galleries/gallery_000002?api-version=2025-03-03";
        using var made = await _client.SendJson("PUT", path, """{"location":"westeurope"}""");
        var creating = await SandboxClient.Json(made);
        string[] members = ["name", "id", "type", "location", "properties.identifier.uniqueName", "properties.provisioningState"];
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(members.Order(StringComparer.Ordinal), MembersOf(creating));
        Assert.Equal("Creating", creating["properties"]!["provisioningState"]!.GetValue<string>());
        Assert.Equal(_client.Cloud.SubscriptionId + "-GALLERY_000002", creating["properties"]!["identifier"]!["uniqueName"]!.GetValue<string>());
        Assert.Null(made.Headers.Location);

        var end = await WaitFor(made.Headers.GetValues("Azure-AsyncOperation").Single());
        Assert.Equal(["endTime", "name", "startTime", "status"], MembersOf(end));
        using var read = await _client.Send("GET", path);
        var succeeded = await SandboxClient.Json(read);
        Assert.Equal(members.Order(StringComparer.Ordinal), MembersOf(succeeded));
        Assert.Equal("Succeeded", succeeded["properties"]!["provisioningState"]!.GetValue<string>());
    }

    // test_gallery_image_definition_update_features.yaml, 2021-10-01 for the making, 2024-03-03 for the update.
    [Fact]
    public async Task A_definition_is_made_and_updated_as_recorded()
    {
        var path = Compute + "galleries/sandboxGallery/images/image1";
        const string Body = """
            {"location":"westeurope","tags":{},"properties":{"osType":"Linux","osState":"Generalized","hyperVGeneration":"V2","architecture":"x64",
            "features":[{"name":"SecurityType","value":"TrustedLaunchSupported"}],"identifier":{"publisher":"publisher1","offer":"offer1","sku":"sku1"}}}
            """;
        using var made = await _client.SendJson("PUT", path + "?api-version=2021-10-01", Body);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var end = await WaitFor(made.Headers.GetValues("Azure-AsyncOperation").Single());
        Assert.Equal(["endTime", "name", "startTime", "status"], MembersOf(end));
        using var read = await _client.Send("GET", path + "?api-version=2021-10-01");
        string[] members =
        [
            "name", "id", "type", "location", "tags", "properties.hyperVGeneration", "properties.architecture", "properties.features[].name", "properties.features[].value",
            "properties.osType", "properties.osState", "properties.identifier.publisher", "properties.identifier.offer", "properties.identifier.sku", "properties.provisioningState",
        ];
        Assert.Equal(members.Order(StringComparer.Ordinal), MembersOf(await SandboxClient.Json(read)));
    }

    // test_vm_disk_upload.yaml, 2024-11-01.
    [Fact]
    public async Task A_resource_group_is_told_as_recorded()
    {
        var path = $"/subscriptions/{_client.Cloud.SubscriptionId}/resourceGroups/recorded?api-version=2024-11-01";
        using var made = await _client.SendJson("PUT", path, """{"location":"westus2","tags":{"product":"azurecli"}}""");
        using var read = await _client.Send("GET", path);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(["id", "location", "name", "properties.provisioningState", "tags.product", "type"], MembersOf(await SandboxClient.Json(read)));
    }

    /// <summary>The paths of what is neither object nor list, and of those that are empty.</summary>
    private static IEnumerable<string> MembersOf(JsonNode node)
    {
        return Walk(node, "").Distinct().Order(StringComparer.Ordinal);

        static IEnumerable<string> Walk(JsonNode? node, string path)
        {
            return node switch
            {
                JsonObject { Count: > 0 } members => members.SelectMany(member => Walk(member.Value, path.Length == 0 ? member.Key : path + "." + member.Key)),
                JsonArray { Count: > 0 } items => items.SelectMany(item => Walk(item, path + "[]")),
                _ => [path],
            };
        }
    }

    private async Task<JsonNode> WaitFor(string operation)
    {
        for (var polls = 0; ; polls++)
        {
            await SandboxClient.Pause(polls);
            using var answer = await _client.Send("GET", operation);
            var state = await SandboxClient.Json(answer);
            if (state["status"]!.GetValue<string>() != "InProgress")
            {
                return state;
            }
        }
    }
}
