using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class RegionTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public void Dispose() => _client.Dispose();

    [Theory]
    [InlineData("nowhere", null, "LocationNotAvailableForResourceType", "'Microsoft.Compute/disks'. List of available regions")]
    [InlineData("westeurope", "9", "InvalidAvailabilityZone", "The supported zones for location 'westeurope' are '1,2,3'")]
    public async Task A_disk_is_made_in_a_region_and_a_zone_that_there_are(string location, string? zone, string code, string says)
    {
        var error = await Assert.ThrowsAsync<RequestFailedException>(() => CreateDisk(location, zone));

        Assert.Equal((400, code), (error.Status, error.ErrorCode));
        Assert.Contains(says, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("northeurope", "3")]
    [InlineData("West Europe", null)]
    public async Task A_disk_is_made_in_each_region_by_either_of_its_names(string location, string? zone)
    {
        var disk = await SandboxClient.Finish(await CreateDisk(location, zone));

        Assert.Equal(new AzureLocation(location), disk.Data.Location);
        Assert.Equal(zone is null ? [] : [zone], disk.Data.Zones);
    }

    [Fact]
    public async Task Nothing_is_listed_of_a_region_that_is_none()
    {
        SubscriptionResource subscription = await _client.Arm.GetDefaultSubscriptionAsync();

        var error = await Assert.ThrowsAsync<RequestFailedException>(
            async () => await subscription.GetVirtualMachineImagePublishersAsync(new AzureLocation("nowhere")).Select(item => item.Name));

        Assert.Equal((400, "NoRegisteredProviderFound"), (error.Status, error.ErrorCode));
        Assert.Contains("'locations/publishers'", error.Message, StringComparison.Ordinal);
    }

    private Task<Azure.ResourceManager.ArmOperation<ManagedDiskResource>> CreateDisk(string location, string? zone)
    {
        var data = new ManagedDiskData(new AzureLocation(location)) { CreationData = new DiskCreationData(DiskCreateOption.Empty), DiskSizeGB = 1 };
        if (zone is not null)
        {
            data.Zones.Add(zone);
        }

        return _client.Group.GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, "d", data);
    }
}
