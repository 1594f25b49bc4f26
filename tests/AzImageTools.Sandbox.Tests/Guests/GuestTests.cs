using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Sandbox.Storage;
using AzImageTools.Sandbox.Tests.Arm;
using AzImageTools.TestKit;

namespace AzImageTools.Sandbox.Tests.Guests;

public sealed class GuestTests : IDisposable
{
    private const string Generalize = "# AzImageTools guest script: sysprep 1\nthrow 'never looked at'";

    private static readonly JsonObject Ubuntu = new() { ["publisher"] = "Canonical", ["offer"] = "ubuntu-24_04-lts", ["sku"] = "server", ["version"] = "latest" };

    private static readonly JsonObject Server = new() { ["publisher"] = "MicrosoftWindowsServer", ["offer"] = "WindowsServer", ["sku"] = "2022-datacenter-g2", ["version"] = "latest" };

    private readonly SandboxClient _client = new();

    private MachineClient Windows => new(_client, "win-vm");

    public void Dispose()
    {
        _client.Dispose();
    }

    [Theory]
    [InlineData("win-vm_OsDisk_1", 3)]
    [InlineData("linux-vm_OsDisk_1", 3)]
    public async Task A_machines_disk_has_a_partition_table_that_sgdisk_finds_no_fault_with(string disk, int partitions)
    {
        ExternalTool.SkipUnlessInstalled("sgdisk");
        ExternalTool.SkipUnlessInstalled("qemu-img");
        var file = _client.Cloud.FindDiskFile(_client.GroupPath + "/providers/Microsoft.Compute/disks/" + disk)!;
        using var folder = new TempFolder();
        var raw = folder.File("disk.raw");
        await ExternalTool.RunAsync("qemu-img", "convert", "-f", "vpc", "-O", "raw", file, raw);
        var verdict = await ExternalTool.RunAsync("sgdisk", "--verify", raw);
        Assert.Contains("No problems found", verdict, StringComparison.Ordinal);
        var table = await ExternalTool.RunAsync("sgdisk", "--print", raw);
        Assert.Equal(partitions, Regex.Count(table, "^ +[0-9]+ +[0-9]+ +[0-9]+ ", RegexOptions.Multiline));
    }

    [Fact]
    public async Task Generalizing_stops_the_guest_and_leaves_another_disk()
    {
        Assert.False(Holds(await Disk(Windows), "Sysprep_succeeded.tag"));
        var operation = await Windows.Do("POST", "/runCommand", Script());
        Assert.Equal("Succeeded", operation["status"]!.GetValue<string>());
        Assert.Contains("PowerState/stopped", await Windows.Codes());
        Assert.True(Holds(await Disk(Windows), "Sysprep_succeeded.tag"));
    }

    [Fact]
    public async Task A_snapshot_from_before_keeps_what_it_held()
    {
        var snapshot = _client.GroupPath + "/providers/Microsoft.Compute/snapshots/before";
        using var made = await _client.SendJson(
            "PUT",
            snapshot + "?api-version=2023-04-02",
            "{\"location\":\"westeurope\",\"properties\":{\"creationData\":{\"createOption\":\"Copy\",\"sourceResourceId\":\"" + await Disk(Windows) + "\"}}}");
        var before = HashOf(snapshot);
        await Windows.Do("POST", "/runCommand", Script());
        Assert.Equal(before, HashOf(snapshot));
    }

