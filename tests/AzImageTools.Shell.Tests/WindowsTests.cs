using AzImageTools.TestKit;

namespace AzImageTools.Shell.Tests;

/// <summary>The module on a Windows, and what the same gives here.</summary>
public sealed class WindowsTests(WineWindows windows) : IClassFixture<WineWindows>
{
    private const string Show = """
         | ForEach-Object { "$($_.Guest)"; "$($_.Generalization)"; foreach ($f in $_.Findings) { "$($f.Id) $($f.Result) $($f.Severity) $($f.Evidence -join ' | ')" } }
        """;

    /// <summary>What a running machine tells otherwise than a disk: the disk itself, what only one of them knows, and Wine's own user.</summary>
    private static readonly string[] DifferentByNature =
    [
        "VhdFixed", "VhdFooter", "VhdAligned", "DiskSize", "LogicalSectorSize", "Generation", "BackupGpt", "RecoveryPartitionLast", "FirstMiBFree",
        "BitLockerOff", // Wine has no disks
        "VolumeDirty", // Wine's volumes do not tell
        "RearmLeft", "RunContext", "Hibernated", "AppxUserOnly", "LiveHealth", "LocalAdmin", // live
        "EfsFiles", // Wine has folders of its own
        "DomainJoined", // live by NetGetJoinInformation: SECURITY is closed
        "UserProfiles", // Wine's user has one
        "HyperVDrivers", // the generation is the disk's to tell
        "LeftoverAnswerFile", "PantherFolder", "TempVariables", // told with the file's time; Wine writes the case of its own at each start
    ];

