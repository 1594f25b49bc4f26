using System.Net;
using AzImageTools.Sandbox.Configuration;
using Azure;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class ManagementTests : IDisposable
{
    private const string Version = "?api-version=2023-07-01";
    private const string DiskVersion = "?api-version=2023-04-02";

    private readonly SandboxClient _client = new(new SandboxOptions { OperationPolls = 2, RetryAfter = TimeSpan.FromSeconds(3) });

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task The_subscription_is_one_of_visual_studio()
    {
        var subscription = await _client.Arm.GetDefaultSubscriptionAsync();
        Assert.Equal("MSDN_2014-09-01", subscription.Data.SubscriptionPolicies.QuotaId);
        Assert.Equal(Guid.Parse(_client.Cloud.TenantId), subscription.Data.TenantId);
        Assert.Single(await _client.Arm.GetTenants().GetAllAsync().Select(tenant => tenant.Data.TenantId));
        Assert.Contains("westeurope", await subscription.GetLocationsAsync().Select(location => location.Name));
    }

    [Fact]
    public async Task Without_token_version_or_known_path_azures_errors_come()
    {
        var path = _client.GroupPath + "/providers/Microsoft.Compute/disks/nosuch";
        await ExpectError(HttpStatusCode.Unauthorized, "AuthenticationFailed", await _client.SendAs(null, "GET", path + DiskVersion));
        await ExpectError(HttpStatusCode.BadRequest, "MissingApiVersionParameter", await _client.Send("GET", path));
        await ExpectError(HttpStatusCode.NotFound, "ResourceNotFound", await _client.Send("GET", path + DiskVersion));
        await ExpectError(HttpStatusCode.NotFound, "ResourceGroupNotFound", await _client.Send("GET", path.Replace("sandbox-rg", "other-rg", StringComparison.Ordinal) + DiskVersion));
        await ExpectError(HttpStatusCode.NotFound, "SubscriptionNotFound", await _client.Send("GET", path.Replace(_client.Cloud.SubscriptionId, Guid.Empty.ToString(), StringComparison.Ordinal) + DiskVersion));
        await ExpectError(HttpStatusCode.NotFound, "InvalidResourceType", await _client.Send("GET", _client.GroupPath + "/providers/Microsoft.Quantum/cats/tom" + Version));
        await ExpectError(HttpStatusCode.NotFound, "InvalidResourceType", await _client.Send("POST", _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/win-vm/levitate" + Version));
        await ExpectError(HttpStatusCode.NotFound, "HostNotFound", await _client.Send("GET", "https://example.invalid/"));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"a\":1,\"A\":2}")]
    [InlineData("\"text\"")]
    public async Task A_body_that_is_no_object_is_refused(string body)
    {
        using var response = await _client.SendJson("PUT", _client.GroupPath + "/providers/Microsoft.Compute/disks/odd" + DiskVersion, body);
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidRequestContent"), (response.StatusCode, await SandboxClient.ErrorCode(response)));
    }

    [Theory]
    [InlineData("{\"location\":\"westeurope\",\"properties\":7}")]
    [InlineData("{\"location\":[],\"properties\":{}}")]
    [InlineData("{\"location\":\"westeurope\",\"properties\":{\"creationData\":{\"createOption\":\"Upload\",\"uploadSizeBytes\":1e99}}}")]
    [InlineData("{\"location\":\"westeurope\",\"properties\":{\"creationData\":{\"createOption\":5}}}")]
    [InlineData("{\"location\":\"westeurope\",\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":-1}}")]
    public async Task Values_of_another_kind_are_refused(string body)
    {
        foreach (var type in new[] { "disks", "snapshots", "images", "virtualMachines" })
        {
            using var response = await _client.SendJson("PUT", _client.GroupPath + "/providers/Microsoft.Compute/" + type + "/odd" + (type is "disks" or "snapshots" ? DiskVersion : Version), body);
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task An_operation_is_polled_until_it_is_done()
    {
        var path = _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/linux-vm/deallocate" + Version;
        using var started = await _client.Send("POST", path);
        Assert.Equal(HttpStatusCode.Accepted, started.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(3), started.Headers.RetryAfter?.Delta);
        var status = started.Headers.GetValues("Azure-AsyncOperation").Single();
        using var conflict = await _client.Send("POST", path);
        Assert.Equal((HttpStatusCode.Conflict, "Conflict"), (conflict.StatusCode, await SandboxClient.ErrorCode(conflict)));

        using var second = await _client.Send("GET", status);
        using var third = await _client.Send("GET", status);
        Assert.Equal("InProgress", (await SandboxClient.Json(second))["status"]!.GetValue<string>());
        Assert.Equal("Succeeded", (await SandboxClient.Json(third))["status"]!.GetValue<string>());
        using var monitor = await _client.Send("GET", started.Headers.Location!.AbsoluteUri);
        Assert.Equal(HttpStatusCode.OK, monitor.StatusCode);
    }

    // As in az's recordings test_vm_disk_upload and test_gallery_image_definition_update_features.
    [Fact]
    public async Task Answers_carry_the_headers_of_azure()
    {
        using var started = await _client.SendJson("PUT", _client.GroupPath + "/providers/Microsoft.Compute/galleries/other?api-version=2022-03-03", "{\"location\":\"westeurope\"}");
        Assert.Equal("Enabled", started.Headers.GetValues("Azure-AsyncNotification").Single());
        Assert.Equal("199", started.Headers.GetValues("x-ms-ratelimit-remaining-subscription-writes").Single());
        Assert.Equal(["no-cache"], started.Headers.Pragma.Select(value => value.Name));
        Assert.Equal("-1", started.Content.Headers.GetValues("Expires").Single());

        using var disk = await _client.SendJson(
            "PUT", _client.GroupPath + "/providers/Microsoft.Compute/disks/d" + DiskVersion, "{\"location\":\"westeurope\",\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":1}}");
        Assert.False(disk.Headers.Contains("Azure-AsyncNotification"));
        using var read = await _client.Send("GET", _client.GroupPath + "?api-version=2021-04-01");
        Assert.Equal("3749", read.Headers.GetValues("x-ms-ratelimit-remaining-subscription-global-reads").Single());
    }

    [Fact]
    public async Task Groups_are_made_listed_and_deleted_with_what_they_hold()
    {
        var groups = (await _client.Arm.GetDefaultSubscriptionAsync()).GetResourceGroups();
        await groups.CreateOrUpdateAsync(WaitUntil.Completed, "other-rg", new ResourceGroupData("westeurope"));
        Assert.Equal(["other-rg", "sandbox-rg"], await groups.GetAllAsync().Select(group => group.Data.Name));
        Assert.True(await groups.ExistsAsync("OTHER-RG"));
        using var disk = await _client.SendJson(
            "PUT",
            _client.GroupPath.Replace("sandbox-rg", "other-rg", StringComparison.Ordinal) + "/providers/Microsoft.Compute/disks/empty" + DiskVersion,
            "{\"location\":\"westeurope\",\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":1}}");
        Assert.Equal(HttpStatusCode.Accepted, disk.StatusCode);

        var deletion = await (await groups.GetAsync("other-rg")).Value.DeleteAsync(WaitUntil.Started);
        Assert.StartsWith($"/subscriptions/{_client.Cloud.SubscriptionId}/operationresults/", new Uri(deletion.GetRawResponse().Headers.Single(header => header.Name == "Location").Value).AbsolutePath, StringComparison.Ordinal);
        Assert.False(deletion.GetRawResponse().Headers.Contains("Azure-AsyncOperation"));
        await SandboxClient.Finish(deletion);
        Assert.False(await groups.ExistsAsync("other-rg"));
    }

    [Fact]
    public async Task Generic_resources_are_read_through_their_provider()
    {
        var account = await _client.Arm.GetGenericResource(new Azure.Core.ResourceIdentifier(_client.GroupPath + "/providers/Microsoft.Storage/storageAccounts/sandboximages")).GetAsync();
        Assert.Equal("sandboximages", account.Value.Data.Name);
    }

    [Fact]
    public async Task A_list_tells_when_things_were_made_where_it_is_asked_to()
    {
        const string Card = "/providers/Microsoft.Network/networkInterfaces/free-nic";
        using var plain = await _client.Send("GET", _client.GroupPath + "/resources?api-version=2021-04-01");
        Assert.All((await SandboxClient.Json(plain))["value"]!.AsArray(), resource => Assert.Null(resource!["createdTime"]));

        var first = await Created(Card);
        using var again = await _client.SendJson("PATCH", _client.GroupPath + Card + "?api-version=2022-01-01", "{\"tags\":{\"a\":\"b\"}}");
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(first, await Created(Card));
        Assert.InRange(first, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);

        async Task<DateTimeOffset> Created(string path)
        {
            using var list = await _client.Send("GET", _client.GroupPath + "/resources?api-version=2021-04-01&$expand=createdTime,changedTime");
            var resource = (await SandboxClient.Json(list))["value"]!.AsArray().Single(one => one!["id"]!.GetValue<string>().EndsWith(path, StringComparison.Ordinal));
            return DateTimeOffset.Parse(resource!["createdTime"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public void The_files_go_with_the_cloud()
    {
        using var client = new SandboxClient();
        var file = client.Cloud.FindDiskFile(client.GroupPath + "/providers/Microsoft.Compute/disks/win-vm_OsDisk_1");
        Assert.True(File.Exists(file));
        client.Cloud.Dispose();
        Assert.False(Directory.Exists(Path.GetDirectoryName(file)));
    }

    private static async Task ExpectError(HttpStatusCode status, string code, HttpResponseMessage response)
    {
        using (response)
        {
            Assert.Equal((status, code), (response.StatusCode, await SandboxClient.ErrorCode(response)));
        }
    }
}
