using System.Net;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm.Access;

public sealed class CoreQuotaTests : IDisposable
{
    private const string Version = "?api-version=2023-07-01";

    /// <summary>The three machines of the seed have two cores each.</summary>
    private readonly SandboxClient _client = new(new SandboxOptions { CoreQuota = 10, OperationPolls = 0 });

    public void Dispose()
    {
        _client.Dispose();
    }

    // Azure/terraform-azurerm-avm's recorded run: 409 OperationNotAllowed.
    [Fact]
    public async Task A_machine_that_no_cores_are_left_for_is_refused_and_leaves_nothing()
    {
        using var refused = await Make("big", "Standard_D8s_v5", "westeurope");
        var error = (await SandboxClient.Json(refused))["error"]!;
        Assert.Equal((HttpStatusCode.Conflict, "OperationNotAllowed"), (refused.StatusCode, error["code"]!.GetValue<string>()));
        Assert.Contains(
            "results in exceeding approved Total Regional Cores quota. Additional details - Deployment Model: Resource Manager, Location: westeurope, Current Limit: 10, Current Usage: 6, Additional Required: 8, (Minimum) New Limit Required: 14.",
            error["message"]!.GetValue<string>(),
            StringComparison.Ordinal);
        using var machine = await _client.Send("GET", _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/big" + Version);
        Assert.Equal(HttpStatusCode.NotFound, machine.StatusCode);
    }

    [Fact]
    public async Task A_deallocated_machine_counts_and_a_deleted_one_does_not()
    {
        var machines = _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/";
        using var deallocated = await _client.Send("POST", machines + "tl-vm/deallocate" + Version);
        using var larger = await Resize("win-vm", "Standard_D8s_v5");
        Assert.Equal(HttpStatusCode.Conflict, larger.StatusCode);

        using var deleted = await _client.Send("DELETE", machines + "tl-vm" + Version);
        using var gone = await _client.Send("GET", machines + "tl-vm" + Version);
        using var fits = await Resize("win-vm", "Standard_D8s_v5");
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
    }

    private Task<HttpResponseMessage> Resize(string name, string size)
        => _client.SendJson("PATCH", _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/" + name + Version, "{\"properties\":{\"hardwareProfile\":{\"vmSize\":\"" + size + "\"}}}");

    private Task<HttpResponseMessage> Make(string name, string size, string location)
    {
        var json = """
            {"location":"LOCATION","properties":{"hardwareProfile":{"vmSize":"SIZE"},"osProfile":{"computerName":"a","adminUsername":"b"},
            "storageProfile":{"imageReference":{"publisher":"Canonical","offer":"ubuntu-24_04-lts","sku":"server","version":"latest"}},
            "networkProfile":{"networkInterfaces":[{"id":"GROUP/providers/Microsoft.Network/networkInterfaces/free-nic"}]}}}
            """;
        return _client.SendJson(
            "PUT",
            _client.GroupPath + "/providers/Microsoft.Compute/virtualMachines/" + name + Version,
            json.Replace("LOCATION", location, StringComparison.Ordinal).Replace("SIZE", size, StringComparison.Ordinal).Replace("GROUP", _client.GroupPath, StringComparison.Ordinal));
    }
}