    [Fact]
    public async Task The_running_Windows_and_a_disk_with_the_same_registry_and_files_are_judged_alike()
    {
        await windows.StartAsync();
        windows.WriteFile("setup/state/State.ini", "[State]\r\nImageState=IMAGE_STATE_COMPLETE\r\n");
        windows.WriteFile("system32/inetsrv/config/applicationHost.config", "<configuration />");
        windows.WriteFile("system32/sppnp.dll", "MZ");
        windows.WriteFile("../WindowsAzure/GuestAgent_2.7.41491.1095/WindowsAzureGuestAgent.exe", "MZ");
        await windows.ImportAsync("SYSTEM", "SOFTWARE", "BCD.gpt");
        string[] ready = await windows.CommandAsync("Test-SysprepReadiness" + Show);

        windows.WriteFile("panther/unattend.xml", "<unattend />");
        await windows.ImportAsync("SYSTEM.notready", "SOFTWARE.notready");
        string[] notReady = await windows.CommandAsync("Test-SysprepReadiness" + Show);

        string differences = Differences(await OfflineAsync("ready.raw"), ready);
        Assert.True(differences.Length == 0, differences);
        differences = Differences(await OfflineAsync("notready.vhdx"), notReady);
        Assert.True(differences.Length == 0, differences);
        Assert.Contains(ready, static line => line.StartsWith("LeftoverAnswerFile Pass ", StringComparison.Ordinal));
        Assert.Contains(notReady, static line => line.StartsWith(@"LeftoverAnswerFile Fail Warning Windows\Panther\unattend.xml: 12 bytes", StringComparison.Ordinal));
        Assert.Contains(ready, static line => line.StartsWith("AppxUserOnly Pass ", StringComparison.Ordinal));
        foreach (string id in new[] { "BitLockerOff", "VolumeDirty", "RearmLeft" })
        {
            Assert.Contains(ready, line => line.StartsWith(id + " Undetermined ", StringComparison.Ordinal));
        }

        Assert.Contains(ready, static line => line.StartsWith("DomainJoined Pass Blocker Domain membership: workgroup", StringComparison.Ordinal));
        Assert.Contains(ready, static line => line.StartsWith("RunContext Pass ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task BitLocker_is_seen_on_the_disk_that_the_systems_volume_lies_on()
    {
        const string judge = "Test-SysprepReadiness -Include BitLockerOff" + Show;
        byte[] sector = new byte[4096];
        await windows.StartAsync();

        string[] unreadable = await windows.CommandAsync(judge);
        "-FVE-FS-"u8.CopyTo(sector.AsSpan(3));
        windows.SetDisk(sector);
        string[] encrypted = await windows.CommandAsync(judge);
        "NTFS    "u8.CopyTo(sector.AsSpan(3));
        windows.SetDisk(sector);
        string[] plain = await windows.CommandAsync(judge);
        windows.SetDisk(sector[..512]);
        string[] tooShort = await windows.CommandAsync(judge);
        windows.SetDisk(null);

        Assert.Contains(unreadable, static line => line.StartsWith("BitLockerOff Undetermined Blocker What is stored on PhysicalDrive0 can't be read: ", StringComparison.Ordinal));
        Assert.Contains("BitLockerOff Fail Blocker C:: encrypted with BitLocker", encrypted);
        Assert.Contains(plain, static line => line.StartsWith("BitLockerOff Pass Blocker C:: ", StringComparison.Ordinal));
        Assert.Contains("BitLockerOff Undetermined Blocker PhysicalDrive0 ends before the volume that begins there.", tooShort);
    }

    [Fact]
    public async Task Windows_inspects_and_converts_a_disk_to_the_same_bytes()
    {
        const string inspect = "$i = Get-AzVhdInfo -LiteralPath '{0}'; \"$($i.Format) $($i.SubFormat) $($i.Capacity) $($i.Guest) $($i.SupportedGenerations) $(@($i.Partitions).Count)\"";
        const string convert = "$null = Convert-AzVhd -LiteralPath '{0}' -Destination '{1}'";
        await windows.StartAsync();
        using TempFolder folder = new();
        string disk = TestFile.Unpack("disks/mbr-dynamic.vhdx", folder);
        (string here, string there) = (folder.File("here.vhd"), folder.File("there.vhd"));

        string[] told = await windows.CommandAsync(Format(inspect, WineWindows.ToWindows(disk)) + "; " + Format(convert, WineWindows.ToWindows(disk), WineWindows.ToWindows(there)));
        string[] expected = await HereAsync(Format(inspect, disk) + "; " + Format(convert, disk, here));

        Assert.Single(expected);
        Assert.Contains(expected[0], told);
        byte[] expectedBytes = await File.ReadAllBytesAsync(here);
        byte[] bytes = await File.ReadAllBytesAsync(there);
        Assert.Equal(expectedBytes.Length, bytes.Length);

        // The footer has a time and an identifier of its own.
        Assert.True(expectedBytes.AsSpan(0, expectedBytes.Length - 512).SequenceEqual(bytes.AsSpan(0, bytes.Length - 512)));
    }

    private static string Format(string template, params string[] paths)
        => paths.Select(static (path, index) => (path, index)).Aggregate(template, static (text, item) => text.Replace($"{{{item.index}}}", item.path, StringComparison.Ordinal));

    private static string Differences(string[] offline, string[] live)
        => string.Join('\n', Comparable(offline).Except(Comparable(live)).Select(static line => "offline: " + line)
            .Concat(Comparable(live).Except(Comparable(offline)).Select(static line => "live: " + line)).Order(StringComparer.Ordinal));

    private static IEnumerable<string> Comparable(string[] lines)
        => lines.Where(static line => line.Contains("Generalized", StringComparison.Ordinal) || line.Contains("Windows Server", StringComparison.Ordinal)
            || (char.IsAsciiLetterUpper(line[0]) && line.Contains(' ', StringComparison.Ordinal)))
            .Where(static line => !line.StartsWith("wine:", StringComparison.Ordinal) && !DifferentByNature.Contains(line.Split(' ')[0]));

    private static async Task<string[]> OfflineAsync(string name)
    {
        using TempFolder folder = new();
        return await HereAsync($"Test-SysprepReadiness -LiteralPath '{TestFile.Unpack($"disks/{name}", folder)}'" + Show);
    }

    private static async Task<string[]> HereAsync(string command)
    {
        ShellRun run = await ShellRun.RunAsync(["-Command", command], environment: new Dictionary<string, string> { ["AZIMAGETOOLS_MODULE"] = RepositoryPaths.Module });
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Lines;
    }
}
