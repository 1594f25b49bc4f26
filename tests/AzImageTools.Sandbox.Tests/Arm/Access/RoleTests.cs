using System.Net;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm.Access;

/// <summary>https://learn.microsoft.com/azure/role-based-access-control/troubleshooting and answers recorded by many.</summary>
public sealed class RoleTests : IDisposable
{
    private const string Version = "?api-version=2023-07-01";

    private const string DiskVersion = "?api-version=2023-04-02";

    private readonly SandboxClient _client = new(new SandboxOptions { OperationPolls = 0 });

    private string Compute => _client.GroupPath + "/providers/Microsoft.Compute/";

    private string Client => $"The client '{_client.Cloud.Access.Client}' with object id '{_client.Cloud.Access.ObjectId}' ";

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_reader_reads_and_no_more()
    {
        _client.Cloud.Access.Restrict(new SandboxRole("/subscriptions/" + _client.Cloud.SubscriptionId, ["*/read"]));
        using var read = await _client.Send("GET", Compute + "disks/win-vm_DataDisk_0" + DiskVersion);
        using var listed = await _client.Send("GET", Compute + "virtualMachines" + Version);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (read.StatusCode, listed.StatusCode));
        await Refused(
            await _client.Send("POST", Compute + "virtualMachines/win-vm/deallocate" + Version),
            "AuthorizationFailed",
            Client + $"does not have authorization to perform action 'Microsoft.Compute/virtualMachines/deallocate/action' over scope '{Compute}virtualMachines/win-vm' or the scope is invalid. If access was recently granted, please refresh your credentials.");
        await Refused(
            await _client.Send("DELETE", _client.GroupPath + Version),
            "AuthorizationFailed",
            Client + $"does not have authorization to perform action 'Microsoft.Resources/subscriptions/resourceGroups/delete' over scope '{_client.GroupPath}' or the scope is invalid. If access was recently granted, please refresh your credentials.");
        using var kept = await _client.Send("GET", Compute + "virtualMachines/win-vm" + Version);
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);

        _client.Cloud.Access.Reset();
        using var allowed = await _client.Send("POST", Compute + "virtualMachines/win-vm/deallocate" + Version);
        Assert.Equal(HttpStatusCode.Accepted, allowed.StatusCode);
    }

    [Fact]
    public async Task A_role_holds_in_its_scope_and_without_what_it_leaves_out()
    {
        _client.Cloud.Access.Restrict(new SandboxRole(Compute + "disks/win-vm_DataDisk_0", ["Microsoft.Compute/disks/*"]) { NotActions = ["Microsoft.Compute/disks/delete"] });
        using var tagged = await _client.SendJson("PATCH", Compute + "disks/win-vm_DataDisk_0" + DiskVersion, "{\"tags\":{}}");
        Assert.Equal(HttpStatusCode.Accepted, tagged.StatusCode);
        foreach (var (method, path) in new[] { ("DELETE", "disks/win-vm_DataDisk_0"), ("GET", "disks/win-vm_OsDisk_1"), ("GET", "disks") })
        {
            using var refused = await _client.Send(method, Compute + path + DiskVersion);
            Assert.Equal((HttpStatusCode.Forbidden, "AuthorizationFailed"), (refused.StatusCode, await SandboxClient.ErrorCode(refused)));
        }
    }

    [Theory]
    [InlineData("snapshots/copy", "{\"creationData\":{\"createOption\":\"Copy\",\"sourceResourceId\":\"COMPUTEdisks/win-vm_OsDisk_1\"}}", "Microsoft.Compute/disks/beginGetAccess/action", "COMPUTEdisks/win-vm_OsDisk_1")]
    [InlineData("images/captured", "{\"sourceVirtualMachine\":{\"id\":\"COMPUTEvirtualMachines/win-vm\"}}", "Microsoft.Compute/virtualMachines/read", "COMPUTEvirtualMachines/win-vm")]
    [InlineData("galleries/sandboxGallery/images/windows-server/versions/1.0.0", "{\"storageProfile\":{\"source\":{\"id\":\"COMPUTEvirtualMachines/win-vm\"}}}", "Microsoft.Compute/virtualMachines/read", "COMPUTEvirtualMachines/win-vm")]
    [InlineData("virtualMachines/made", "{\"networkProfile\":{\"networkInterfaces\":[{\"id\":\"NETWORKnetworkInterfaces/free-nic\"}]}}", "Microsoft.Network/networkInterfaces/join/action", "NETWORKnetworkInterfaces/free-nic")]
    public async Task What_a_request_links_to_must_be_allowed_too(string path, string properties, string action, string scope)
    {
        string Expand(string text) => text.Replace("COMPUTE", Compute, StringComparison.Ordinal).Replace("NETWORK", _client.GroupPath + "/providers/Microsoft.Network/", StringComparison.Ordinal);
        _client.Cloud.Access.Deny(action);
        using var response = await _client.SendJson("PUT", Compute + path + "?api-version=" + (path.StartsWith("gall", StringComparison.Ordinal) ? "2023-07-03" : path.StartsWith("snap", StringComparison.Ordinal) ? "2023-04-02" : "2023-07-01"), "{\"location\":\"westeurope\",\"properties\":" + Expand(properties) + "}");
        var type = path.StartsWith("gall", StringComparison.Ordinal) ? "galleries/images/versions" : path.Split('/')[0];
        await Refused(
            response,
            "LinkedAuthorizationFailed",
            Client + $"has permission to perform action 'Microsoft.Compute/{type}/write' on scope '{Compute}{path}'; however, it does not have permission to perform action(s) '{action}' on the linked scope(s) '{Expand(scope)}' (respectively) or the linked scope(s) are invalid.");
    }

    [Fact]
    public async Task An_interface_joins_a_subnet_only_where_that_is_allowed()
    {
        var network = _client.GroupPath + "/providers/Microsoft.Network/";
        _client.Cloud.Access.Deny("Microsoft.Network/virtualNetworks/subnets/join/action", network + "virtualNetworks/sandbox-vnet");
        using var refused = await _client.SendJson(
            "PUT",
            network + "networkInterfaces/new?api-version=2025-05-01",
            "{\"location\":\"westeurope\",\"properties\":{\"ipConfigurations\":[{\"name\":\"a\",\"properties\":{\"subnet\":{\"id\":\"" + network + "virtualNetworks/sandbox-vnet/subnets/default\"}}}]}}");
        Assert.Equal((HttpStatusCode.Forbidden, "LinkedAuthorizationFailed"), (refused.StatusCode, await SandboxClient.ErrorCode(refused)));
    }

    [Fact]
    public async Task What_is_allowed_is_told_in_each_place()
    {
        const string PermissionVersion = "/providers/Microsoft.Authorization/permissions?api-version=2022-04-01";
        Assert.Equal("[{\"actions\":[\"*\"],\"notActions\":[],\"dataActions\":[\"*\"],\"notDataActions\":[]}]", await Permissions(_client.GroupPath));
        _client.Cloud.Access.Restrict(
            new SandboxRole("/subscriptions/" + _client.Cloud.SubscriptionId, ["*/read"]),
            new SandboxRole(Compute + "disks/win-vm_DataDisk_0", ["Microsoft.Compute/disks/*"]) { NotActions = ["Microsoft.Compute/disks/delete"] });
        Assert.Equal("[{\"actions\":[\"*/read\"],\"notActions\":[],\"dataActions\":[],\"notDataActions\":[]}]", await Permissions(_client.GroupPath));
        Assert.Equal(
            "[{\"actions\":[\"*/read\"],\"notActions\":[],\"dataActions\":[],\"notDataActions\":[]},{\"actions\":[\"Microsoft.Compute/disks/*\"],\"notActions\":[\"Microsoft.Compute/disks/delete\"],\"dataActions\":[],\"notDataActions\":[]}]",
            await Permissions(Compute + "disks/win-vm_DataDisk_0"));
        _client.Cloud.Access.Reset();
        _client.Cloud.Access.Deny("Microsoft.Compute/snapshots/write");
        Assert.Contains("\"notActions\":[\"Microsoft.Compute/snapshots/write\"]", await Permissions(_client.GroupPath), StringComparison.Ordinal);

        async Task<string> Permissions(string scope)
        {
            using var response = await _client.Send("GET", scope + PermissionVersion);
            return (await SandboxClient.Json(response))["value"]!.ToJsonString();
        }
    }

    private static async Task Refused(HttpResponseMessage response, string code, string message)
    {
        using (response)
        {
            var error = (await SandboxClient.Json(response))["error"]!;
            Assert.Equal((HttpStatusCode.Forbidden, code, message), (response.StatusCode, error["code"]!.GetValue<string>(), error["message"]!.GetValue<string>()));
        }
    }
}
