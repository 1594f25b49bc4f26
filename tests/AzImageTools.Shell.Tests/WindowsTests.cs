using System.Globalization;
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
        "SecureBootCertificates", "SignedBootDrivers", "SignedLoaders", // asked of disk images only
        "AutoLogonPassword", // SECURITY is closed
        "NvmeDrivers", // a disk's sets of control are all asked, a running machine's is the one in use
        "LeftoverAnswerFile", "PantherFolder", "TempVariables", // told with the file's time; Wine writes the case of its own at each start
    ];

    private const string SysprepLog = """
        2026-03-20 15:23:10, Error                 SYSPRP of an earlier run
        2026-03-20 15:23:14, Info       [0x0f004d] SYSPRP Beginning of a new sysprep run
        2026-03-20 15:23:15, Error                 SYSPRP Package Contoso.App_1.0.0.0_x64__abc was installed for a user, but not provisioned for all users. This package will not function properly in the sysprep image.

        """;

    /// <summary>What a collector does not or need not tell as a running machine does.</summary>
    private static readonly string[] OtherwiseByEvidence =
    [
        "RunContext", // who gathered the evidence need not be who will start Sysprep
        "BitLockerOff", // in place the volume's disk is read, elsewhere WMI asked, which Wine's does not tell
        "DomainJoined", // Wine's WMI does not tell
        "EfsFiles", // counts Wine's own files, which change
    ];

    [Fact]
    public async Task The_running_Windows_evidence_of_it_and_a_disk_with_the_same_registry_and_files_are_judged_alike()
    {
        await windows.StartAsync();
        windows.WriteFile("setup/state/State.ini", "[State]\r\nImageState=IMAGE_STATE_COMPLETE\r\n");
        windows.WriteFile("system32/inetsrv/config/applicationHost.config", "<configuration />");
        windows.WriteFile("system32/sppnp.dll", "MZ");
        windows.WriteFile("../WindowsAzure/GuestAgent_2.7.41491.1095/WindowsAzureGuestAgent.exe", "MZ");
        await windows.ImportAsync("SYSTEM", "SOFTWARE", "BCD.gpt");
        string[] ready = await JudgeAlikeAsync();

        windows.WriteFile("panther/unattend.xml", "<unattend />");
        await windows.ImportAsync("SYSTEM.notready", "SOFTWARE.notready");
        string[] notReady = await JudgeAlikeAsync();

        windows.WriteFile("system32/Sysprep/Panther/setupact.log", SysprepLog);
        Assert.Contains(await JudgeAlikeAsync(), static line => line.StartsWith("LastSysprepError Fail Warning Known cause: ", StringComparison.Ordinal));

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

    /// <summary>Judges the running Windows, there and by evidence gathered on it: both must tell the same.</summary>
    private async Task<string[]> JudgeAlikeAsync()
    {
        const string judge = "Test-SysprepReadiness -EvidencePath '{0}'";
        string[] live = await windows.CommandAsync("Test-SysprepReadiness" + Show);
        using TempFolder folder = new();
        (string whole, string chunks) = (folder.File("whole.txt"), folder.File("chunks.txt"));
        string collector = Path.Combine(RepositoryPaths.Module, "evidence", "collect-windows.ps1");
        await File.WriteAllLinesAsync(whole, await windows.ScriptAsync(collector));

        // A chunk a run, as for Run Command, and kept in the wrong order.
        List<string[]> runs = [await windows.ScriptAsync(collector, "-Chunk", "1")];
        int count = int.Parse(runs[0][0].Split(", ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
        for (int number = 2; number <= count; number++)
        {
            runs.Add(await windows.ScriptAsync(collector, "-Chunk", number.ToString(CultureInfo.InvariantCulture)));
        }

        Assert.InRange(count, 2, 9);
        Assert.All(runs, static run => Assert.InRange(run.Sum(static line => line.Length + "\r\n".Length), 1, 4096));
        Assert.False(windows.HasFile("AzImageTools.evidence"));
        runs.Reverse();
        await File.WriteAllLinesAsync(chunks, runs.SelectMany(static run => run));

        foreach (string path in new[] { whole, chunks })
        {
            string[] evidence = await HereAsync(Format(judge, path) + Show);
            string differences = string.Join('\n', live.Except(evidence).Where(IsComparable).Select(static line => "live: " + line)
                .Concat(evidence.Except(live).Where(IsComparable).Select(static line => "evidence: " + line)).Order(StringComparer.Ordinal));
            Assert.True(differences.Length == 0, differences);
        }

        return live;

        static bool IsComparable(string line) => char.IsAsciiLetterUpper(line[0]) && line.Contains(' ', StringComparison.Ordinal) && !OtherwiseByEvidence.Contains(line.Split(' ')[0]);
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
        ShellRun run = await ShellRun.CommandAsync(command);
        Assert.True(run.ExitCode == 0, run.Error);
        return run.Lines;
    }
}
