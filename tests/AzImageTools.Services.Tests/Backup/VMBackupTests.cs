using System.Text.Json.Nodes;
using AzImageTools.Services.Backup;

namespace AzImageTools.Services.Tests.Backup;

public sealed class VMBackupTests
{
    private const string Machine = "win-vm";
    private const string Keys = """{"location":"westeurope","identity":{"type":"SystemAssigned"},"properties":{"activeKey":{"keyUrl":"https://vault.vault.azure.net/keys/key/KEY"}}}""";

    [Theory]
    [InlineData(VMBackupKind.Snapshot)]
    [InlineData(VMBackupKind.RestorePoint)]
    public async Task A_machine_of_which_nothing_is_left_comes_back_as_it_was_and_boots(VMBackupKind kind)
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        await DressAsync(cloud);
        JsonObject before = await cloud.MachineAsync(Machine);
        JsonObject card = await cloud.GetAsync("Microsoft.Network/networkInterfaces/win-vm-nic");
        VMBackup backup = await cloud.BackUpAsync(Machine, kind);
        await cloud.DeleteWithAllAsync(Machine);

        RestoredVM restored = await cloud.RestoreAsync(backup);

        JsonObject after = await cloud.MachineAsync(Machine);
        Assert.Equal(RestoreMethod.Recreated, restored.Method);
        Assert.Equal(["agent"], restored.MissingExtensions);
        Assert.Equal([cloud.Id("Microsoft.Network/networkInterfaces/win-vm-nic")], restored.InterfaceIds, StringComparer.OrdinalIgnoreCase);
        Assert.True(BackupCloud.HasBooted(after));
        foreach (string name in new[] { "hardwareProfile", "securityProfile", "diagnosticsProfile", "licenseType", "networkProfile" })
        {
            Assert.True(JsonNode.DeepEquals(before["properties"]![name], after["properties"]![name]), name);
        }

