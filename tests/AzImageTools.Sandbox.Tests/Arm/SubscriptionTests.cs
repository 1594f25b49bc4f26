using System.Net;
using AzImageTools.Sandbox.Configuration;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class SubscriptionTests : IDisposable
{
    private const string Version = "?api-version=2023-07-01";

    private static readonly SandboxSubscription Other = new()
    {
        SubscriptionId = "5a4db0c5-0000-4000-8000-000000000002",
        TenantId = "5a4db0c5-0000-4000-8000-0000000000bb",
        DisplayName = "Production",
        QuotaId = "EnterpriseAgreement_2014-09-01",
    };

    private readonly SandboxClient _client = new(new SandboxOptions { QuotaId = "PayAsYouGo_2014-09-01", OtherSubscriptions = [Other] });

    private ResourceGroupResource OtherGroup
        => _client.Arm.GetResourceGroupResource(ResourceGroupResource.CreateResourceIdentifier(Other.SubscriptionId, "sandbox-rg"));

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task Subscriptions_are_listed_with_their_tenants_and_offers()
    {
        var subscriptions = await _client.Arm.GetSubscriptions().GetAllAsync().Select(subscription => subscription.Data);
        Assert.Equal(
            [(_client.Cloud.SubscriptionId, _client.Cloud.TenantId, "PayAsYouGo_2014-09-01", "Off"), (Other.SubscriptionId, Other.TenantId, Other.QuotaId, "Off")],
            subscriptions.Select(data => (data.SubscriptionId, data.TenantId.ToString()!, data.SubscriptionPolicies.QuotaId, data.SubscriptionPolicies.SpendingLimit.ToString()!)));
        Assert.Equal(
            [_client.Cloud.TenantId, Other.TenantId],
            await _client.Arm.GetTenants().GetAllAsync().Select(tenant => tenant.Data.TenantId.ToString()!));
    }

    [Fact]
    public async Task What_is_made_in_one_subscription_is_not_in_another()
    {
        var here = await MakeDisk(_client.Group, "shared-name");
        var there = await MakeDisk(OtherGroup, "shared-name");
        await MakeDisk(OtherGroup, "only-there");
        Assert.NotEqual(here.Id, there.Id);
        Assert.Equal(Other.SubscriptionId, there.Id.SubscriptionId);
        Assert.Equal(["only-there", "shared-name"], await OtherGroup.GetManagedDisks().GetAllAsync().Select(disk => disk.Data.Name));
        var subscription = _client.Arm.GetSubscriptionResource(SubscriptionResource.CreateResourceIdentifier(Other.SubscriptionId));
        Assert.Equal(2, (await subscription.GetManagedDisksAsync().Select(disk => disk.Data.Name)).Count);
        Assert.Equal(2, (await subscription.GetGenericResourcesAsync().Select(resource => resource.Data.Name)).Count);

        await SandboxClient.Finish(await OtherGroup.DeleteAsync(WaitUntil.Started));
        Assert.Equal("shared-name", (await _client.Group.GetManagedDiskAsync("shared-name")).Value.Data.Name);
        var gone = await Assert.ThrowsAsync<RequestFailedException>(() => OtherGroup.GetManagedDiskAsync("shared-name"));
        Assert.Equal("ResourceGroupNotFound", gone.ErrorCode);
    }

    [Fact]
    public async Task With_a_resource_group_goes_all_that_would_go_with_each_of_its_resources()
    {
        var account = OtherGroup.Id + "/providers/Microsoft.Storage/storageAccounts/goneaccount?api-version=2022-09-01";
        using var made = await _client.SendJson("PUT", account, "{\"location\":\"westeurope\",\"sku\":{\"name\":\"Standard_LRS\"},\"kind\":\"StorageV2\"}");
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        using var before = await _client.Send("GET", "https://goneaccount.blob.core.windows.net/?comp=list");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        await SandboxClient.Finish(await OtherGroup.DeleteAsync(WaitUntil.Started));
        using var after = await _client.Send("GET", "https://goneaccount.blob.core.windows.net/?comp=list");
        Assert.NotEqual(HttpStatusCode.OK, after.StatusCode);
        using var group = await _client.SendJson("PUT", OtherGroup.Id + Version, "{\"location\":\"westeurope\"}");
        using var again = await _client.SendJson("PUT", account, "{\"location\":\"westeurope\",\"sku\":{\"name\":\"Standard_LRS\"},\"kind\":\"StorageV2\"}");
        Assert.True(again.IsSuccessStatusCode, await again.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task A_disk_is_copied_from_another_subscription()
    {
        var source = await MakeDisk(OtherGroup, "source");
        var copy = await SandboxClient.Finish(await _client.Group.GetManagedDisks().CreateOrUpdateAsync(
            WaitUntil.Started,
            "copy",
            new ManagedDiskData(AzureLocation.WestEurope) { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = source.Id } }));
        Assert.Equal(source.Data.DiskSizeBytes, copy.Data.DiskSizeBytes);
    }

    [Fact]
    public async Task The_addresses_of_an_operation_name_the_subscription_it_runs_in()
    {
        var json = "{\"location\":\"westeurope\",\"properties\":{\"creationData\":{\"createOption\":\"Empty\"},\"diskSizeGB\":1}}";
        using var started = await _client.SendJson("PUT", OtherGroup.Id + "/providers/Microsoft.Compute/disks/empty?api-version=2023-04-02", json);
        Assert.StartsWith($"/subscriptions/{Other.SubscriptionId}/", new Uri(started.Headers.GetValues("Azure-AsyncOperation").Single()).AbsolutePath, StringComparison.Ordinal);
        Assert.StartsWith($"/subscriptions/{Other.SubscriptionId}/", started.Headers.Location!.AbsolutePath, StringComparison.Ordinal);
    }

    // https://learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors
    [Theory]
    [InlineData("")]
    [InlineData("/resourceGroups")]
    [InlineData("/resourceGroups/sandbox-rg/providers/Microsoft.Compute/disks")]
    [InlineData("/providers/Microsoft.Compute/disks")]
    public async Task An_unknown_subscription_is_not_found(string path)
    {
        using var response = await _client.Send("GET", "/subscriptions/" + Guid.Empty + path + Version);
        Assert.Equal((HttpStatusCode.NotFound, "SubscriptionNotFound"), (response.StatusCode, await SandboxClient.ErrorCode(response)));
    }

    // The texts are those of recordings of az (test_shared_gallery*) and of azure-powershell's issue 19200.
    [Fact]
    public async Task What_is_not_there_is_named_by_its_whole_path_and_a_missing_parent_before_it()
    {
        var galleries = _client.GroupPath + "/providers/Microsoft.Compute/galleries/";
        using var version = await _client.Send("GET", galleries + "sandboxGallery/images/ubuntu/versions/9.9.9?api-version=2022-03-03");
        var error = (await SandboxClient.Json(version))["error"]!;
        Assert.Equal("ResourceNotFound", error["code"]!.GetValue<string>());
        Assert.Contains("'Microsoft.Compute/galleries/sandboxGallery/images/ubuntu/versions/9.9.9'", error["message"]!.GetValue<string>(), StringComparison.Ordinal);

        foreach (var path in new[] { "missing/images/ubuntu", "missing/images", "sandboxGallery/images/missing/versions", "sandboxGallery/images/missing/versions/1.0.0" })
        {
            using var response = await _client.Send("GET", galleries + path + "?api-version=2022-03-03");
            Assert.Equal((HttpStatusCode.NotFound, "ParentResourceNotFound"), (response.StatusCode, await SandboxClient.ErrorCode(response)));
        }
    }

    private static async Task<ManagedDiskResource> MakeDisk(ResourceGroupResource group, string name)
        => await SandboxClient.Finish(await group.GetManagedDisks().CreateOrUpdateAsync(
            WaitUntil.Started,
            name,
            new ManagedDiskData(AzureLocation.WestEurope) { CreationData = new DiskCreationData(DiskCreateOption.Empty), DiskSizeGB = 1 }));
}
