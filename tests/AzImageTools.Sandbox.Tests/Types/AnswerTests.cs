using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Types;

namespace AzImageTools.Sandbox.Tests.Types;

public sealed class AnswerTests
{
    [Fact]
    public void Every_test_of_the_sandbox_holds_its_answers_against_the_types()
    {
        Assert.True(new SandboxOptions().ChecksAnswers);
    }

    [Theory]
    [InlineData("{}", "name is missing", "location is missing")]
    [InlineData("""{"properties":{"adminPassword":"secret"}}""", "properties.adminPassword is unknown")]
    [InlineData("""{"colour":"red"}""", "colour is unknown")]
    [InlineData("""{"Location":"westeurope"}""", "Location is written location")]
    [InlineData("""{"location":7}""", "location is 7 where a Text is")]
    [InlineData("""{"properties":{"diskSizeGB":"4"}}""", "properties.diskSizeGB is \"4\" where a Number is")]
    [InlineData("""{"properties":{"osType":"BeOS"}}""", "properties.osType is 'BeOS', which is none of Windows, Linux")]
    [InlineData("""{"properties":{"hyperVGeneration":"V9"}}""", "properties.hyperVGeneration is 'V9', which is none of V1, V2")]
    public void What_differs_from_a_type_is_named(string document, params string[] differences)
    {
        List<string> found = [];
        new AnswerCheck("Microsoft.Compute/disks", "2023-04-02", found).Hold(JsonNode.Parse(document), TypeTrees.Body("Microsoft.Compute/disks", "2023-04-02"));
        Assert.All(differences, difference => Assert.Contains(found, text => text.Contains(difference, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Everything_that_is_there_is_answered_as_each_version_has_it()
    {
        using SandboxClient client = new();
        var resources = $"/subscriptions/{client.Cloud.SubscriptionId}/resources?api-version=2021-04-01";
        using var all = await client.Send("GET", resources);
        var ids = (await SandboxClient.Json(all))["value"]!.AsArray().Select(item => item!["id"]!.GetValue<string>()).ToList();
        Assert.True(ids.Count > 10);
        foreach (var id in ids)
        {
            var parts = id.Split('/', StringSplitOptions.RemoveEmptyEntries)[5..];
            var type = parts[0] + "/" + string.Join('/', parts.Skip(1).Where((_, index) => index % 2 == 0));
            foreach (var version in ApiVersions.Supported(type))
            {
                using var item = await client.Send("GET", id + "?api-version=" + version);
                using var list = await client.Send("GET", id[..id.LastIndexOf('/')] + "?api-version=" + version);
                Assert.Equal((200, 200), ((int)item.StatusCode, (int)list.StatusCode));
            }
        }
    }
}
