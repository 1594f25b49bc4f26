using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class SkuTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Theory]
    [InlineData("Standard_D2s_v5", "V1,V2", "SCSI", "x64", "4", null)]
    [InlineData("Standard_E2bs_v5", "V1,V2", "SCSI,NVMe", "x64", "4", null)]
    [InlineData("Standard_D4s_v6", "V2", "NVMe", "x64", "12", null)]
    [InlineData("Standard_D2as_v7", "V2", "NVMe", "x64", "10", null)]
    [InlineData("Standard_D2ps_v5", "V2", "SCSI", "Arm64", "4", null)]
    [InlineData("Standard_DC2as_v5", "V2", "SCSI", "x64", "4", "SNP")]
    public async Task A_size_tells_what_an_image_must_have_for_it(string name, string generations, string controllers, string architecture, string disks, string? confidential)
    {
        var sku = (await Skus("location eq 'westeurope'")).Single(sku => sku.Name == name);
        Assert.Equal(
            (generations, controllers, architecture, disks, confidential),
            (Capability(sku, "HyperVGenerations"), Capability(sku, "DiskControllerTypes"), Capability(sku, "CpuArchitectureType"), Capability(sku, "MaxDataDiskCount"), Capability(sku, "ConfidentialComputingType")));
        Assert.Equal(["1", "2", "3"], sku.LocationInfo.Single().Zones);
    }

    [Fact]
    public async Task Only_the_region_asked_for_is_listed_and_all_of_them_without_a_filter()
    {
        var one = await Skus("location eq 'northeurope'");
        Assert.Equal(["northeurope"], one.SelectMany(sku => sku.Locations).Select(location => location.Name).Distinct());
        var all = await Skus(null);
        Assert.Equal(one.Count * all.Select(sku => sku.Locations.Single()).Distinct().Count(), all.Count);
        Assert.Equal(["disks", "snapshots", "virtualMachines"], one.Select(sku => sku.ResourceType).Distinct().Order());
    }

    [Fact]
    public async Task A_filter_other_than_by_location_is_refused()
    {
        using var response = await _client.Send("GET", Path("skus?api-version=2021-07-01&$filter=name eq 'x'"));
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_size_that_the_subscription_can_not_have_says_where()
    {
        var region = (await Skus("location eq 'uksouth'")).Single(sku => sku.Name == "Standard_D2s_v7");
        Assert.Equal([ComputeResourceSkuRestrictionsType.Location, ComputeResourceSkuRestrictionsType.Zone], region.Restrictions.Select(item => item.RestrictionsType));
        Assert.All(region.Restrictions, item => Assert.Equal(ComputeResourceSkuRestrictionsReasonCode.NotAvailableForSubscription, item.ReasonCode));
        var zone = (await Skus("location eq 'westus2'")).Single(sku => sku.Name == "Standard_D2s_v7").Restrictions.Single();
        Assert.Equal(["1"], zone.RestrictionInfo.Zones);
        var sizes = (await SandboxClient.Json(await _client.Send("GET", Path("locations/uksouth/vmSizes?api-version=2023-07-01"))))["value"]!.AsArray();
        Assert.DoesNotContain(sizes, size => size!["name"]!.GetValue<string>() == "Standard_D2s_v7");
        Assert.Contains(sizes, size => size!["name"]!.GetValue<string>() == "Standard_D2s_v5" && size["memoryInMB"]!.GetValue<int>() == 8192);
        var ofMachine = (await SandboxClient.Json(await _client.Send("GET", _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/win-vm/vmSizes?api-version=2023-07-01")))["value"]!.AsArray();
        Assert.Contains(ofMachine, size => size!["name"]!.GetValue<string>() == "Standard_D2s_v7");
    }

    [Fact]
    public async Task Usages_come_whole_over_several_pages()
    {
        using var client = new SandboxClient(new SandboxOptions { PageSize = 3 });
        var names = await (await client.Arm.GetDefaultSubscriptionAsync()).GetUsagesAsync("westeurope").Select(usage => usage.Name.Value);
        Assert.Contains("standardDSv5Family", names);
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public async Task Disk_sizes_tell_their_limits()
    {
        var disk = (await Skus("location eq 'westeurope'")).Single(sku => sku.Name == "Premium_LRS" && sku.Size == "P10");
        Assert.Equal(("128", "500"), (Capability(disk, "MaxSizeGiB"), Capability(disk, "MaxIOps")));
    }

    [Fact]
    public async Task Usages_count_the_cores_of_the_machines_there()
    {
        var usages = (await SandboxClient.Json(await _client.Send("GET", Path("locations/westeurope/usages?api-version=2023-07-01"))))["value"]!.AsArray();
        Assert.Equal(6, Current(usages, "cores"));
        Assert.Equal(6, Current(usages, "standardDSv5Family"));
        Assert.Equal(3, Current(usages, "virtualMachines"));
        var elsewhere = (await SandboxClient.Json(await _client.Send("GET", Path("locations/eastus/usages?api-version=2023-07-01"))))["value"]!.AsArray();
        Assert.Equal(0, Current(elsewhere, "cores"));
    }

    private static int Current(JsonArray usages, string name)
    {
        return usages.Single(usage => usage!["name"]!["value"]!.GetValue<string>() == name)!["currentValue"]!.GetValue<int>();
    }

    private static string? Capability(ComputeResourceSku sku, string name)
    {
        return sku.Capabilities.SingleOrDefault(capability => capability.Name == name)?.Value;
    }

    private string Path(string rest)
    {
        return $"/subscriptions/{_client.Cloud.SubscriptionId}/providers/Microsoft.Compute/{rest}";
    }

    private async Task<IReadOnlyList<ComputeResourceSku>> Skus(string? filter)
    {
        return [.. await (await _client.Arm.GetDefaultSubscriptionAsync()).GetComputeResourceSkusAsync(filter).Select(sku => sku)];
    }
}
