using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class ListTests : IDisposable
{
    private const string Version = "?api-version=2023-07-01";
    private const string DiskVersion = "?api-version=2023-04-02";

    private readonly SandboxClient _client = new(new SandboxOptions { PageSize = 2, OperationPolls = 0 });

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_long_list_comes_in_pages_until_there_is_no_next_link()
    {
        var first = await Get(_client.GroupPath + "/providers/Microsoft.Compute/virtualMachines" + Version + "&$expand=instanceView");
        Assert.Equal(["linux-vm", "tl-vm"], Names(first));
        var link = first["nextLink"]!.GetValue<string>();
        Assert.StartsWith("https://management.azure.com" + _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines?", link, StringComparison.Ordinal);
        Assert.Contains("api-version=2023-07-01", link, StringComparison.Ordinal);
        Assert.Contains("expand=instanceView", link, StringComparison.Ordinal);
        Assert.Contains("%24skiptoken=", link, StringComparison.Ordinal);

        var second = await Get(link);
        Assert.Equal(["win-vm"], Names(second));
        Assert.NotNull(second["value"]![0]!["properties"]!["instanceView"]);
        Assert.Null(second["nextLink"]);
    }

    [Fact]
    public async Task The_sdk_reads_all_pages_of_every_list()
    {
        Assert.Equal(3, (await _client.Group.GetVirtualMachines().GetAllAsync().Select(machine => machine.Data.Name)).Count);
        Assert.Equal(4, (await _client.Group.GetManagedDisks().GetAllAsync().Select(disk => disk.Data.Name)).Count);
        var gallery = (await _client.Group.GetGalleryAsync("sandboxGallery")).Value;
        Assert.Equal(3, (await gallery.GetGalleryImages().GetAllAsync().Select(definition => definition.Data.Name)).Count);
    }

    [Fact]
    public async Task What_is_deleted_between_two_pages_shifts_no_other_away()
    {
        var disks = _client.GroupPath + "/providers/Microsoft.Compute/disks";
        foreach (var name in new[] { "a-1", "a-2", "a-3" })
        {
            using var made = await _client.SendJson("PUT", disks + "/" + name + DiskVersion, "{\"location\":\"westeurope\",\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":1}}");
            Assert.Equal(HttpStatusCode.Accepted, made.StatusCode);
        }

        var first = await Get(disks + DiskVersion);
        Assert.Equal(["a-1", "a-2"], Names(first));
        using var deleted = await _client.Send("DELETE", disks + "/a-1" + DiskVersion);
        using var gone = await _client.Send("GET", disks + "/a-1" + DiskVersion);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        Assert.Equal("a-3", Names(await Get(first["nextLink"]!.GetValue<string>()))[0]);
    }

    // https://learn.microsoft.com/rest/api/resources/resources/list
    [Theory]
    [InlineData("resourceType eq 'Microsoft.Compute/virtualMachines'", "linux-vm,tl-vm,win-vm")]
    [InlineData("resourcetype EQ 'microsoft.compute/virtualmachines' AND name eq 'TL-VM'", "tl-vm")]
    [InlineData("substringof('DataDisk', name)", "win-vm_DataDisk_0")]
    [InlineData("name eq 'win-vm' or name eq 'sandboximages'", "win-vm,sandboximages")]
    [InlineData("resourceType eq 'Microsoft.Compute/galleries' and resourceType ne 'Microsoft.Compute/disks'", "sandboxGallery")]
    [InlineData("tagName eq 'owner'", "sandboxGallery,tl-vm")]
    [InlineData("tagName eq 'owner' and tagValue eq 'me'", "tl-vm")]
    [InlineData("startswith(tagName, 'own')", "sandboxGallery,tl-vm")]
    [InlineData("tagName eq 'owner' and tagValue eq 'someone''s'", "sandboxGallery")]
    [InlineData("tagName eq 'other' and tagValue eq 'me'", "")]
    [InlineData("location eq 'eastus'", "")]
    public async Task Resources_are_found_by_what_they_are(string filter, string expected)
    {
        await Tag("virtualMachines/tl-vm", "me");
        await Tag("galleries/sandboxGallery", "someone's");
        var found = new List<string>();
        var link = "/subscriptions/" + _client.Cloud.SubscriptionId + "/resources" + Version + "&$filter=" + Uri.EscapeDataString(filter);
        for (var next = link; next is not null;)
        {
            var page = await Get(next);
            Assert.DoesNotContain(page["value"]!.AsArray(), item => filter.Contains("tag", StringComparison.Ordinal) && item!["tags"] is not null);
            found.AddRange(Names(page));
            next = page["nextLink"]?.GetValue<string>();
        }

        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Groups_are_found_by_their_tags()
    {
        foreach (var (name, tags) in new[] { ("group-a", "{\"team\":\"red\"}"), ("group-b", "{\"team\":\"blue\"}"), ("group-c", "{}") })
        {
            using var made = await _client.SendJson("PUT", $"/subscriptions/{_client.Cloud.SubscriptionId}/resourceGroups/{name}{Version}", "{\"location\":\"westeurope\",\"tags\":" + tags + "}");
            Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        }

        var groups = $"/subscriptions/{_client.Cloud.SubscriptionId}/resourceGroups{Version}";
        Assert.Equal(["group-a", "group-b"], Names(await Get(groups)));
        Assert.Equal(["group-b"], Names(await Get(groups + "&$filter=" + Uri.EscapeDataString("tagName eq 'team' and tagValue eq 'blue'"))));
        using var refused = await _client.Send("GET", groups + "&$filter=" + Uri.EscapeDataString("name eq 'group-a'"));
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidFilterInQueryString"), (refused.StatusCode, await SandboxClient.ErrorCode(refused)));
    }

    [Fact]
    public async Task Top_makes_pages_of_resources_smaller_and_no_larger()
    {
        var resources = _client.GroupPath + "/resources" + Version;
        Assert.Single(Names(await Get(resources + "&$top=1")));
        Assert.Equal(2, Names(await Get(resources + "&$top=1000")).Count);
        Assert.NotNull((await Get(resources + "&$top=1"))["nextLink"]);
    }

    [Theory]
    [InlineData("$filter=name")]
    [InlineData("$filter=name%20eq%20win-vm")]
    [InlineData("$filter=name%20eq%20'a'%20and")]
    [InlineData("$filter=managedBy%20eq%20'a'")]
    [InlineData("$filter=(name%20eq%20'a')")]
    [InlineData("$top=0")]
    [InlineData("$top=1001")]
    [InlineData("$top=all")]
    [InlineData("$skiptoken=%21")]
    public async Task What_can_not_be_understood_is_refused(string query)
    {
        using var response = await _client.Send("GET", _client.GroupPath + "/resources" + Version + "&" + query);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith("Invalid", await SandboxClient.ErrorCode(response), StringComparison.Ordinal);
    }

    private static List<string> Names(JsonNode page) => [.. page["value"]!.AsArray().Select(item => item!["name"]!.GetValue<string>())];

    private async Task Tag(string path, string owner)
    {
        using var response = await _client.SendJson("PATCH", _client.GroupPath + "/providers/Microsoft.Compute/" + path + (path.StartsWith("galleries/", StringComparison.Ordinal) ? "?api-version=2022-03-03" : Version), new JsonObject { ["tags"] = new JsonObject { ["owner"] = owner } }.ToJsonString());
        Assert.True(response.IsSuccessStatusCode);
    }

    private async Task<JsonNode> Get(string address)
    {
        using var response = await _client.Send("GET", address);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await SandboxClient.Json(response);
    }
}