        Assert.Equal("it", (string?)after["tags"]!["cost"]);
        Assert.Equal(Shape(before), Shape(after));
        Assert.Equal((string?)Address(card)["privateIPAddress"], (string?)Address(await cloud.GetAsync("Microsoft.Network/networkInterfaces/win-vm-nic"))["privateIPAddress"]);
    }

    [Fact]
    public async Task A_restore_in_place_puts_the_disks_back_and_keeps_those_that_were_there()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        VMBackup backup = await cloud.BackUpAsync(Machine);
        Assert.Equal(VMBackupKind.RestorePoint, backup.Kind);

        RestoredVM restored = await cloud.RestoreAsync(backup);

        JsonObject machine = await cloud.MachineAsync(Machine);
        Assert.Equal(RestoreMethod.DisksReplaced, restored.Method);
        Assert.Empty(restored.MissingExtensions);
        Assert.Equal("running", BackupCloud.Power(machine));
        Assert.True(BackupCloud.HasBooted(machine));
        Assert.Equal(restored.DiskIds, DiskIds(machine), StringComparer.OrdinalIgnoreCase);
        Assert.Equal([cloud.Id("Microsoft.Compute/disks/win-vm_OsDisk_1"), cloud.Id("Microsoft.Compute/disks/win-vm_DataDisk_0")], restored.ReplacedDiskIds, StringComparer.OrdinalIgnoreCase);
        Assert.Equal("Unattached", (string?)(await cloud.GetAsync("Microsoft.Compute/disks/win-vm_OsDisk_1"))["properties"]!["diskState"]);
    }

    [Fact]
    public async Task A_machine_that_was_stopped_stays_stopped_when_its_disks_are_exchanged()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        await cloud.PostAsync($"Microsoft.Compute/virtualMachines/{Machine}/deallocate");
        VMBackup backup = await cloud.BackUpAsync(Machine);
        Assert.True(backup.IsOfStoppedMachine);

        await cloud.RestoreAsync(backup);

        Assert.Equal("deallocated", BackupCloud.Power(await cloud.MachineAsync(Machine)));
    }

    [Fact]
    public async Task A_generalized_machine_makes_room_for_its_backup()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        VMBackup backup = await cloud.BackUpAsync(Machine);
        await cloud.PostAsync($"Microsoft.Compute/virtualMachines/{Machine}/deallocate");
        await cloud.PostAsync($"Microsoft.Compute/virtualMachines/{Machine}/generalize");

        RestoredVM restored = await cloud.RestoreAsync(backup);

        JsonObject machine = await cloud.MachineAsync(Machine);
        Assert.Equal(RestoreMethod.Recreated, restored.Method);
        Assert.True(BackupCloud.HasBooted(machine));
        Assert.DoesNotContain("OSState/generalized", machine.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_beside_has_its_own_disks_and_interface_and_leaves_the_first_alone()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        await DressAsync(cloud);
        VMBackup backup = await cloud.BackUpAsync(Machine);
        string before = (await cloud.GetAsync($"Microsoft.Compute/virtualMachines/{Machine}")).ToJsonString();

        RestoredVM restored = await cloud.RestoreAsync(backup, "second");

        Assert.Equal(RestoreMethod.Beside, restored.Method);
        Assert.Equal(before, (await cloud.GetAsync($"Microsoft.Compute/virtualMachines/{Machine}")).ToJsonString());
        Assert.True(BackupCloud.HasBooted(await cloud.MachineAsync("second")));
        JsonNode address = Address(await cloud.GetAsync("Microsoft.Network/networkInterfaces/second-nic"));
        Assert.Equal("Dynamic", (string?)address["privateIPAllocationMethod"]);
        Assert.Contains(cloud.Log.Warnings, warning => warning.Contains("second machine with the identity", StringComparison.Ordinal));
        Assert.Contains(cloud.Log.Warnings, warning => warning.Contains("agent (Microsoft.Azure.Monitor.AzureMonitorWindowsAgent)", StringComparison.Ordinal));
        Assert.Equal("VMAlreadyExists", (await Assert.ThrowsAsync<ImageServiceException>(() => cloud.PlanRestoreAsync(backup, "second"))).ErrorId);
    }

    [Fact]
    public async Task A_snapshot_whose_data_comes_later_is_waited_for()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        await cloud.PutAsync("Microsoft.Compute/disks/fast", """{"location":"westeurope","sku":{"name":"PremiumV2_LRS"},"properties":{"diskSizeGB":8,"diskIOPSReadWrite":5000,"creationData":{"createOption":"Empty"}}}""");
        JsonObject machine = await cloud.MachineAsync(Machine);
        JsonArray disks = (JsonArray)machine["properties"]!["storageProfile"]!["dataDisks"]!.DeepClone();
        disks.Add(new JsonObject { ["lun"] = 5, ["createOption"] = "Attach", ["managedDisk"] = new JsonObject { ["id"] = cloud.Id("Microsoft.Compute/disks/fast") } });
        await cloud.PatchAsync($"Microsoft.Compute/virtualMachines/{Machine}", new JsonObject { ["properties"] = new JsonObject { ["storageProfile"] = new JsonObject { ["dataDisks"] = disks } } }.ToJsonString());

        VMBackup backup = await cloud.BackUpAsync(Machine);

        Assert.Equal(VMBackupKind.Snapshot, backup.Kind);
        Assert.Equal(3, backup.DiskIds.Count);
        Assert.Equal(100, (int)(await cloud.GetAsync("Microsoft.Compute/snapshots/saved-lun5"))["properties"]!["completionPercent"]!);
        RestoredVM restored = await cloud.RestoreAsync(backup, "second");
        Assert.Equal("PremiumV2_LRS", (string?)(await cloud.GetAsync($"Microsoft.Compute/disks/{restored.DiskIds[2].Split('/')[^1]}"))["sku"]!["name"]);
    }

    [Fact]
    public async Task Keys_and_who_may_read_a_disk_out_go_along()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        await cloud.PutAsync("Microsoft.Compute/diskEncryptionSets/keys", Keys);
        string encryption = $$""" {"type":"EncryptionAtRestWithCustomerKey","diskEncryptionSetId":"{{cloud.Id("Microsoft.Compute/diskEncryptionSets/keys")}}"} """;
        VMBackup first = await cloud.BackUpAsync("linux-vm");
        await cloud.DeleteWithAllAsync("linux-vm");
        await cloud.PutAsync(
            "Microsoft.Compute/disks/locked",
            $$""" {"location":"westeurope","properties": {"creationData": {"createOption":"Restore","sourceResourceId":"{{first.DiskIds[0]}}"} ,"encryption":{{encryption}},"networkAccessPolicy":"DenyAll"} } """);
        await cloud.PutAsync(
            "Microsoft.Compute/virtualMachines/locked-vm",
            $$""" {"location":"westeurope","properties": {"hardwareProfile": {"vmSize":"Standard_D2s_v5"} ,"storageProfile": {"osDisk": {"osType":"Linux","createOption":"Attach","managedDisk": {"id":"{{cloud.Id("Microsoft.Compute/disks/locked")}}"} } } ,"networkProfile": {"networkInterfaces":[ {"id":"{{cloud.Id("Microsoft.Network/networkInterfaces/free-nic")}}"} ]} } } """);
        await cloud.DeleteAsync("Microsoft.Compute/restorePointCollections/saved");

        VMBackup backup = await cloud.BackUpAsync("locked-vm");
        RestoredVM restored = await cloud.RestoreAsync(backup, "second");

        // A restore point would not keep the key.
        Assert.Equal(VMBackupKind.Snapshot, backup.Kind);
        foreach (JsonObject copy in new[] { await cloud.GetAsync("Microsoft.Compute/snapshots/saved-os"), await cloud.GetAsync($"Microsoft.Compute/disks/{restored.DiskIds[0].Split('/')[^1]}") })
        {
            Assert.Equal("DenyAll", (string?)copy["properties"]!["networkAccessPolicy"]);
            Assert.EndsWith("/keys", (string?)copy["properties"]!["encryption"]!["diskEncryptionSetId"], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("tags.azimagetools-model-01", "eJwrSS0uAQAEXQHB", "BackupModelDamaged")]
    [InlineData("tags.azimagetools-model", "1 0011223344556677", "BackupModelDamaged")]
    [InlineData("tags.azimagetools-model", "x", "BackupModelDamaged")]
    [InlineData("tags.azimagetools-model", null, "BackupNotFound")]
    [InlineData("saved-lun0", null, "BackupIncomplete")]
    public async Task A_backup_that_is_not_whole_is_told_before_anything_is_made(string place, string? value, string errorId)
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        VMBackup backup = await cloud.BackUpAsync(Machine, VMBackupKind.Snapshot);
        if (place.StartsWith("tags.", StringComparison.Ordinal))
        {
            JsonObject tags = (JsonObject)(await cloud.GetAsync("Microsoft.Compute/snapshots/saved-os"))["tags"]!.DeepClone();
            tags.Remove(place["tags.".Length..]);
            if (value is not null)
            {
                tags[place["tags.".Length..]] = value;
            }

            await cloud.PatchAsync("Microsoft.Compute/snapshots/saved-os", new JsonObject { ["tags"] = tags }.ToJsonString());
        }
        else
        {
            await cloud.DeleteAsync($"Microsoft.Compute/snapshots/{place}");
        }

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => cloud.PlanRestoreAsync(backup));

        Assert.Equal(errorId, failure.ErrorId);
        Assert.NotEmpty(failure.Remedy);
    }

    [Fact]
    public async Task An_interface_that_another_machine_has_by_now_is_not_taken_from_it()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        VMBackup backup = await cloud.BackUpAsync(Machine);
        await cloud.DeleteAsync($"Microsoft.Compute/virtualMachines/{Machine}");
        string card = $$""" {"properties": {"networkProfile": {"networkInterfaces":[ {"id":"{{cloud.Id("Microsoft.Network/networkInterfaces/win-vm-nic")}}"} ]} } } """;
        await cloud.PatchAsync("Microsoft.Compute/virtualMachines/linux-vm", card);

        Assert.Equal("NetworkInterfaceInUse", (await Assert.ThrowsAsync<ImageServiceException>(() => cloud.PlanRestoreAsync(backup))).ErrorId);
        Assert.True(BackupCloud.HasBooted(await Restored()));

        async Task<JsonObject> Restored()
        {
            await cloud.RestoreAsync(backup, "second");
            return await cloud.MachineAsync("second");
        }
    }

    [Fact]
    public async Task The_snapshot_of_a_capture_brings_the_machine_back_with_the_data_disks_that_it_has()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();
        await DressAsync(cloud);
        JsonObject before = await cloud.MachineAsync(Machine);
        string snapshot = await cloud.CaptureAsync(Machine);

        RestoredVM restored = await cloud.RestoreAsync(snapshot);

        JsonObject after = await cloud.MachineAsync(Machine);
        Assert.Equal(RestoreMethod.Recreated, restored.Method);
        Assert.True(BackupCloud.HasBooted(after));
        Assert.Equal(cloud.Id("Microsoft.Compute/disks/win-vm_DataDisk_0"), DiskIds(after).Last(), ignoreCase: true);
        Assert.Equal((string?)before["properties"]!["hardwareProfile"]!["vmSize"], (string?)after["properties"]!["hardwareProfile"]!["vmSize"]);
        Assert.Equal("it", (string?)after["tags"]!["cost"]);
    }

    [Fact]
    public async Task More_tags_than_leave_room_for_the_model_are_refused()
    {
        using BackupCloud cloud = await BackupCloud.StartAsync();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(
            () => cloud.PlanBackupAsync(Machine, tag: Enumerable.Range(0, 45).ToDictionary(number => $"tag{number}", _ => "x")));

        Assert.Equal("BackupModelTooLarge", failure.ErrorId);
        Assert.Contains("-Tag", failure.Remedy, StringComparison.Ordinal);
    }

    /// <summary>Tags, an extension, boot diagnostics, a fixed address.</summary>
    private static async Task DressAsync(BackupCloud cloud)
    {
        await cloud.PatchAsync($"Microsoft.Compute/virtualMachines/{Machine}", """{"tags":{"cost":"it"},"properties":{"diagnosticsProfile":{"bootDiagnostics":{"enabled":true}}}}""");
        await cloud.PutAsync(
            $"Microsoft.Compute/virtualMachines/{Machine}/extensions/agent",
            """{"location":"westeurope","properties":{"publisher":"Microsoft.Azure.Monitor","type":"AzureMonitorWindowsAgent","typeHandlerVersion":"1.0","protectedSettings":{"key":"secret"}}}""");
        JsonObject card = await cloud.GetAsync("Microsoft.Network/networkInterfaces/win-vm-nic");
        Address(card)["privateIPAllocationMethod"] = "Static";
        Address(card)["privateIPAddress"] = "10.0.0.77";
        ((JsonObject)card["properties"]!).Remove("virtualMachine");
        await cloud.PutAsync("Microsoft.Network/networkInterfaces/win-vm-nic", card.ToJsonString());
    }

    private static JsonNode Address(JsonObject card) => card["properties"]!["ipConfigurations"]![0]!["properties"]!;

    private static IEnumerable<string> DiskIds(JsonObject machine)
    {
        JsonNode storage = machine["properties"]!["storageProfile"]!;
        return storage["dataDisks"]!.AsArray().Prepend(storage["osDisk"]).Select(disk => (string)disk!["managedDisk"]!["id"]!);
    }

    /// <summary>What of its disks does not depend on how they were made.</summary>
    private static string Shape(JsonObject machine)
    {
        JsonNode storage = machine["properties"]!["storageProfile"]!;
        return string.Join("\n", storage["dataDisks"]!.AsArray().Prepend(storage["osDisk"]).Select(disk => $"{disk!["name"]} {disk["lun"]} {disk["caching"]} {disk["diskSizeGB"]} {disk["deleteOption"]} {disk["managedDisk"]!["storageAccountType"]}"));
    }
}
