using AzImageTools.Disks;
using AzImageTools.Readiness.Guests;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests;

/// <summary>Hives that other people's programs made, on a disk in the place of Windows' own.</summary>
public sealed class SampleHiveTests
{
    private const string Configuration = "::Windows/System32/config/";

    [Theory]
    [InlineData("hives/minimal", null, "hives/minimal")]
    [InlineData("hives/special", null, "hives/special")]
    [InlineData("hives/rlenvalue_test_hive", null, "hives/rlenvalue_test_hive")]
    [InlineData("hives/dirty-new/NewDirtyHive", "hives/dirty-new/NewDirtyHive", "hives/dirty-new/RecoveredHive_Windows10")]
    [InlineData("hives/dirty-old/OldDirtyHive", "hives/dirty-old/OldDirtyHive", "hives/dirty-old/RecoveredHive_Windows7")]
    public async Task A_real_hive_gets_a_report_and_its_keys_are_those_that_hivex_reads(string hive, string? logs, string recovered)
    {
        ExternalTool.SkipUnlessInstalled("mkfs.vfat", "mmd", "mcopy", "hivexsh");
        using TempFolder folder = new();
        string disk = folder.File("disk.raw");
        await using (FileStream file = File.Create(disk))
        {
            file.SetLength(64L << 20);
        }

        await ExternalTool.RunAsync("mkfs.vfat", "-F", "32", disk);
        foreach (string name in new[] { "::Windows", "::Windows/System32", "::Windows/System32/config" })
        {
            await ExternalTool.RunAsync("mmd", "-i", disk, name);
        }

        foreach (string name in new[] { "SYSTEM", "SOFTWARE" })
        {
            await ExternalTool.RunAsync("mcopy", "-i", disk, TestFile.UnpackSample(hive, folder), Configuration + name);
            foreach (string extension in logs is null ? [] : new[] { ".LOG1", ".LOG2" })
            {
                await ExternalTool.RunAsync("mcopy", "-i", disk, TestFile.UnpackSample(logs + extension, folder), Configuration + name + extension);
            }
        }

        string commands = folder.File("ls.hivex");
        await File.WriteAllTextAsync(commands, "ls\n", TestContext.Current.CancellationToken);
        string listing = await ExternalTool.RunAsync("hivexsh", "-f", commands, TestFile.UnpackSample(recovered, folder));

        using VirtualDisk opened = VirtualDisk.Open(disk);
        using OfflineGuest guest = OfflineGuest.Open(opened);
        ReadinessReport report = ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(RuleCatalog.Disk.Count + RuleCatalog.Windows.Count, report.Findings.Count);
        Assert.NotEqual(ReadinessVerdict.Ready, report.Verdict);
        Assert.Equal(
            listing.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            guest.GetSubkeyNames("SOFTWARE").Select(Shown).Order(StringComparer.Ordinal));
    }

    /// <summary>hivexsh prints a name up to its first zero character.</summary>
    private static string Shown(string name) => name.Split('\0')[0];
}
