using System.Text.Json.Nodes;
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
    private static async Task KillAndRunAgainAsync(ServedCloud served, TempFolder folder, string command, string type)
    {
        ClientProcess killed = await RunAsync(() => served.Cloud.Requests.Any(request => request.Method == "PUT" && request.Path.Contains(type, StringComparison.OrdinalIgnoreCase)));
        Assert.NotEqual(0, killed.ExitCode);

        ClientProcess again = await RunAsync(killWhen: null);
        Assert.True(again.ExitCode == 0, again.Output);

        Task<ClientProcess> RunAsync(Func<bool>? killWhen) => ClientProcess.RunAsync(
            "dotnet",
            [PowerShellProgram.Shell, "-NoProfile", "-NonInteractive", "-Command", "$ErrorActionPreference = 'Stop'; " + Connect + command],
            served,
            killWhen,
            ("AZURE_CLIENT_SECRET", "any"),
            ("XDG_DATA_HOME", folder.FullName));
    }

    private static async Task<string[]> NamesAsync(ServedCloud served, string type)
    {
        using HttpClient client = served.CreateClient();
        JsonNode list = JsonNode.Parse(await client.GetStringAsync(new Uri($"https://management.azure.com/subscriptions/{served.Cloud.SubscriptionId}/providers/Microsoft.Compute/{type}?api-version=2023-04-02")))!;
        return [.. list["value"]!.AsArray().Select(item => (string)item!["name"]!).Order(StringComparer.Ordinal)];
    }
}
