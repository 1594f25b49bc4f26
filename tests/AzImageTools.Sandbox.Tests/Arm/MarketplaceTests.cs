using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class MarketplaceTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task Publishers_offers_skus_and_versions_are_listed()
    {
        var subscription = await Subscription();
        var publishers = await subscription.GetVirtualMachineImagePublishersAsync(AzureLocation.WestEurope).Select(item => item.Name);
        Assert.Equal(["Canonical", "cognosys", "MicrosoftSQLServer", "MicrosoftWindowsDesktop", "MicrosoftWindowsServer"], publishers);
        var offers = await subscription.GetVirtualMachineImageOffersAsync(AzureLocation.WestEurope, "Canonical").Select(item => item.Name);
        Assert.Equal(["0001-com-ubuntu-server-jammy", "ubuntu-24_04-lts"], offers);
        var skus = await subscription.GetVirtualMachineImageSkusAsync(AzureLocation.WestEurope, "MicrosoftWindowsServer", "WindowsServer").Select(item => item.Name);
        Assert.Contains("2022-datacenter-g2", skus);
        Assert.Contains("2025-datacenter-g2", skus);
        var newest = await subscription.GetVirtualMachineImagesAsync(AzureLocation.WestEurope, "Canonical", "ubuntu-24_04-lts", "server", top: 1, orderby: "name desc").Select(item => item.Name);
        Assert.Equal(["24.04.202502210"], newest);
    }

    [Fact]
    public async Task A_version_tells_generation_security_plan_and_its_end()
    {
        var subscription = await Subscription();
        var server = (await subscription.GetVirtualMachineImageAsync(AzureLocation.WestEurope, "MicrosoftWindowsServer", "WindowsServer", "2022-datacenter-g2", "20348.3091.250112")).Value;
        Assert.Equal((HyperVGeneration.V2, ArchitectureType.X64), (server.HyperVGeneration, server.Architecture));
        Assert.Equal(SupportedOperatingSystemType.Windows, server.OSDiskImageOperatingSystem);
        Assert.Equal("TrustedLaunchSupported", server.Features.Single(feature => feature.Name == "SecurityType").Value);
        Assert.Equal(ImageState.Active, server.ImageDeprecationStatus.ImageState);

        var rocky = (await subscription.GetVirtualMachineImageAsync(AzureLocation.WestEurope, "cognosys", "rocky-linux-9", "rocky-linux-9", "1.2024.1204")).Value;
        Assert.Equal(("rocky-linux-9", "cognosys"), (rocky.Plan.Name, rocky.Plan.Publisher));
    }

    [Fact]
    public async Task A_publisher_that_is_not_there_is_not_found()
    {
        var subscription = await Subscription();
        var missing = await Assert.ThrowsAsync<RequestFailedException>(
            async () => await subscription.GetVirtualMachineImageOffersAsync(AzureLocation.WestEurope, "nobody").Select(item => item.Name));
        Assert.Equal(404, missing.Status);
    }

    private async Task<SubscriptionResource> Subscription()
    {
        return await _client.Arm.GetDefaultSubscriptionAsync();
    }
}
