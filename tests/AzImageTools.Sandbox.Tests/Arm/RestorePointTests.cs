using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;

namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>Held against Azure/azure-rest-api-specs, restorePointExamples, and learn.microsoft.com/azure/virtual-machines/concepts-restore-points.</summary>
public sealed class RestorePointTests : IDisposable
{
    private readonly ManualClock _clock = new();
    private readonly SandboxClient _client;
    private readonly ComputeClient _machines;
    private readonly ComputeClient _disks;

    public RestorePointTests()
    {
        _client = new SandboxClient(new SandboxOptions { TimeProvider = _clock });
        _machines = new ComputeClient(_client, "2024-07-01");
        _disks = new ComputeClient(_client, "2025-01-02");
    }

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task A_point_holds_the_machines_model_and_a_restore_point_of_each_disk()
    {
        await Collection("win-vm");
        Assert.Null(ComputeClient.Error(await Point("first")));
        var point = (await _machines.Get("restorePointCollections/points/restorePoints/first"))["properties"]!;
        Assert.Equal("ApplicationConsistent", point["consistencyMode"]!.GetValue<string>());
        var metadata = point["sourceMetadata"]!;
        Assert.Equal("Standard_D2s_v5", metadata["hardwareProfile"]!["vmSize"]!.GetValue<string>());
        Assert.Equal("win-vm_OsDisk_1", metadata["storageProfile"]!["osDisk"]!["name"]!.GetValue<string>());
        Assert.Equal(0, Assert.Single(metadata["storageProfile"]!["dataDisks"]!.AsArray())!["lun"]!.GetValue<int>());
        var taken = (await _disks.Get("restorePointCollections/points/restorePoints/first/diskRestorePoints"))["value"]!.AsArray();
        Assert.Equal(2, taken.Count);
        var view = (await _machines.Get("restorePointCollections/points/restorePoints/first", "&$expand=instanceView"))["properties"]!["instanceView"]!;
        Assert.All(view["diskRestorePoints"]!.AsArray(), disk => Assert.Equal(100, disk!["replicationStatus"]!["completionPercent"]!.GetValue<int>()));
        var collection = (await _machines.Get("restorePointCollections/points", "&$expand=restorePoints"))["properties"]!;
        Assert.Equal("first", Assert.Single(collection["restorePoints"]!.AsArray())!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_disk_is_restored_from_it_in_its_own_region()
    {
        await Collection("linux-vm");
        await Point("first");
        var source = (await _machines.Get("restorePointCollections/points/restorePoints/first"))["properties"]!["sourceMetadata"]!["storageProfile"]!["osDisk"]!["diskRestorePoint"]!["id"]!.GetValue<string>();
        Assert.Null(ComputeClient.Error(await _disks.Do("PUT", "disks/back", Restore(source, "westeurope"))));
        Assert.Equal("Linux", (await _disks.Get("disks/back"))["properties"]!["osType"]!.GetValue<string>());
        Assert.Equal(_client.Cloud.FindDiskFile(_disks.Id("disks/linux-vm_OsDisk_1")), _client.Cloud.FindDiskFile(_disks.Id("disks/back")));
        Assert.Equal("InvalidParameter", ComputeClient.Error(await _disks.Do("PUT", "disks/elsewhere", Restore(source, "northeurope"))));
    }

    [Fact]
    public async Task An_hour_lies_between_two_points_of_a_machine()
    {
        await Collection("win-vm");
        await Point("first");
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal("OperationNotAllowed", ComputeClient.Error(await Point("second")));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(ComputeClient.Error(await Point("second")));
    }

    [Fact]
    public async Task Excluded_disks_are_left_out_and_a_shared_one_has_to_be()
    {
        await _disks.Do("PUT", "disks/shared", "{\"location\":\"westeurope\",\"sku\":{\"name\":\"Premium_LRS\"},\"properties\":{\"diskSizeGB\":256,\"maxShares\":2,\"creationData\":{\"createOption\":\"Empty\"}}}");
        var machine = new MachineClient(_client, "sharing");
        var made = await machine.Create(
            new JsonObject { ["publisher"] = "Canonical", ["offer"] = "ubuntu-24_04-lts", ["sku"] = "server", ["version"] = "latest" },
            edit: properties => properties["storageProfile"]!["dataDisks"] = new JsonArray(
                new JsonObject { ["lun"] = 1, ["createOption"] = "Attach", ["managedDisk"] = new JsonObject { ["id"] = _disks.Id("disks/shared") } }));
        Assert.Equal("Succeeded", made["status"]!.GetValue<string>());
        await Collection("sharing");
        Assert.Equal("OperationNotAllowed", ComputeClient.Error(await Point("first")));
        Assert.Null(ComputeClient.Error(await Point("first", ",\"excludeDisks\":[{\"id\":\"" + _disks.Id("disks/shared") + "\"}]")));
        Assert.Single((await _disks.Get("restorePointCollections/points/restorePoints/first/diskRestorePoints"))["value"]!.AsArray());
    }

    [Theory]
    [InlineData("UltraSSD_LRS")]
    [InlineData("PremiumV2_LRS")]
    public async Task Disks_whose_snapshots_take_time_are_not_crash_consistent_and_complete_later(string sku)
    {
        await _disks.Do("PUT", "disks/fast", "{\"location\":\"westeurope\",\"sku\":{\"name\":\"" + sku + "\"},\"properties\":{\"diskSizeGB\":8,\"creationData\":{\"createOption\":\"Empty\"}}}");
        var machine = new MachineClient(_client, "fast");
        await machine.Create(
            new JsonObject { ["publisher"] = "Canonical", ["offer"] = "ubuntu-24_04-lts", ["sku"] = "server", ["version"] = "latest" },
            edit: properties => properties["storageProfile"]!["dataDisks"] = new JsonArray(
                new JsonObject { ["lun"] = 1, ["createOption"] = "Attach", ["managedDisk"] = new JsonObject { ["id"] = _disks.Id("disks/fast") } }));
        await Collection("fast");
        Assert.Equal("OperationNotAllowed", ComputeClient.Error(await Point("first", ",\"consistencyMode\":\"CrashConsistent\"")));
        Assert.Null(ComputeClient.Error(await Point("first", ",\"consistencyMode\":\"ApplicationConsistent\"")));
        var seen = new List<int>();
        do
        {
            var view = (await _machines.Get("restorePointCollections/points/restorePoints/first", "&$expand=instanceView"))["properties"]!["instanceView"]!;
            seen.Add(view["diskRestorePoints"]!.AsArray().Min(disk => disk!["replicationStatus"]!["completionPercent"]!.GetValue<int>()));
        }
        while (seen[^1] < 100 && seen.Count < 20);

        Assert.True(seen[0] < 100);
        Assert.Equal(100, seen[^1]);
    }

    [Fact]
    public async Task A_taken_disk_is_read_through_an_access_that_keeps_the_point()
    {
        await Collection("linux-vm");
        await Point("first");
        var taken = (await Taken())["id"]!.GetValue<string>()[_disks.Id("").Length..];
        var granted = await _disks.Do("POST", taken + "/beginGetAccess", "{\"access\":\"Read\",\"durationInSeconds\":60}");
        var address = granted!["properties"]!["output"]!["accessSAS"]!.GetValue<string>();
        Assert.Equal((4L << 30) + 512, (await _client.PageBlob(new Uri(address)).GetPropertiesAsync()).Value.ContentLength);
        Assert.Equal("OperationNotAllowed", ComputeClient.Error(await _machines.Do("DELETE", "restorePointCollections/points/restorePoints/first")));
        await _disks.Do("POST", taken + "/endGetAccess");
        Assert.Null(ComputeClient.Error(await _machines.Do("DELETE", "restorePointCollections/points/restorePoints/first")));
    }

    [Fact]
    public async Task Deleting_a_collection_deletes_what_it_holds()
    {
        await Collection("win-vm");
        await Point("first");
        Assert.Equal("OperationNotAllowed", ComputeClient.Error(await _disks.Do("DELETE", (await Taken())["id"]!.GetValue<string>()[_disks.Id("").Length..])));
        await _machines.Do("DELETE", "restorePointCollections/points");
        Assert.Equal("ResourceNotFound", ComputeClient.Error(await _machines.Get("restorePointCollections/points")));
        Assert.Equal("ParentResourceNotFound", ComputeClient.Error(await _machines.Get("restorePointCollections/points/restorePoints/first")));
    }

    private static string Restore(string source, string location)
    {
        return "{\"location\":\"" + location + "\",\"properties\":{\"creationData\":{\"createOption\":\"Restore\",\"sourceResourceId\":\"" + source + "\"}}}";
    }

    private async Task<JsonNode> Taken()
    {
        return (await _disks.Get("restorePointCollections/points/restorePoints/first/diskRestorePoints"))["value"]![0]!;
    }

    private async Task Collection(string machine)
    {
        var answer = await _machines.Do("PUT", "restorePointCollections/points", "{\"location\":\"westeurope\",\"properties\":{\"source\":{\"id\":\"" + _machines.Id("virtualMachines/" + machine) + "\"}}}");
        Assert.Null(ComputeClient.Error(answer));
    }

    private Task<JsonNode?> Point(string name, string properties = "")
    {
        return _machines.Do("PUT", "restorePointCollections/points/restorePoints/" + name, "{\"properties\":{" + properties.TrimStart(',') + "}}");
    }
}
