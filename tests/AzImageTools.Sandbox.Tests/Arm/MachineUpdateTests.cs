using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class MachineUpdateTests : IDisposable
{
    private const string Version = "?api-version=2023-07-01";

    private readonly SandboxClient _client = new(new SandboxOptions { OperationPolls = 0 });

    private string Compute => _client.GroupPath + "/providers/Microsoft.Compute/";

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_disk_is_attached_by_an_update_and_detached_by_one_that_leaves_it_out()
    {
        await MakeDisk("extra");
        var disks = await DataDisks("win-vm");
        disks.Add(Attach("extra", lun: 1));
        var updated = await Put("win-vm", disks);
        Assert.Equal(["win-vm_DataDisk_0", "extra"], Names(updated));
        Assert.Equal(("Attached", Compute + "virtualMachines/win-vm"), await StateOf("extra"));

        await Put("win-vm", [disks[0]!.DeepClone()]);
        Assert.Equal(["win-vm_DataDisk_0"], Names(await Machine("win-vm")));
        Assert.Equal(("Unattached", null), await StateOf("extra"));

        await Patch("win-vm", []);
        Assert.Empty(Names(await Machine("win-vm")));
        Assert.Equal(("Unattached", null), await StateOf("win-vm_DataDisk_0"));
    }

    [Fact]
    public async Task An_update_that_says_nothing_of_disks_leaves_them()
    {
        using var response = await _client.SendJson("PATCH", Compute + "virtualMachines/win-vm" + Version, "{\"tags\":{\"a\":\"b\"}}");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(["win-vm_DataDisk_0"], Names(await Machine("win-vm")));
    }

    [Fact]
    public async Task A_new_empty_disk_is_made_and_one_that_is_to_be_detached_goes()
    {
        var kept = (await DataDisks("win-vm"))[0]!.DeepClone();
        kept["toBeDetached"] = true;
        var made = new JsonObject { ["lun"] = 3, ["name"] = "fresh", ["createOption"] = "Empty", ["diskSizeGB"] = 2 };
        Assert.Equal(["fresh"], Names(await Patch("win-vm", [kept, made])));
        Assert.Equal(("Attached", Compute + "virtualMachines/win-vm"), await StateOf("fresh"));
        Assert.Equal(("Unattached", null), await StateOf("win-vm_DataDisk_0"));
    }

    [Fact]
    public async Task A_disk_of_a_deallocated_machine_is_reserved_and_made_larger_by_the_machines_update()
    {
        using var deallocated = await _client.Send("POST", Compute + "virtualMachines/win-vm/deallocate" + Version);
        await MakeDisk("extra");
        var disks = await DataDisks("win-vm");
        disks[0]!["diskSizeGB"] = 6;
        disks.Add(Attach("extra", lun: 1));
        await Put("win-vm", disks);
        Assert.Equal(("Reserved", Compute + "virtualMachines/win-vm"), await StateOf("extra"));
        var larger = await Get("disks/win-vm_DataDisk_0");
        Assert.Equal(6, larger["properties"]!["diskSizeGB"]!.GetValue<int>());
    }

    // https://learn.microsoft.com/troubleshoot/azure/virtual-machines/error-messages (ConflictingUserInput, InvalidParameter, Conflict),
    // Azure/aks-engine's recorded answers (PropertyChangeNotAllowed).
    [Theory]
    [InlineData("[{\"lun\":0,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/extra\"}},{\"lun\":0,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/win-vm_DataDisk_0\"}}]", 400, "InvalidParameter", "already uses the same LUN: 0.")]
    [InlineData("[{\"lun\":64,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/extra\"}}]", 400, "InvalidParameter", "dataDisk.lun")]
    [InlineData("[{\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/extra\"}}]", 400, "InvalidParameter", "dataDisk.lun")]
    [InlineData("[{\"lun\":1,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/linux-vm_OsDisk_1\"}}]", 409, "ConflictingUserInput", "cannot be attached as the disk is already owned by VM")]
    [InlineData("[{\"lun\":1,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/uploading\"}}]", 409, "OperationNotAllowed", "ReadyToUpload")]
    [InlineData("[{\"lun\":1,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/nosuch\"}}]", 404, "ResourceNotFound", "nosuch")]
    [InlineData("[{\"lun\":1,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/elsewhere\"}}]", 400, "InvalidParameter", "eastus")]
    [InlineData("[{\"lun\":5,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/win-vm_DataDisk_0\"}}]", 409, "PropertyChangeNotAllowed", "dataDisk.lun")]
    [InlineData("[{\"lun\":0,\"createOption\":\"Empty\",\"name\":\"win-vm_DataDisk_0\"}]", 409, "PropertyChangeNotAllowed", "dataDisk.createOption")]
    [InlineData("[{\"lun\":0,\"createOption\":\"Attach\",\"name\":\"win-vm_DataDisk_0\",\"diskSizeGB\":9}]", 409, "Conflict", "Disk resizing is allowed only when")]
    [InlineData("[{\"lun\":1,\"createOption\":\"Empty\"}]", 400, "InvalidParameter", "diskSizeGB")]
    [InlineData("[{\"lun\":1,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/extra\"}},{\"lun\":2,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"DISKS/extra\"}}]", 409, "ConflictingUserInput", "already owned by VM")]
    [InlineData("[{\"lun\":1,\"createOption\":\"Empty\",\"name\":\"extra\",\"diskSizeGB\":1}]", 409, "Conflict", "'extra' already exists")]
    [InlineData("[{\"lun\":1,\"createOption\":\"Empty\",\"name\":\"new\",\"diskSizeGB\":1},{\"lun\":2,\"createOption\":\"Empty\",\"name\":\"NEW\",\"diskSizeGB\":1}]", 409, "Conflict", "already exists")]
    public async Task A_change_that_azure_refuses_changes_nothing(string disks, int status, string code, string text)
    {
        await MakeDisk("extra");
        await MakeDisk("elsewhere", location: "eastus");
        await MakeDisk("uploading", creation: "{\"createOption\":\"Upload\",\"uploadSizeBytes\":20972032}");
        using var response = await _client.SendJson(
            "PATCH",
            Compute + "virtualMachines/win-vm" + Version,
            "{\"properties\":{\"storageProfile\":{\"dataDisks\":" + disks.Replace("DISKS", Compute + "disks", StringComparison.Ordinal) + "}}}");
        var error = (await SandboxClient.Json(response))["error"]!;
        Assert.Equal((status, code), ((int)response.StatusCode, error["code"]!.GetValue<string>()));
        Assert.Contains(text, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(["win-vm_DataDisk_0"], Names(await Machine("win-vm")));
        Assert.Equal(("Attached", Compute + "virtualMachines/win-vm"), await StateOf("win-vm_DataDisk_0"));
        Assert.Equal(("Unattached", null), await StateOf("extra"));
    }

    // https://learn.microsoft.com/troubleshoot/azure/virtual-machines/error-messages; a Standard_D2s_v5 takes 4.
    [Fact]
    public async Task A_size_takes_only_so_many_data_disks()
    {
        var disks = new JsonArray([.. Enumerable.Range(0, 5).Select(lun => new JsonObject { ["lun"] = lun, ["createOption"] = "Empty", ["diskSizeGB"] = 1 })]);
        using var refused = await _client.SendJson("PATCH", Compute + "virtualMachines/linux-vm" + Version, Change(disks).ToJsonString());
        var error = (await SandboxClient.Json(refused))["error"]!;
        Assert.Equal((HttpStatusCode.Conflict, "OperationNotAllowed"), (refused.StatusCode, error["code"]!.GetValue<string>()));
        Assert.Equal("The maximum number of data disks allowed to be attached to a VM of this size is 4.", error["message"]!.GetValue<string>());
        disks.RemoveAt(4);
        await Patch("linux-vm", disks);
        using var smaller = await _client.SendJson("PATCH", Compute + "virtualMachines/linux-vm" + Version, "{\"properties\":{\"hardwareProfile\":{\"vmSize\":\"Standard_B1s\"}}}");
        Assert.Equal((HttpStatusCode.Conflict, "OperationNotAllowed"), (smaller.StatusCode, await SandboxClient.ErrorCode(smaller)));
    }

    // https://learn.microsoft.com/azure/virtual-machines/windows/os-disk-swap
    [Fact]
    public async Task The_os_disk_is_swapped_for_another_while_the_machine_does_not_run()
    {
        var swap = new JsonObject { ["storageProfile"] = new JsonObject { ["osDisk"] = new JsonObject { ["managedDisk"] = new JsonObject { ["id"] = Compute + "disks/other" } } } };
        await MakeDisk("other", creation: "{\"createOption\":\"Copy\",\"sourceResourceId\":\"" + Compute + "disks/win-vm_OsDisk_1\"}");
        using var running = await _client.SendJson("PATCH", Compute + "virtualMachines/win-vm" + Version, new JsonObject { ["properties"] = swap.DeepClone() }.ToJsonString());
        Assert.Equal((HttpStatusCode.Conflict, "OperationNotAllowed"), (running.StatusCode, await SandboxClient.ErrorCode(running)));

        using var deallocated = await _client.Send("POST", Compute + "virtualMachines/win-vm/deallocate" + Version);
        await Machine("win-vm");
        var swapped = await Send("PATCH", "virtualMachines/win-vm", new JsonObject { ["properties"] = swap });
        Assert.Equal("other", swapped["properties"]!["storageProfile"]!["osDisk"]!["name"]!.GetValue<string>());
        Assert.Equal(("Reserved", Compute + "virtualMachines/win-vm"), await StateOf("other"));
        Assert.Equal(("Unattached", null), await StateOf("win-vm_OsDisk_1"));
    }

    [Theory]
    [InlineData("\"dataDisks\":[{\"lun\":1,\"createOption\":\"Empty\"}]", "InvalidParameter")]
    [InlineData("\"dataDisks\":[{\"lun\":1,\"createOption\":\"Attach\",\"managedDisk\":{\"id\":\"COMPUTE/disks/other\"}}]", "ConflictingUserInput")]
    [InlineData("\"dataDisks\":[{\"lun\":0,\"createOption\":\"Attach\",\"name\":\"win-vm_DataDisk_0\",\"diskSizeGB\":1}]", "OperationNotAllowed")]
    [InlineData("\"dataDisks\":[]},\"networkProfile\":{\"networkInterfaces\":[{\"id\":\"GROUP/providers/Microsoft.Network/networkInterfaces/nosuch\"}]", "ResourceNotFound")]
    public async Task A_refusal_of_anything_else_leaves_the_os_disk_and_the_data_disks(string rest, string code)
    {
        await MakeDisk("other", creation: "{\"createOption\":\"Copy\",\"sourceResourceId\":\"" + Compute + "disks/win-vm_OsDisk_1\"}");
        using var deallocated = await _client.Send("POST", Compute + "virtualMachines/win-vm/deallocate" + Version);
        var before = (await Machine("win-vm")).ToJsonString();
        using var refused = await _client.SendJson(
            "PATCH",
            Compute + "virtualMachines/win-vm" + Version,
            "{\"properties\":{\"storageProfile\":{\"osDisk\":{\"managedDisk\":{\"id\":\"" + Compute + "disks/other\"}},"
            + rest.Replace("COMPUTE/", Compute, StringComparison.Ordinal).Replace("GROUP", _client.GroupPath, StringComparison.Ordinal) + "}}}");
        Assert.Equal(code, await SandboxClient.ErrorCode(refused));
        Assert.Equal(before, (await Machine("win-vm")).ToJsonString());
        Assert.Equal(("Unattached", null), await StateOf("other"));
        Assert.Equal(("Reserved", Compute + "virtualMachines/win-vm"), await StateOf("win-vm_OsDisk_1"));
        Assert.Equal(("Reserved", Compute + "virtualMachines/win-vm"), await StateOf("win-vm_DataDisk_0"));
    }

    private static List<string> Names(JsonNode machine)
        => [.. machine["properties"]!["storageProfile"]!["dataDisks"]!.AsArray().Select(disk => disk!["name"]!.GetValue<string>())];

    private static JsonObject Change(JsonArray disks)
        => new() { ["location"] = "westeurope", ["properties"] = new JsonObject { ["storageProfile"] = new JsonObject { ["dataDisks"] = disks.DeepClone() } } };

    private JsonObject Attach(string name, int lun)
        => new() { ["lun"] = lun, ["createOption"] = "Attach", ["managedDisk"] = new JsonObject { ["id"] = Compute + "disks/" + name } };

    private Task<JsonNode> Put(string name, JsonArray disks) => Send("PUT", "virtualMachines/" + name, Change(disks));

    private Task<JsonNode> Patch(string name, JsonArray disks) => Send("PATCH", "virtualMachines/" + name, Change(disks));

    private Task<JsonNode> Machine(string name) => Get("virtualMachines/" + name);

    private async Task<JsonArray> DataDisks(string name)
        => (await Machine(name))["properties"]!["storageProfile"]!["dataDisks"]!.DeepClone().AsArray();

    private async Task<(string State, string? Owner)> StateOf(string disk)
    {
        var document = await Get("disks/" + disk);
        return (document["properties"]!["diskState"]!.GetValue<string>(), document["managedBy"]?.GetValue<string>());
    }

    private Task MakeDisk(string name, string location = "westeurope", string creation = "{\"createOption\":\"Empty\"}")
        => Send("PUT", "disks/" + name, JsonNode.Parse("{\"location\":\"" + location + "\",\"properties\":{\"creationData\":" + creation + (creation.Contains("Empty", StringComparison.Ordinal) ? ",\"diskSizeGB\":1" : "") + "}}")!);

    private static string VersionOf(string path) => path.StartsWith("disks/", StringComparison.Ordinal) ? "?api-version=2023-04-02" : Version;

    private async Task<JsonNode> Send(string method, string path, JsonNode body)
    {
        using var response = await _client.SendJson(method, Compute + path + VersionOf(path), body.ToJsonString());
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await Get(path);
    }

    private async Task<JsonNode> Get(string path)
    {
        using var response = await _client.Send("GET", Compute + path + VersionOf(path));
        return await SandboxClient.Json(response);
    }
}
