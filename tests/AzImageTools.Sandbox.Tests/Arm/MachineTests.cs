using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Guests;
using AzImageTools.TestKit;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Sandbox.Tests.Arm;

public sealed class MachineTests : IDisposable
{
    private readonly SandboxClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task The_seeded_machines_run_and_tell_their_disks()
    {
        var machines = await _client.Group.GetVirtualMachines().GetAllAsync().Select(machine => machine.Data);
        Assert.Equal(["linux-vm", "tl-vm", "win-vm"], machines.Select(machine => machine.Name));
        var windows = machines.Single(machine => machine.Name == "win-vm");
        Assert.Equal(SupportedOperatingSystemType.Windows, windows.StorageProfile.OSDisk.OSType);
        Assert.Equal([0], windows.StorageProfile.DataDisks.Select(disk => disk.Lun));
        Assert.Null(windows.SecurityProfile);
        Assert.Equal(SecurityType.TrustedLaunch, machines.Single(machine => machine.Name == "tl-vm").SecurityProfile.SecurityType);
        Assert.Equal(["PowerState/running"], await PowerAndState("win-vm"));

        var disk = (await _client.Group.GetManagedDiskAsync(windows.StorageProfile.OSDisk.Name)).Value.Data;
        Assert.Equal(DiskState.Attached, disk.DiskState);
        Assert.Equal(windows.Id, disk.ManagedBy);
    }

    [Fact]
    public async Task Power_moves_between_running_stopped_and_deallocated()
    {
        var machine = await Machine("linux-vm");
        await SandboxClient.Finish(await machine.PowerOffAsync(WaitUntil.Started));
        Assert.Equal(["PowerState/stopped"], await PowerAndState("linux-vm"));
        await SandboxClient.Finish(await machine.DeallocateAsync(WaitUntil.Started));
        Assert.Equal(["PowerState/deallocated"], await PowerAndState("linux-vm"));
        Assert.Equal(DiskState.Reserved, (await _client.Group.GetManagedDiskAsync("linux-vm_OsDisk_1")).Value.Data.DiskState);
        await SandboxClient.Finish(await machine.PowerOnAsync(WaitUntil.Started));
        Assert.Equal(["PowerState/running"], await PowerAndState("linux-vm"));
    }

    [Theory]
    [InlineData("restart")]
    [InlineData("redeploy")]
    public async Task Only_a_running_machine_is_restarted_or_redeployed(string action)
    {
        var machine = new MachineClient(_client, "linux-vm");
        Assert.Equal("Succeeded", (await machine.Do("POST", "/" + action))["status"]!.GetValue<string>());
        Assert.Equal("Ready", await machine.Agent());
        await machine.Do("POST", "/deallocate");
        Assert.Equal("OperationNotAllowed", (await machine.Do("POST", "/" + action))["error"]!["code"]!.GetValue<string>());
        Assert.Null(await machine.Agent());
    }

    [Fact]
    public async Task Reapplying_mends_a_machine_that_failed()
    {
        var machine = new MachineClient(_client, "late");
        _client.Cloud.SetGuestFate(machine.Id, GuestFate.DoesNotBoot);
        await machine.Create(new JsonObject { ["publisher"] = "Canonical", ["offer"] = "ubuntu-24_04-lts", ["sku"] = "server", ["version"] = "latest" });
        Assert.Equal("Failed", (await machine.Get())["properties"]!["provisioningState"]!.GetValue<string>());
        _client.Cloud.SetGuestFate(machine.Id, GuestFate.Succeeds);
        await machine.Do("POST", "/restart");
        await machine.Do("POST", "/reapply");
        Assert.Equal("Succeeded", (await machine.Get())["properties"]!["provisioningState"]!.GetValue<string>());
        Assert.Equal("Ready", await machine.Agent());
    }

