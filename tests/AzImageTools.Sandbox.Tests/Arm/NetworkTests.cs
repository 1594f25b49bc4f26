using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class NetworkTests : IDisposable
{
    private const string Version = "?api-version=2025-05-01";

    private readonly SandboxClient _client = new(new SandboxOptions { OperationPolls = 0 });

    private string Network => _client.GroupPath + "/providers/Microsoft.Network/";

    private string Subnet => Network + "virtualNetworks/sandbox-vnet/subnets/default";

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task An_attached_interface_tells_its_machine_and_a_subnet_its_interfaces()
    {
        var card = await Get("networkInterfaces/win-vm-nic");
        Assert.Equal(_client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/win-vm", card["virtualMachine"]!["id"]!.GetValue<string>());
        Assert.Null((await Get("networkInterfaces/free-nic"))["virtualMachine"]);
        var addresses = new List<string>();
        foreach (var name in new[] { "free-nic", "linux-vm-nic", "tl-vm-nic", "win-vm-nic" })
        {
            addresses.Add((await Get("networkInterfaces/" + name))["ipConfigurations"]![0]!["properties"]!["privateIPAddress"]!.GetValue<string>());
        }

        Assert.Equal(["10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.7"], addresses.Order(StringComparer.Ordinal));
        Assert.Equal(4, (await Get("virtualNetworks/sandbox-vnet"))["subnets"]![0]!["properties"]!["ipConfigurations"]!.AsArray().Count);
    }

    // hashicorp/packer-plugin-azure's and terraform-provider-azurerm's issues: all of these are 400.
    [Theory]
    [InlineData("networkInterfaces/win-vm-nic", "NicInUse", "it must be dissociated from the resource. To learn more, see aka.ms/deletenic.")]
    [InlineData("virtualNetworks/sandbox-vnet/subnets/default", "InUseSubnetCannotBeDeleted", "In order to delete the subnet, delete all the resources within the subnet. See aka.ms/deletesubnet.")]
    [InlineData("virtualNetworks/sandbox-vnet", "InUseSubnetCannotBeDeleted", "networkInterfaces/card/ipConfigurations/a and cannot be deleted.")]
    [InlineData("publicIPAddresses/used", "PublicIPAddressCannotBeDeleted", "can not be deleted since it is still allocated to resource")]
    [InlineData("networkSecurityGroups/used", "InUseNetworkSecurityGroupCannotBeDeleted", "cannot be deleted because it is in use by the following resources: ")]
    public async Task What_is_in_use_is_not_deleted(string path, string code, string text)
    {
        await Make("publicIPAddresses/used", "{}");
        await Make("networkSecurityGroups/used", "{}");
        await Make("networkInterfaces/card", Interface(",\"publicIPAddress\":{\"id\":\"" + Network + "publicIPAddresses/used\"}", ",\"networkSecurityGroup\":{\"id\":\"" + Network + "networkSecurityGroups/used\"}"));
        using var refused = await _client.Send("DELETE", Network + path + Version);
        var error = (await SandboxClient.Json(refused))["error"]!;
        Assert.Equal((HttpStatusCode.BadRequest, code), (refused.StatusCode, error["code"]!.GetValue<string>()));
        Assert.Contains(text, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_in_use_is_deleted()
    {
        await Make("publicIPAddresses/address", "{}");
        await Make("networkSecurityGroups/group", "{}");
        foreach (var path in new[] { "networkInterfaces/free-nic", "publicIPAddresses/address", "networkSecurityGroups/group" })
        {
            using var deleted = await _client.Send("DELETE", Network + path + Version);
            Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
            using var gone = await _client.Send("GET", Network + path + Version);
            Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        }
    }

    [Fact]
    public async Task An_interface_goes_with_its_machine_where_that_was_asked_for()
    {
        await MakeMachine("first", "{\"networkInterfaces\":[{\"id\":\"" + Network + "networkInterfaces/free-nic\",\"properties\":{\"deleteOption\":\"Delete\"}}]}");
        using var deleted = await _client.Send("DELETE", _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/first?api-version=2023-07-01");
        using var gone = await _client.Send("GET", _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/first?api-version=2023-07-01");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        using var card = await _client.Send("GET", Network + "networkInterfaces/free-nic" + Version);
        Assert.Equal(HttpStatusCode.NotFound, card.StatusCode);
    }

    [Fact]
    public async Task A_machine_does_not_take_the_interface_of_another()
    {
        using var refused = await TryMachine("second", "{\"networkInterfaces\":[{\"id\":\"" + Network + "networkInterfaces/win-vm-nic\"}]}");
        Assert.Equal((HttpStatusCode.BadRequest, "NicInUse"), (refused.StatusCode, await SandboxClient.ErrorCode(refused)));
    }

    [Fact]
    public async Task A_machine_has_interfaces_made_that_it_describes_and_none_where_it_is_refused()
    {
        var described = "{\"networkApiVersion\":\"2022-11-01\",\"networkInterfaceConfigurations\":[{\"name\":\"card\",\"properties\":{\"deleteOption\":\"Delete\",\"ipConfigurations\":[{\"name\":\"a\",\"properties\":{\"subnet\":{\"id\":\"" + Subnet + "\"}}}]}}]}";
        await MakeMachine("described", described);
        using var machine = await _client.Send("GET", _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/described?api-version=2023-07-01");
        var card = (await SandboxClient.Json(machine))["properties"]!["networkProfile"]!["networkInterfaces"]![0]!["id"]!.GetValue<string>();
        Assert.Equal(HttpStatusCode.OK, (await _client.Send("GET", card + Version)).StatusCode);

        var before = await CountInterfaces();
        using var refused = await TryMachine("refused", described, "{\"publisher\":\"nobody\",\"offer\":\"nothing\",\"sku\":\"none\",\"version\":\"latest\"}");
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Equal(before, await CountInterfaces());
    }

    // https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
    [Theory]
    [InlineData("2025-07-01", "", "false")]
    [InlineData("2025-07-01", ",\"defaultOutboundAccess\":true", "true")]
    [InlineData("2025-05-01", "", null)]
    [InlineData("2025-05-01", ",\"defaultOutboundAccess\":false", "false")]
    public async Task A_new_subnet_has_a_way_out_by_default_in_old_versions_only(string version, string asked, string? expected)
    {
        var network = "{\"location\":\"westeurope\",\"properties\":{\"addressSpace\":{\"addressPrefixes\":[\"10.1.0.0/16\"]},\"subnets\":[{\"name\":\"inner\",\"properties\":{\"addressPrefix\":\"10.1.0.0/24\"ASKED}}]}}";
        using var made = await _client.SendJson("PUT", Network + "virtualNetworks/new-vnet?api-version=" + version, network.Replace("ASKED", asked, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        using var beside = await _client.SendJson(
            "PUT", Network + "virtualNetworks/new-vnet/subnets/beside?api-version=" + version, "{\"properties\":{\"addressPrefix\":\"10.1.1.0/24\"" + asked + "}}");
        Assert.Equal(HttpStatusCode.Created, beside.StatusCode);
        using var updated = await _client.SendJson("PUT", Network + "virtualNetworks/new-vnet/subnets/inner?api-version=2025-07-01", "{\"properties\":{\"addressPrefix\":\"10.1.0.0/24\"}}");
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        var subnets = (await Get("virtualNetworks/new-vnet"))["subnets"]!.AsArray();
        Assert.Equal(["beside", "inner"], subnets.Select(subnet => subnet!["name"]!.GetValue<string>()));
        Assert.All(subnets, subnet => Assert.Equal(expected, subnet!["properties"]!["defaultOutboundAccess"]?.ToJsonString()));
    }

    [Theory]
    [InlineData("virtualNetworks/v", "{\"addressSpace\":{\"addressPrefixes\":[\"10.1.0.0/16\"]},\"subnets\":[{\"name\":\"a\",\"properties\":{\"addressPrefix\":\"10.2.0.0/24\"}}]}", "NetcfgInvalidSubnet")]
    [InlineData("virtualNetworks/v", "{\"addressSpace\":{\"addressPrefixes\":[\"10.1.0.0/16\"]},\"subnets\":[{\"name\":\"a\",\"properties\":{\"addressPrefix\":\"10.1.0.0/24\"}},{\"name\":\"b\",\"properties\":{\"addressPrefix\":\"10.1.0.0/25\"}}]}", "NetcfgSubnetRangesOverlap")]
    [InlineData("virtualNetworks/v", "{\"addressSpace\":{\"addressPrefixes\":[\"10.1.0.0/16\"]},\"subnets\":[{\"name\":\"a\",\"properties\":{\"addressPrefix\":\"10.1.0.1/24\"}}]}", "InvalidAddressPrefixFormat")]
    [InlineData("virtualNetworks/v", "{\"addressSpace\":{\"addressPrefixes\":[\"10.1.0.0/16\"]},\"subnets\":[{\"name\":\"a\",\"properties\":{\"addressPrefix\":\"10.1.0.0/24\",\"networkSecurityGroup\":{\"id\":\"NETnetworkSecurityGroups/nosuch\"}}}]}", "InvalidResourceReference")]
    [InlineData("virtualNetworks/sandbox-vnet", "{\"addressSpace\":{\"addressPrefixes\":[\"10.0.0.0/16\"]},\"subnets\":[]}", "InUseSubnetCannotBeDeleted")]
    [InlineData("networkInterfaces/n", "{\"ipConfigurations\":[{\"name\":\"a\",\"properties\":{\"subnet\":{\"id\":\"NETvirtualNetworks/sandbox-vnet/subnets/nosuch\"}}}]}", "InvalidResourceReference")]
    [InlineData("networkInterfaces/n", "{\"ipConfigurations\":[]}", "NetworkInterfaceMustHaveAtLeastOneIpConfiguration")]
    [InlineData("networkInterfaces/n", "{\"ipConfigurations\":[{\"name\":\"a\",\"properties\":{}}]}", "SubnetIsRequired")]
    public async Task A_network_that_can_not_be_is_refused(string path, string properties, string code)
    {
        using var refused = await _client.SendJson("PUT", Network + path + Version, "{\"location\":\"westeurope\",\"properties\":" + properties.Replace("NET", Network, StringComparison.Ordinal) + "}");
        Assert.Equal((HttpStatusCode.BadRequest, code), (refused.StatusCode, await SandboxClient.ErrorCode(refused)));
        Assert.Equal("10.0.0.0/24", (await Get("virtualNetworks/sandbox-vnet"))["subnets"]![0]!["properties"]!["addressPrefix"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_full_subnet_takes_no_more_interfaces()
    {
        // Eight addresses, of which five are Azure's own.
        await Make("virtualNetworks/small", "{\"addressSpace\":{\"addressPrefixes\":[\"10.9.0.0/29\"]},\"subnets\":[{\"name\":\"only\",\"properties\":{\"addressPrefix\":\"10.9.0.0/29\"}}]}");
        var card = "{\"ipConfigurations\":[{\"name\":\"a\",\"properties\":{\"subnet\":{\"id\":\"" + Network + "virtualNetworks/small/subnets/only\"}}}]}";
        foreach (var name in new[] { "one", "two", "three" })
        {
            await Make("networkInterfaces/" + name, card);
        }

        using var refused = await _client.SendJson("PUT", Network + "networkInterfaces/four" + Version, "{\"location\":\"westeurope\",\"properties\":" + card + "}");
        Assert.Equal((HttpStatusCode.BadRequest, "SubnetIsFull"), (refused.StatusCode, await SandboxClient.ErrorCode(refused)));
    }

    private string Interface(string configuration, string card)
        => "{\"ipConfigurations\":[{\"name\":\"a\",\"properties\":{\"subnet\":{\"id\":\"" + Subnet + "\"}" + configuration + "}}]" + card + "}";

    private async Task<int> CountInterfaces()
    {
        using var response = await _client.Send("GET", Network + "networkInterfaces" + Version);
        return (await SandboxClient.Json(response))["value"]!.AsArray().Count;
    }

    private async Task MakeMachine(string name, string network)
    {
        using var made = await TryMachine(name, network);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        using var done = await _client.Send("GET", _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/" + name + "?api-version=2023-07-01");
    }

    private Task<HttpResponseMessage> TryMachine(
        string name, string network, string image = "{\"publisher\":\"Canonical\",\"offer\":\"ubuntu-24_04-lts\",\"sku\":\"server\",\"version\":\"latest\"}")
        => _client.SendJson(
            "PUT",
            _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/" + name + "?api-version=2023-07-01",
            "{\"location\":\"westeurope\",\"properties\":{\"hardwareProfile\":{\"vmSize\":\"Standard_D2s_v5\"},\"osProfile\":{\"computerName\":\"a\",\"adminUsername\":\"someone\",\"adminPassword\":\"Hidden-1234\"},\"storageProfile\":{\"imageReference\":" + image + "},\"networkProfile\":" + network + "}}");

    private async Task Make(string path, string properties)
    {
        using var response = await _client.SendJson("PUT", Network + path + Version, "{\"location\":\"westeurope\",\"properties\":" + properties + "}");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private async Task<JsonNode> Get(string path)
    {
        using var response = await _client.Send("GET", Network + path + Version);
        return (await SandboxClient.Json(response))["properties"]!;
    }
}