    [Fact]
    public async Task A_refusing_sysprep_leaves_the_guest_running_with_its_log()
    {
        _client.Cloud.SetGuestFate(Windows.Id, GuestFate.FailsOnAppPackage);
        await Windows.Do("PUT", "/runCommands/sysprep", Managed());
        var view = (await Windows.Get("/runCommands/sysprep", "&$expand=instanceView"))["properties"]!["instanceView"]!;
        Assert.Equal(("Failed", 1), (view["executionState"]!.GetValue<string>(), view["exitCode"]!.GetValue<int>()));
        Assert.Contains("was installed for a user", view["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("PowerState/running", await Windows.Codes());
        Assert.True(Holds(await Disk(Windows), "was installed for a user"));
    }

    [Fact]
    public async Task A_hanging_sysprep_runs_until_its_timeout_and_leaves_half_a_guest()
    {
        _client.Cloud.SetGuestFate(Windows.Id, GuestFate.Hangs);
        await Windows.Do("PUT", "/runCommands/sysprep", Managed());
        var view = (await Windows.Get("/runCommands/sysprep", "&$expand=instanceView"))["properties"]!["instanceView"]!;
        Assert.Equal("TimedOut", view["executionState"]!.GetValue<string>());
        Assert.Contains("PowerState/running", await Windows.Codes());
        Assert.True(Holds(await Disk(Windows), "IMAGE_STATE_UNDEPLOYABLE"));
    }

    [Fact]
    public async Task Deleting_the_running_command_kills_sysprep_midway()
    {
        using var made = await _client.SendJson("PUT", Windows.Id + "/runCommands/sysprep?" + MachineClient.Version, Async().ToJsonString());
        await Windows.Do("DELETE", "/runCommands/sysprep");
        Assert.True(Holds(await Disk(Windows), "IMAGE_STATE_UNDEPLOYABLE"));
        Assert.Contains("PowerState/running", await Windows.Codes());
    }

    [Fact]
    public async Task A_guest_may_stop_without_being_generalized()
    {
        var before = HashOf(await Disk(Windows));
        _client.Cloud.SetGuestFate(Windows.Id, GuestFate.StopsWithoutGeneralizing);
        await Windows.Do("POST", "/runCommand", Script());
        Assert.Contains("PowerState/stopped", await Windows.Codes());
        Assert.Equal(before, HashOf(await Disk(Windows)));
    }

    [Fact]
    public async Task An_agent_that_dies_leaves_the_outcome_unknown()
    {
        _client.Cloud.SetGuestFate(Windows.Id, GuestFate.AgentDies);
        Assert.Equal("Failed", (await Windows.Do("POST", "/runCommand", Script()))["status"]!.GetValue<string>());
        Assert.Equal("Not Ready", await Windows.Agent());
    }

    [Fact]
    public async Task A_guest_that_only_the_machine_is_asked_for_stops_too()
    {
        using var made = await _client.SendJson("PUT", Windows.Id + "/runCommands/sysprep?" + MachineClient.Version, Async().ToJsonString());
        var seen = new List<string>();
        for (var polls = 0; polls < 6; polls++)
        {
            seen.Add((await Windows.Codes())[^1]);
        }

        Assert.Equal("PowerState/stopped", seen[^1]);
    }

    [Fact]
    public async Task A_machine_from_an_image_that_was_generalized_comes_up()
    {
        await Windows.Do("POST", "/runCommand", Script());
        await Image("golden", "win-vm");
        var machine = new MachineClient(_client, "from-golden");
        Assert.Equal("Succeeded", (await machine.Create(Reference("golden")))["status"]!.GetValue<string>());
        Assert.Equal("Ready", await machine.Agent());
        Assert.False(Holds(await Disk(machine), "Sysprep_succeeded.tag"));
    }

    [Fact]
    public async Task A_machine_from_an_image_that_was_not_generalized_times_out_and_shows_why()
    {
        await Image("raw", "win-vm");
        var machine = new MachineClient(_client, "from-raw");
        var operation = await machine.Create(Reference("raw"));
        Assert.Equal("OSProvisioningTimedOut", operation["error"]!["code"]!.GetValue<string>());
        Assert.Contains("has not been properly prepared", operation["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("ProvisioningState/failed/OSProvisioningTimedOut", await machine.Codes());
        Assert.False(Holds(await Disk(machine), "Sysprep_succeeded.tag"));
    }

    [Fact]
    public async Task A_machine_of_the_wrong_generation_finds_no_boot_loader()
    {
        var disk = _client.GroupPath + "/providers/Microsoft.Compute/disks/old";
        using var made = await _client.SendJson(
            "PUT",
            disk + "?api-version=2023-04-02",
            "{\"location\":\"westeurope\",\"properties\":{\"osType\":\"Windows\",\"hyperVGeneration\":\"V2\",\"creationData\":{\"createOption\":\"FromImage\",\"imageReference\":{\"id\":\"/Subscriptions/s/Providers/Microsoft.Compute/Locations/westeurope/Publishers/MicrosoftWindowsServer/ArtifactTypes/VMImage/Offers/WindowsServer/Skus/2022-datacenter/Versions/20348.3091.250112\"}}}}");
        Assert.Equal(202, (int)made.StatusCode);
        await Task.Delay(1);
        using var ready = await _client.Send("GET", disk + "?api-version=2023-04-02");
        var machine = new MachineClient(_client, "misfit");
        await machine.Create(image: null, disk);
        Assert.Equal("Not Ready", await machine.Agent());
        Assert.Contains("No bootable option or device was found", await Serial(machine), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secure_boot_and_missing_drivers_keep_a_guest_down()
    {
        var machine = new MachineClient(_client, "dead");
        _client.Cloud.SetGuestFate(machine.Id, GuestFate.DoesNotBoot);
        var operation = await machine.Create(Server.DeepClone().AsObject());
        Assert.Equal("OSProvisioningTimedOut", operation["error"]!["code"]!.GetValue<string>());
        Assert.Contains("INACCESSIBLE_BOOT_DEVICE", await Serial(machine), StringComparison.Ordinal);
        var screen = await _client.Send("GET", (await machine.Do("POST", "/retrieveBootDiagnosticsData"))["consoleScreenshotBlobUri"]!.GetValue<string>());
        Assert.Equal("BM", Encoding.ASCII.GetString(await screen.Content.ReadAsByteArrayAsync(), 0, 2));
    }

    [Theory]
    [InlineData("DiskControllerTypes", "SCSI, NVMe", "Standard_D2s_v6", null, "Gave up waiting for root file system device")]
    [InlineData("SecurityType", "TrustedLaunch", "Standard_D2s_v5", "TrustedLaunch", "Access Denied")]
    public async Task An_image_that_says_more_than_its_guest_can_does_not_come_up(string feature, string value, string size, string? security, string serial)
    {
        var version = await Golden(new JsonObject { ["name"] = feature, ["value"] = value });
        var machine = new MachineClient(_client, "overstated");
        var operation = await machine.Create(
            new JsonObject { ["id"] = version },
            edit: properties =>
            {
                properties["hardwareProfile"]!["vmSize"] = size;
                if (security is not null)
                {
                    properties["securityProfile"] = new JsonObject
                    {
                        ["securityType"] = security,
                        ["uefiSettings"] = new JsonObject { ["secureBootEnabled"] = true, ["vTpmEnabled"] = true },
                    };
                }
            });
        Assert.Equal("OSProvisioningTimedOut", operation["error"]!["code"]!.GetValue<string>());
        Assert.Contains(serial, await Serial(machine), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Standard_D2s_v6", "2022-datacenter", "BadRequest", "cannot boot Hypervisor Generation '1'")]
    [InlineData("Standard_D2_v2", "2022-datacenter-g2", "BadRequest", "cannot boot Hypervisor Generation '2'")]
    [InlineData("Standard_D2ps_v5", "2022-datacenter-g2", "BadRequest", "only supports a CPU Architecture of 'Arm64'")]
    public async Task A_size_that_can_not_start_the_image_is_refused_at_once(string size, string sku, string code, string text)
    {
        var image = Server.DeepClone().AsObject();
        image["sku"] = sku;
        var error = (await new MachineClient(_client, "refused").Create(image, edit: properties => properties["hardwareProfile"]!["vmSize"] = size))["error"]!;
        Assert.Equal(code, error["code"]!.GetValue<string>());
        Assert.Contains(text, error["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Standard_D2s_v6", null)]
    [InlineData("Standard_D2_v2", "BadRequest")]
    [InlineData("Standard_D2ps_v5", "BadRequest")]
    public async Task A_machine_is_resized_only_to_what_can_start_its_disk(string size, string? error)
    {
        var body = new JsonObject { ["properties"] = new JsonObject { ["hardwareProfile"] = new JsonObject { ["vmSize"] = size } } };
        Assert.Equal(error, (await Windows.Do("PATCH", "", body))["error"]?["code"]?.GetValue<string>());
    }

    [Fact]
    public async Task An_nvme_size_wants_an_image_that_says_nvme()
    {
        await Windows.Do("POST", "/runCommand", Script());
        await Image("golden", "win-vm");
        var refused = await new MachineClient(_client, "refused").Create(Reference("golden"), edit: properties => properties["hardwareProfile"]!["vmSize"] = "Standard_D2s_v6");
        Assert.Equal("InvalidParameter", refused["error"]!["code"]!.GetValue<string>());
        Assert.Contains("disk controller types", refused["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        var made = await new MachineClient(_client, "made").Create(Ubuntu.DeepClone().AsObject(), edit: properties => properties["hardwareProfile"]!["vmSize"] = "Standard_D2s_v6");
        Assert.Equal("Succeeded", made["status"]!.GetValue<string>());
    }

    [Fact]
    public async Task Boot_diagnostics_are_read_without_a_token_until_they_expire_and_only_where_enabled()
    {
        var clock = new ManualClock();
        using var client = new SandboxClient(new Configuration.SandboxOptions { TimeProvider = clock });
        var machine = new MachineClient(client, "watched");
        await machine.Create(Ubuntu.DeepClone().AsObject());
        var address = (await machine.Do("POST", "/retrieveBootDiagnosticsData"))["serialConsoleLogBlobUri"]!.GetValue<string>();
        using var log = await client.SendAs(null, "GET", address);
        Assert.Contains("login:", await log.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(121));
        using var late = await client.SendAs(null, "GET", address);
        Assert.Equal(403, (int)late.StatusCode);
        Assert.Equal("OperationNotAllowed", (await new MachineClient(client, "win-vm").Do("POST", "/retrieveBootDiagnosticsData"))["error"]!["code"]!.GetValue<string>());
    }

    private static JsonObject Script()
    {
        return new JsonObject { ["commandId"] = "RunPowerShellScript", ["script"] = new JsonArray([.. Generalize.Split('\n').Select(line => (JsonNode)line)]) };
    }

    private static JsonObject Managed()
    {
        return new JsonObject { ["location"] = "westeurope", ["properties"] = new JsonObject { ["source"] = new JsonObject { ["script"] = Generalize } } };
    }

    private static JsonObject Async()
    {
        var body = Managed();
        body["properties"]!["asyncExecution"] = true;
        return body;
    }

    private static async Task<string> Disk(MachineClient machine)
    {
        return (await machine.Get())["properties"]!["storageProfile"]!["osDisk"]!["managedDisk"]!["id"]!.GetValue<string>();
    }

    /// <summary>An image version of the disk of a Linux that was made for other machines, uploaded.</summary>
    private async Task<string> Golden(JsonObject feature)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        using var folder = new TempFolder();
        var raw = folder.File("disk.raw");
        await ExternalTool.RunAsync("qemu-img", "convert", "-f", "vpc", "-O", "raw", TestFile.Unpack("disks/linux.vhd", folder), raw);
        var bytes = await File.ReadAllBytesAsync(raw);
        var blob = _client.PageBlob("golden.vhd");
        await blob.CreateAsync(bytes.Length + 512);
        for (var offset = 0; offset < bytes.Length; offset += 1 << 20)
        {
            var chunk = bytes.AsMemory(offset, Math.Min(1 << 20, bytes.Length - offset));
            if (chunk.Span.ContainsAnyExcept((byte)0))
            {
                await blob.UploadPagesAsync(new MemoryStream(chunk.ToArray()), offset);
            }
        }

        await blob.UploadPagesAsync(new MemoryStream(VhdFooter.Create(bytes.Length, Guid.NewGuid())), bytes.Length);
        var galleries = new ComputeClient(_client, "2022-03-03");
        const string Definition = "galleries/sandboxGallery/images/golden";
        var identifier = new JsonObject { ["publisher"] = "me", ["offer"] = "golden", ["sku"] = "golden" };
        var definition = new JsonObject
        {
            ["osType"] = "Linux",
            ["osState"] = "Generalized",
            ["hyperVGeneration"] = "V2",
            ["architecture"] = "x64",
            ["features"] = new JsonArray(feature),
            ["identifier"] = identifier,
        };
        Assert.Null(ComputeClient.Error(await galleries.Do("PUT", Definition, new JsonObject { ["location"] = "westeurope", ["properties"] = definition }.ToJsonString())));
        var source = new JsonObject { ["storageAccountId"] = _client.GroupPath + "/providers/Microsoft.Storage/storageAccounts/sandboximages", ["uri"] = blob.Uri.AbsoluteUri };
        var version = new JsonObject { ["storageProfile"] = new JsonObject { ["osDiskImage"] = new JsonObject { ["source"] = source } } };
        Assert.Null(ComputeClient.Error(await galleries.Do(
            "PUT", Definition + "/versions/1.0.0", new JsonObject { ["location"] = "westeurope", ["properties"] = version }.ToJsonString())));
        return galleries.Id(Definition + "/versions/1.0.0");
    }

    private async Task<string> Serial(MachineClient machine)
    {
        var address = (await machine.Do("POST", "/retrieveBootDiagnosticsData"))["serialConsoleLogBlobUri"]!.GetValue<string>();
        using var log = await _client.SendAs(null, "GET", address);
        return await log.Content.ReadAsStringAsync();
    }

    private JsonObject Reference(string image)
    {
        return new JsonObject { ["id"] = _client.GroupPath + "/providers/Microsoft.Compute/images/" + image };
    }

    private async Task Image(string name, string machine)
    {
        var source = new MachineClient(_client, machine);
        await source.Do("POST", "/deallocate");
        using var generalized = await _client.Send("POST", source.Id + "/generalize?" + MachineClient.Version);
        using var made = await _client.SendJson(
            "PUT",
            _client.GroupPath + "/providers/Microsoft.Compute/images/" + name + "?api-version=2023-07-01",
            "{\"location\":\"westeurope\",\"properties\":{\"sourceVirtualMachine\":{\"id\":\"" + source.Id + "\"}}}");
        for (var polls = 0; polls < 3; polls++)
        {
            using var image = await _client.Send("GET", _client.GroupPath + "/providers/Microsoft.Compute/images/" + name + "?api-version=2023-07-01");
        }
    }

    private string HashOf(string disk)
    {
        return Convert.ToHexString(SHA256.HashData(Read(disk)));
    }

    /// <summary>Whether a disk holds a text, as ASCII or as Windows writes names.</summary>
    private bool Holds(string disk, string text)
    {
        var bytes = Read(disk).AsSpan();
        return bytes.IndexOf(Encoding.ASCII.GetBytes(text)) >= 0 || bytes.IndexOf(Encoding.Unicode.GetBytes(text)) >= 0;
    }

    /// <summary>The first 64 MiB, which hold all of a guest.</summary>
    private byte[] Read(string disk)
    {
        using var file = new FileStream(_client.Cloud.FindDiskFile(disk)!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[64 << 20];
        file.ReadExactly(bytes);
        return bytes;
    }
}