    [Fact]
    public async Task A_running_machine_is_not_generalized_and_a_generalized_one_does_not_start()
    {
        var machine = await Machine("win-vm");
        var running = await Assert.ThrowsAsync<RequestFailedException>(() => machine.GeneralizeAsync());
        Assert.Equal((409, "OperationNotAllowed"), (running.Status, running.ErrorCode));

        await SandboxClient.Finish(await machine.DeallocateAsync(WaitUntil.Started));
        await machine.GeneralizeAsync();
        Assert.Equal(["OSState/generalized", "PowerState/deallocated"], await PowerAndState("win-vm"));
        var start = await Assert.ThrowsAsync<RequestFailedException>(() => machine.PowerOnAsync(WaitUntil.Started));
        Assert.Equal((409, "OperationNotAllowed"), (start.Status, start.ErrorCode));
        Assert.Contains("since the VM is generalized", start.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_instance_view_comes_with_the_machine_when_asked_for()
    {
        var machine = (await _client.Group.GetVirtualMachineAsync("win-vm", InstanceViewType.InstanceView)).Value.Data;
        Assert.Contains(machine.InstanceView.Statuses, status => status.Code == "PowerState/running");
        Assert.Equal("win-vm", machine.InstanceView.ComputerName);
    }

    [Fact]
    public async Task A_disk_of_a_running_machine_is_not_exported_but_can_be_copied()
    {
        var disk = (await _client.Group.GetManagedDiskAsync("win-vm_OsDisk_1")).Value;
        var refused = await Assert.ThrowsAsync<RequestFailedException>(
            () => disk.GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Read, 60)));
        Assert.Contains("attached to running VM", refused.Message, StringComparison.Ordinal);

        var snapshot = await SandboxClient.Finish(await _client.Group.GetSnapshots().CreateOrUpdateAsync(
            WaitUntil.Started,
            "win-vm-before",
            new SnapshotData(AzureLocation.WestEurope) { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = disk.Id } }));
        Assert.Equal((disk.Data.DiskSizeBytes, disk.Data.OSType, disk.Data.HyperVGeneration), (snapshot.Data.DiskSizeBytes, snapshot.Data.OSType, snapshot.Data.HyperVGeneration));
        var access = await SandboxClient.Finish(await snapshot.GrantAccessAsync(WaitUntil.Started, new GrantAccessData(AccessLevel.Read, 60)));
        Assert.Equal(disk.Data.DiskSizeBytes + 512, (await _client.PageBlob(new Uri(access.AccessSas)).GetPropertiesAsync()).Value.ContentLength);
    }

    [Fact]
    public async Task A_machine_is_made_from_the_marketplace_and_leaves_its_disk_behind()
    {
        var data = NewMachine();
        data.StorageProfile.ImageReference = new ImageReference
        {
            Publisher = "Canonical",
            Offer = "ubuntu-24_04-lts",
            Sku = "server",
            Version = "latest",
        };
        data.OSProfile = new VirtualMachineOSProfile { ComputerName = "fresh", AdminUsername = "someone", AdminPassword = "Hidden-1234" };
        var machine = await SandboxClient.Finish(await _client.Group.GetVirtualMachines().CreateOrUpdateAsync(WaitUntil.Started, "fresh-vm", data));
        Assert.Equal("24.04.202502210", machine.Data.StorageProfile.ImageReference.ExactVersion);
        using var raw = await _client.Send("GET", $"{_client.GroupPath}/providers/Microsoft.Compute/virtualMachines/fresh-vm?api-version=2023-07-01");
        Assert.DoesNotContain("Hidden-1234", await raw.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var diskName = machine.Data.StorageProfile.OSDisk.Name;
        await SandboxClient.Finish(await machine.DeleteAsync(WaitUntil.Started));
        var disk = (await _client.Group.GetManagedDiskAsync(diskName)).Value.Data;
        Assert.Equal(DiskState.Unattached, disk.DiskState);
        Assert.Null(disk.ManagedBy);
    }

    [Fact]
    public async Task Trusted_launch_needs_the_second_generation_and_a_third_party_its_plan()
    {
        var gen1 = NewMachine();
        gen1.SecurityProfile = new SecurityProfile { SecurityType = SecurityType.TrustedLaunch };
        gen1.StorageProfile.ImageReference = new ImageReference { Publisher = "MicrosoftWindowsServer", Offer = "WindowsServer", Sku = "2022-datacenter", Version = "latest" };
        gen1.OSProfile = new VirtualMachineOSProfile { ComputerName = "a" };
        Assert.Equal("BadRequest", (await Refused(gen1)).ErrorCode);

        var planless = NewMachine();
        planless.StorageProfile.ImageReference = new ImageReference { Publisher = "cognosys", Offer = "rocky-linux-9", Sku = "rocky-linux-9", Version = "latest" };
        planless.OSProfile = new VirtualMachineOSProfile { ComputerName = "a" };
        Assert.Equal("VMMarketplaceInvalidInput", (await Refused(planless)).ErrorCode);

        var unknown = NewMachine();
        unknown.StorageProfile.ImageReference = new ImageReference { Publisher = "nobody", Offer = "nothing", Sku = "none", Version = "latest" };
        Assert.Equal("PlatformImageNotFound", (await Refused(unknown)).ErrorCode);
    }

    [Fact]
    public async Task A_machine_that_is_refused_leaves_no_disk_behind()
    {
        var before = await _client.Group.GetManagedDisks().GetAllAsync().Select(disk => disk.Data.Name);
        var data = NewMachine();
        data.StorageProfile.ImageReference = new ImageReference { Publisher = "Canonical", Offer = "ubuntu-24_04-lts", Sku = "server", Version = "latest" };
        data.StorageProfile.DataDisks.Add(new VirtualMachineDataDisk(0, DiskCreateOptionType.Empty));
        data.OSProfile = new VirtualMachineOSProfile { ComputerName = "a" };
        Assert.Equal("InvalidParameter", (await Refused(data)).ErrorCode);
        Assert.Equal(before, await _client.Group.GetManagedDisks().GetAllAsync().Select(disk => disk.Data.Name));
    }

    [Fact]
    public async Task The_file_of_a_disk_is_a_fixed_vhd_to_others()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        var file = _client.Cloud.FindDiskFile(_client.GroupPath + "/providers/Microsoft.Compute/disks/win-vm_DataDisk_0");
        Assert.NotNull(file);
        var info = await ExternalTool.RunAsync("qemu-img", "info", "-f", "vpc", "--output", "json", file);
        Assert.Equal(4L << 30, JsonNode.Parse(info)!["virtual-size"]!.GetValue<long>());
    }

    private VirtualMachineData NewMachine()
    {
        return new VirtualMachineData(AzureLocation.WestEurope)
        {
            HardwareProfile = new VirtualMachineHardwareProfile { VmSize = VirtualMachineSizeType.StandardD2V3 },
            StorageProfile = new VirtualMachineStorageProfile(),
            NetworkProfile = new VirtualMachineNetworkProfile
            {
                NetworkInterfaces = { new VirtualMachineNetworkInterfaceReference { Id = new ResourceIdentifier($"{_client.GroupPath}/providers/Microsoft.Network/networkInterfaces/free-nic") } },
            },
        };
    }

    private async Task<RequestFailedException> Refused(VirtualMachineData data)
    {
        return await Assert.ThrowsAsync<RequestFailedException>(() => _client.Group.GetVirtualMachines().CreateOrUpdateAsync(WaitUntil.Started, "refused-vm", data));
    }

    private async Task<VirtualMachineResource> Machine(string name)
    {
        return (await _client.Group.GetVirtualMachineAsync(name)).Value;
    }

    private async Task<List<string>> PowerAndState(string name)
    {
        var view = (await (await Machine(name)).InstanceViewAsync()).Value;
        return [.. view.Statuses.Select(status => status.Code).Where(code => !code.StartsWith("ProvisioningState", StringComparison.Ordinal))];
    }
}
