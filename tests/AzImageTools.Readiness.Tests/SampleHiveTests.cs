using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests;

/// <summary>Hives on a disk in the place of Windows' own, and every value of theirs as rules are told it: it is what hivex reads.</summary>
public sealed class SampleHiveTests : IDisposable
{
    private const string Configuration = "::Windows/System32/config/";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("hives/minimal", null, "hives/minimal")]
    [InlineData("hives/special", null, "hives/special")]
    [InlineData("hives/rlenvalue_test_hive", null, "hives/rlenvalue_test_hive")]
    [InlineData("hives/dirty-new/NewDirtyHive", "hives/dirty-new/NewDirtyHive", "hives/dirty-new/RecoveredHive_Windows10")]
    [InlineData("hives/dirty-old/OldDirtyHive", "hives/dirty-old/OldDirtyHive", "hives/dirty-old/RecoveredHive_Windows7")]
    public async Task A_real_hive_gets_a_report_and_its_values_are_those_that_hivex_reads(string hive, string? logs, string recovered)
    {
        string disk = await MakeDiskAsync();
        foreach (string name in new[] { "SYSTEM", "SOFTWARE" })
        {
            await ExternalTool.RunAsync("mcopy", "-i", disk, TestFile.UnpackSample(hive, _folder), Configuration + name);
            foreach (string extension in logs is null ? [] : new[] { ".LOG1", ".LOG2" })
            {
                await ExternalTool.RunAsync("mcopy", "-i", disk, TestFile.UnpackSample(logs + extension, _folder), Configuration + name + extension);
            }
        }

        string dump = await DumpAsync(TestFile.UnpackSample(recovered, _folder));
        using VirtualDisk opened = DiskOpener.Open(disk);
        using OfflineGuest guest = OfflineGuest.Open(new OpenedImage(opened));
        ReadinessReport report = ReadinessCheck.Run(guest, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(RuleCatalog.Disk.Count + RuleCatalog.Windows.Count, report.Findings.Count);
        Assert.NotEqual(ReadinessVerdict.Ready, report.Verdict);
        AssertSame(RegistryLines.Parse(dump), RegistryLines.Of(guest, "SOFTWARE"));
    }

    [Fact]
    public async Task Every_value_that_rules_ask_for_is_the_one_that_hivex_reads()
    {
        string disk = await MakeDiskAsync();
        await ExternalTool.RunAsync("mmd", "-i", disk, "::Boot");
        Dictionary<string, string> dumps = [];
        foreach ((string hive, string place) in new[] { ("SYSTEM", Configuration), ("SOFTWARE", Configuration), ("SECURITY", Configuration), ("BCD", "::Boot/") })
        {
            string file = TestFile.Unpack($"hives/{hive}", _folder);
            await ExternalTool.RunAsync("mcopy", "-i", disk, file, place + hive);
            dumps.Add(hive, await DumpAsync(file));
        }

        using VirtualDisk opened = DiskOpener.Open(disk);
        using OfflineGuest guest = OfflineGuest.Open(new OpenedImage(opened));

        AssertSame(RegistryLines.Parse(dumps["SYSTEM"], "ControlSet003"), RegistryLines.Of(guest, WindowsKeys.ControlSet));
        AssertSame(RegistryLines.Parse(dumps["SYSTEM"]), RegistryLines.Of(guest, "SYSTEM"));
        AssertSame(RegistryLines.Parse(dumps["SOFTWARE"]), RegistryLines.Of(guest, "SOFTWARE"));
        AssertSame(RegistryLines.Parse(dumps["SECURITY"]), RegistryLines.Of(guest, "SECURITY"));
        AssertSame(RegistryLines.Parse(dumps["BCD"]), RegistryLines.Of(guest, WindowsKeys.BootStore));
    }

    private static void AssertSame(IEnumerable<string> expected, IEnumerable<string> seen)
        => Assert.Equal(expected.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));

    private static async Task<string> DumpAsync(string hive)
        => await ExternalTool.RunAsync("perl", Path.Combine(RepositoryPaths.TestData, "hive.pl"), "dump", hive);

    private async Task<string> MakeDiskAsync()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.vfat", "mmd", "mcopy", "perl");
        (int exitCode, _, _) = await ExternalTool.TryRunAsync("perl", "-MWin::Hivex", "-e1");
        Assert.SkipUnless(exitCode == 0, "not installed here: the Perl module Win::Hivex");
        string disk = _folder.File("disk.raw");
        await using (FileStream file = File.Create(disk))
        {
            file.SetLength(64L << 20);
        }

        await ExternalTool.RunAsync("mkfs.vfat", "-F", "32", disk);
        foreach (string name in new[] { "::Windows", "::Windows/System32", "::Windows/System32/config" })
        {
            await ExternalTool.RunAsync("mmd", "-i", disk, name);
        }

        return disk;
    }
}
