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
