using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm.Access;

/// <summary>https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources; the refusals as az shows them.</summary>
public sealed class LockTests : IDisposable
{
    private const string Version = "?api-version=2023-07-01";
    private const string DiskVersion = "?api-version=2023-04-02";
    private const string LockVersion = "?api-version=2020-05-01";
    private const string Locks = "/providers/Microsoft.Authorization/locks";

    private readonly SandboxClient _client = new(new SandboxOptions { OperationPolls = 0 });

    private string Disk => _client.GroupPath + "/providers/Microsoft.Compute/disks/win-vm_DataDisk_0";

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_lock_is_made_read_listed_and_taken_away()
    {
        using var made = await Lock(Disk, "keep", "CanNotDelete");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var document = await SandboxClient.Json(made);
        Assert.Equal("{\"level\":\"CanNotDelete\",\"notes\":\"mine\"}", document["properties"]!.ToJsonString());
        Assert.Equal((Disk + Locks + "/keep", "Microsoft.Authorization/locks", "keep"), (Text(document, "id"), Text(document, "type"), Text(document, "name")));
        using var group = await Lock(_client.GroupPath, "group-lock", "ReadOnly");
        using var again = await Lock(_client.GroupPath, "group-lock", "CanNotDelete");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);

        Assert.Equal(["keep"], await Names(Disk));
        Assert.Equal(["group-lock", "keep"], (await Names(_client.GroupPath)).Order(StringComparer.Ordinal));
        Assert.Equal(2, (await Names("/subscriptions/" + _client.Cloud.SubscriptionId)).Count);
        using var read = await _client.Send("GET", _client.GroupPath + Locks + "/group-lock" + LockVersion);
        Assert.Equal("CanNotDelete", Text((await SandboxClient.Json(read))["properties"]!, "level"));

        using var deleted = await _client.Send("DELETE", Disk + Locks + "/keep" + LockVersion);
        using var twice = await _client.Send("DELETE", Disk + Locks + "/keep" + LockVersion);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.NoContent), (deleted.StatusCode, twice.StatusCode));
        using var missing = await _client.Send("GET", Disk + Locks + "/keep" + LockVersion);
        Assert.Equal((HttpStatusCode.NotFound, "LockNotFound"), (missing.StatusCode, await SandboxClient.ErrorCode(missing)));
    }

    [Fact]
    public async Task What_can_not_be_deleted_can_be_changed_and_keeps_its_group()
    {
        using var made = await Lock(Disk, "keep", "CanNotDelete");
        using var changed = await _client.SendJson("PATCH", Disk + DiskVersion, "{\"tags\":{\"a\":\"b\"}}");
        Assert.Equal(HttpStatusCode.Accepted, changed.StatusCode);
        using var poll = await _client.Send("GET", Disk + DiskVersion);
        await Refused(
            await _client.Send("DELETE", Disk + DiskVersion),
            $"The scope '{Disk}' cannot perform delete operation because following scope(s) are locked: '{Disk}'. Please remove the lock and try again.");
        await Refused(
            await _client.Send("DELETE", _client.GroupPath + Version),
            $"The scope '{_client.GroupPath}' cannot perform delete operation because following scope(s) are locked: '{Disk}'. Please remove the lock and try again.");
    }

    [Fact]
    public async Task What_is_read_only_is_read_and_nothing_else()
    {
        using var made = await Lock(_client.GroupPath, "frozen", "ReadOnly");
        using var read = await _client.Send("GET", Disk + DiskVersion);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        var machine = _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/win-vm";
        foreach (var (method, path) in new[] { ("PATCH", machine), ("PUT", machine), ("POST", machine + "/deallocate"), ("POST", machine + "/start") })
        {
            using var refused = await _client.SendJson(method, path + Version, "{\"location\":\"westeurope\"}");
            var error = (await SandboxClient.Json(refused))["error"]!;
            Assert.Equal((HttpStatusCode.Conflict, "ScopeLocked"), (refused.StatusCode, Text(error, "code")));
            Assert.Contains("cannot perform write operation because following scope(s) are locked: '" + _client.GroupPath + "'", Text(error, "message"), StringComparison.Ordinal);
        }

        using var deleted = await _client.Send("DELETE", machine + Version);
        Assert.Equal(HttpStatusCode.Conflict, deleted.StatusCode);
        using var unlocked = await _client.Send("DELETE", _client.GroupPath + Locks + "/frozen" + LockVersion);
        using var goes = await _client.Send("POST", machine + "/deallocate" + Version);
        Assert.Equal(HttpStatusCode.Accepted, goes.StatusCode);
    }

    [Fact]
    public async Task A_lock_on_a_gallery_holds_for_its_versions()
    {
        var gallery = _client.GroupPath + "/providers/Microsoft.Compute/galleries/sandboxGallery";
        using var made = await Lock(gallery, "keep", "CanNotDelete");
        await Refused(
            await _client.Send("DELETE", gallery + "/images/ubuntu/versions/1.0.0?api-version=2023-07-03"),
            $"The scope '{gallery}/images/ubuntu/versions/1.0.0' cannot perform delete operation because following scope(s) are locked: '{gallery}'. Please remove the lock and try again.");
    }

    [Theory]
    [InlineData("/providers/Microsoft.Compute/disks/nosuch", "CanNotDelete", HttpStatusCode.NotFound)]
    [InlineData("", "Forever", HttpStatusCode.BadRequest)]
    public async Task A_lock_needs_something_to_lock_and_a_level(string place, string level, HttpStatusCode status)
    {
        using var response = await Lock(_client.GroupPath + place, "a", level);
        Assert.Equal(status, response.StatusCode);
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static async Task Refused(HttpResponseMessage response, string message)
    {
        using (response)
        {
            var error = (await SandboxClient.Json(response))["error"]!;
            Assert.Equal((HttpStatusCode.Conflict, "ScopeLocked", message), (response.StatusCode, Text(error, "code"), Text(error, "message")));
        }
    }

    private Task<HttpResponseMessage> Lock(string scope, string name, string level)
        => _client.SendJson("PUT", scope + Locks + "/" + name + LockVersion, "{\"properties\":{\"level\":\"" + level + "\",\"notes\":\"mine\"}}");

    private async Task<List<string>> Names(string scope)
    {
        using var response = await _client.Send("GET", scope + Locks + LockVersion);
        return [.. (await SandboxClient.Json(response))["value"]!.AsArray().Select(item => Text(item!, "name"))];
    }
}
