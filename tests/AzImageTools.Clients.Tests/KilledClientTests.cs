using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.TestKit;

namespace AzImageTools.Clients.Tests;

/// <summary>The module in a process that is killed while it works: the next one on this machine goes on, and leaves nothing of the first behind.</summary>
public sealed class KilledClientTests
{
    private const string Connect = "Connect-AzImageService -TenantId $env:AZURE_TENANT_ID -SubscriptionId $env:AZURE_SUBSCRIPTION_ID -Credential ([pscredential]::new($env:AZURE_CLIENT_ID, (ConvertTo-SecureString any -AsPlainText -Force))) | Out-Null; ";

    [Fact]
    public async Task A_backup_and_a_restore_that_were_killed_are_done_by_the_next_process_and_nothing_else_is_left()
    {
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));

        await KillAndRunAgainAsync(served, folder, "Backup-AzVMDisk sandbox-rg win-vm -BackupName saved -BackupType Snapshot", "/snapshots/");
        Assert.Equal(["saved-lun0", "saved-os"], await NamesAsync(served, "snapshots"));

        string[] before = await NamesAsync(served, "disks");
        await KillAndRunAgainAsync(served, folder, "Restore-AzVMBackup sandbox-rg saved -NewVMName second", "/disks/");
        Assert.Equal(["second_DataDisk_0", "second_OsDisk"], (await NamesAsync(served, "disks")).Except(before));
        served.AssertNoFault();
    }

    [Fact]
    public async Task A_machine_that_a_killed_restore_stopped_is_started_by_the_next_process()
    {
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));
        ClientProcess backup = await RunAsync(served, folder, "Backup-AzVMDisk sandbox-rg win-vm -BackupName saved -BackupType Snapshot", killWhen: null);
        Assert.True(backup.ExitCode == 0, backup.Output);

        ClientProcess killed = await RunAsync(served, folder, "Restore-AzVMBackup sandbox-rg saved -Confirm:$false", () => served.Cloud.Requests.Any(request => request.Path.EndsWith("/deallocate", StringComparison.OrdinalIgnoreCase)));
        Assert.NotEqual(0, killed.ExitCode);
        for (int look = 0; look < 500 && !(await StatesAsync(served)).Contains("PowerState/deallocated", StringComparison.Ordinal); look++)
        {
            await Task.Delay(20);
        }

        Assert.Contains("PowerState/deallocated", await StatesAsync(served), StringComparison.Ordinal);
        ClientProcess again = await RunAsync(served, folder, "Restore-AzVMBackup sandbox-rg saved -Confirm:$false", killWhen: null);

        Assert.True(again.ExitCode == 0, again.Output);
        Assert.Contains("PowerState/running", await StatesAsync(served), StringComparison.Ordinal);
        served.AssertNoFault();
    }

    [Fact]
    public async Task A_download_that_was_killed_is_gone_on_with_and_the_access_that_it_left_open_ends()
    {
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));
        await MakeSnapshotAsync(served);
        string command = $"Receive-AzVhd '{folder.File("disk.vhdx")}' -ResourceGroupName sandbox-rg -SnapshotName source -ThrottleLimit 1 | ForEach-Object {{ 'resumed={{0}} crc={{1}}' -f $_.BytesResumed, $_.Crc64 }}";

        ClientProcess killed = await RunAsync(served, folder, command, () => served.Cloud.Requests.Count(request => request.Method == "GET" && request.Operation.Length == 0 && request.Host.StartsWith("md-", StringComparison.Ordinal)) > 8);
        Assert.NotEqual(0, killed.ExitCode);
        Assert.Equal("ActiveSAS", await StateOfSnapshotAsync(served));
        ClientProcess again = await RunAsync(served, folder, command, killWhen: null);
        ClientProcess whole = await RunAsync(served, folder, command.Replace("disk.vhdx", "other.vhdx", StringComparison.Ordinal), killWhen: null);

        Assert.True(again.ExitCode == 0, again.Output);
        (long resumed, string crc) = Told(again);
        Assert.NotEqual(0, resumed);
        Assert.Equal((0, crc), Told(whole));
        Assert.Equal("Unattached", await StateOfSnapshotAsync(served));
        served.AssertNoFault();
    }

    [Fact]
    public async Task A_copy_that_was_killed_is_gone_on_with_and_the_access_that_it_left_open_ends()
    {
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));
        await MakeSnapshotAsync(served);
        const string Command = "Copy-AzVhd -ResourceGroupName sandbox-rg -SnapshotName source -DestinationStorageAccountName sandboximages -DestinationContainer vhds -DestinationBlobName copy.vhd -ThrottleLimit 1 -Verify"
            + " | ForEach-Object { 'resumed={0} crc={1}' -f $_.BytesResumed, $_.Crc64 }";

        ClientProcess killed = await RunAsync(served, folder, Command, () => served.Cloud.Requests.Count(request => request.Operation == "page" && request.Status == 201) > 8);
        Assert.NotEqual(0, killed.ExitCode);
        Assert.Equal("ActiveSAS", await StateOfSnapshotAsync(served));
        ClientProcess again = await RunAsync(served, folder, Command, killWhen: null);

        Assert.True(again.ExitCode == 0, again.Output);
        Assert.NotEqual(0, Told(again).Resumed);
        Assert.Equal("Unattached", await StateOfSnapshotAsync(served));
        served.AssertNoFault();
    }

    [Theory]
    [InlineData("/snapshots/")]
    [InlineData("/images/")]
    public async Task A_capture_that_was_killed_is_done_by_the_next_process(string type)
    {
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));

        ClientProcess again = await KillAndRunAgainAsync(served, folder, "New-AzCapturedImage sandbox-rg win-vm captured -AllowRunning -Confirm:$false", type);

        Assert.Equal(["captured"], await NamesAsync(served, "images"));

        // What a killed run saved of a machine that is not generalized yet is not deleted, but told.
        string[] saved = await NamesAsync(served, "snapshots");
        Assert.InRange(saved.Length, 1, 2);
        Assert.True(saved.Length == 1 || saved.Any(name => again.Output.Contains(name, StringComparison.Ordinal)), again.Output);
        served.AssertNoFault();
    }

    [Fact]
    public async Task A_repairing_upload_that_was_killed_goes_on_to_exactly_the_disk_and_its_changes_and_not_with_others()
    {
        using TempFolder folder = new();
        await using ServedCloud served = await ServedCloud.StartAsync(logFile: folder.File("requests.log"));
        string disk = TestFile.Unpack("disks/ready.raw", folder);
        byte[] before = await File.ReadAllBytesAsync(disk);
        const string spoil = "Set-AzVhdRegistryValue $env:DISK 'HKLM\\SYSTEM\\CurrentControlSet\\Services\\cdrom' Start 4 -Type DWord | Out-Null; ";
        const string send = "(Send-AzVhd $env:DISK -StorageAccountName sandboximages -Container vhds -BlobName web01.vhd -Repair -ThrottleLimit 1 -Readiness None -WarningAction Ignore) | ForEach-Object { \"resumed=$($_.BytesResumed -gt 0) repairs=$($_.Repairs)\" }; ";

        int pages = 0;
        ClientProcess killed = await RunAsync(spoil + send, () => (pages = served.Cloud.Requests.Count(static request => request.Method == "PUT" && request.Path.EndsWith("web01.vhd", StringComparison.Ordinal))) > 4);
        Assert.NotEqual(0, killed.ExitCode);
        Assert.True(pages > 4, killed.Output);
        Assert.Equal(before, await File.ReadAllBytesAsync(disk));
        string kept = await File.ReadAllTextAsync(disk + ".azrepair");

        ClientProcess others = await RunAsync("Undo-AzVhdRepair $env:DISK -Confirm:$false; Set-AzVhdRegistryValue $env:DISK 'HKLM\\SYSTEM\\Setup' Other 1 -Type DWord | Out-Null; try { " + send + " } catch { $_.FullyQualifiedErrorId }");
        Assert.Contains("RepairDiffers", others.Output, StringComparison.Ordinal);

        await File.WriteAllTextAsync(disk + ".azrepair", kept);
        ClientProcess again = await RunAsync(send);
        Assert.Contains("resumed=True", again.Output, StringComparison.Ordinal);
        string whole = folder.File("whole.vhd");
        ClientProcess converted = await RunAsync($"Convert-AzVhd $env:DISK '{whole}' -UseRepair");
        Assert.True(converted.ExitCode == 0, converted.Output);
        byte[] expected = await File.ReadAllBytesAsync(whole);
        byte[] held = await File.ReadAllBytesAsync(served.Cloud.FindBlobFile(new Uri("https://sandboximages.blob.core.windows.net/vhds/web01.vhd"))!);
        Assert.False(expected.AsSpan(0, before.Length).SequenceEqual(before));
        Assert.True(expected.AsSpan(0, before.Length).SequenceEqual(held.AsSpan(0, before.Length)));
        Assert.Equal(before, await File.ReadAllBytesAsync(disk));
        served.AssertNoFault();

        Task<ClientProcess> RunAsync(string command, Func<bool>? killWhen = null) => ClientProcess.RunAsync(
            "dotnet",
            [PowerShellProgram.Shell, "-NoProfile", "-NonInteractive", "-Command", "$ErrorActionPreference = 'Stop'; " + Connect + command],
            served,
            killWhen,
            ("AZURE_CLIENT_SECRET", "any"),
            ("XDG_DATA_HOME", folder.FullName),
            ("DISK", disk));
    }

    /// <summary>Kills a process when its first PUT of a type has come, and runs the same in another.</summary>
    private static async Task<ClientProcess> KillAndRunAgainAsync(ServedCloud served, TempFolder folder, string command, string type)
    {
        ClientProcess killed = await RunAsync(served, folder, command, () => served.Cloud.Requests.Any(request => request.Method == "PUT" && request.Path.Contains(type, StringComparison.OrdinalIgnoreCase)));
        Assert.NotEqual(0, killed.ExitCode);

        ClientProcess again = await RunAsync(served, folder, command, killWhen: null);
        Assert.True(again.ExitCode == 0, again.Output);
        return again;
    }

    private static Task<ClientProcess> RunAsync(ServedCloud served, TempFolder folder, string command, Func<bool>? killWhen) => ClientProcess.RunAsync(
        "dotnet",
        [PowerShellProgram.Shell, "-NoProfile", "-NonInteractive", "-Command", "$ErrorActionPreference = 'Stop'; " + Connect + command],
        served,
        killWhen,
        ("AZURE_CLIENT_SECRET", "any"),
        ("XDG_DATA_HOME", folder.FullName));

    private static (long Resumed, string Crc) Told(ClientProcess client)
    {
        Match told = Regex.Match(client.Output, "resumed=(?<resumed>[0-9]*) crc=(?<crc>[0-9A-F]*)");
        Assert.True(told.Success, client.Output);
        return (long.Parse(told.Groups["resumed"].Value, CultureInfo.InvariantCulture), told.Groups["crc"].Value);
    }

    private static async Task MakeSnapshotAsync(ServedCloud served)
    {
        using HttpClient client = served.CreateClient();
        JsonObject body = new()
        {
            ["location"] = served.Cloud.Location,
            ["properties"] = new JsonObject { ["creationData"] = new JsonObject { ["createOption"] = "Copy", ["sourceResourceId"] = IdOf(served, "disks/win-vm_OsDisk_1") } },
        };
        using StringContent content = new(body.ToJsonString(), Encoding.UTF8, "application/json");
        (await client.PutAsync(AddressOf(served, "snapshots/source"), content)).EnsureSuccessStatusCode();
        while ((string?)(await ReadAsync(client, AddressOf(served, "snapshots/source")))["properties"]!["provisioningState"] != "Succeeded")
        {
            await Task.Delay(20);
        }
    }

    private static async Task<string?> StateOfSnapshotAsync(ServedCloud served)
    {
        using HttpClient client = served.CreateClient();
        return (string?)(await ReadAsync(client, AddressOf(served, "snapshots/source")))["properties"]!["diskState"];
    }

    private static async Task<string> StatesAsync(ServedCloud served)
    {
        using HttpClient client = served.CreateClient();
        return (await ReadAsync(client, new Uri($"https://management.azure.com{IdOf(served, "virtualMachines/win-vm")}/instanceView?api-version=2023-07-01"))).ToJsonString();
    }

    private static string IdOf(ServedCloud served, string path) => $"/subscriptions/{served.Cloud.SubscriptionId}/resourceGroups/sandbox-rg/providers/Microsoft.Compute/{path}";

    private static Uri AddressOf(ServedCloud served, string path) => new($"https://management.azure.com{IdOf(served, path)}?api-version=2023-04-02");

    private static async Task<JsonNode> ReadAsync(HttpClient client, Uri address) => JsonNode.Parse(await client.GetStringAsync(address))!;

    private static async Task<string[]> NamesAsync(ServedCloud served, string type)
    {
        using HttpClient client = served.CreateClient();
        JsonNode list = JsonNode.Parse(await client.GetStringAsync(new Uri($"https://management.azure.com/subscriptions/{served.Cloud.SubscriptionId}/providers/Microsoft.Compute/{type}?api-version={(type == "images" ? "2023-07-01" : "2023-04-02")}")))!;
        return [.. list["value"]!.AsArray().Select(item => (string)item!["name"]!).Order(StringComparer.Ordinal)];
    }
}
