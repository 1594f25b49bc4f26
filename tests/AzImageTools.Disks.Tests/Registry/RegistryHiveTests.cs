using AzImageTools.Disks.Registry;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Registry;

public class RegistryHiveTests
{
    public static TheoryData<string> Hives => new("SYSTEM", "SOFTWARE", "SECURITY", "BCD");

    public static TheoryData<string> SampleHives => new(
        "minimal",
        "special",
        "dirty-new/RecoveredHive_Windows10",
        "dirty-old/RecoveredHive_Windows7");

    [Theory]
    [MemberData(nameof(Hives))]
    public void Every_key_and_value_is_read_as_hivex_reads_it(string name)
    {
        using TempFolder folder = new();
        string[] expected = File.ReadAllLines(TestFile.Unpack($"hives/{name}.tsv", folder));
        using RegistryHive hive = Open(TestFile.Unpack($"hives/{name}", folder));
        Assert.Equal(HiveState.Clean, hive.State);
        Assert.Equal(expected.Order(StringComparer.Ordinal), HiveDump.Lines(hive).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Hives))]
    public void The_values_of_all_subkeys_are_those_of_each(string name)
    {
        using TempFolder folder = new();
        using RegistryHive hive = Open(TestFile.Unpack($"hives/{name}", folder));
        string[] names = ["START", "imagepath", "Type", "", "ProductName", "Current"];
        int found = 0;
        foreach (RegistryKey key in Below(hive.Root))
        {
            Assert.Equal(
                key.GetSubKeys().Select(sub => (sub.Name, string.Join('|', names.Select(value => Tell(sub.GetValue(value)))))),
                key.GetSubKeyValues(names).Select(sub => (sub.SubKey, string.Join('|', sub.Values.Select(Tell)))));
            found += key.GetSubKeyValues(names).Sum(static sub => sub.Values.Count(static value => value is not null));
        }

        Assert.NotEqual(0, found);

        static string Tell(RegistryValue? value) => value is null ? "none" : $"{value.Type} {Convert.ToHexString(value.Data.Span)}";
        static IEnumerable<RegistryKey> Below(RegistryKey key) => key.GetSubKeys().SelectMany(Below).Prepend(key);
    }

    [Theory]
    [MemberData(nameof(SampleHives))]
    public async Task Every_key_and_value_of_other_peoples_hives_is_read_as_hivex_reads_it(string name)
    {
        using TempFolder folder = new();
        string path = TestFile.UnpackSample($"hives/{name}", folder);
        string expected = await DumpByHivexAsync(path);
        using RegistryHive hive = Open(path);
        Assert.Equal(
            expected.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal),
            HiveDump.Lines(hive).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("dirty-new/NewDirtyHive")]
    [InlineData("dirty-old/OldDirtyHive")]
    public void A_hive_whose_last_write_was_not_completed_is_dirty_and_still_opens(string name)
    {
        using TempFolder folder = new();
        using RegistryHive hive = Open(TestFile.UnpackSample($"hives/{name}", folder));
        Assert.Equal(HiveState.Dirty, hive.State);
        Assert.NotNull(hive.Root.SubKeyNames.Take(1).ToArray());
    }

    [Fact]
    public void Data_shorter_than_its_value_says_is_cut_to_what_is_there()
    {
        using TempFolder folder = new();
        using RegistryHive hive = Open(TestFile.UnpackSample("hives/rlenvalue_test_hive", folder));
        RegistryValue[] values = [.. HiveValues(hive.Root)];
        Assert.NotEmpty(values);
        Assert.All(values, value => Assert.InRange(value.Data.Length, 0, 16344));
    }

    [Theory]
    [InlineData("controlset003\\services\\CDROM")]
    [InlineData("\\ControlSet003\\Services\\cdrom\\")]
    public void A_key_is_found_without_regard_to_case(string path)
    {
        using TempFolder folder = new();
        using RegistryHive hive = Open(TestFile.Unpack("hives/SYSTEM", folder));
        RegistryKey key = Assert.IsType<RegistryKey>(hive.OpenKey(path));
        Assert.Equal("cdrom", key.Name);
        Assert.Equal("ControlSet003\\Services\\cdrom", key.Path);
        Assert.Equal(1u, key.GetValue("START")?.Value);
    }

    [Fact]
    public void What_is_not_there_is_null()
    {
        using TempFolder folder = new();
        using RegistryHive hive = Open(TestFile.Unpack("hives/SYSTEM", folder));
        Assert.Null(hive.OpenKey("ControlSet001\\Services"));
        Assert.Null(hive.OpenKey("Select\\Current\\deeper"));
        Assert.Null(hive.OpenKey("Select")!.GetValue("nosuch"));
        Assert.Same(hive.Root, hive.OpenKey(string.Empty));
    }

    [Fact]
    public void Only_a_part_of_a_large_hive_is_read_for_one_value()
    {
        using TempFolder folder = new();
        string path = TestFile.UnpackSample("hives/dirty-new/RecoveredHive_Windows10", folder);
        using CountingStream content = new(File.ReadAllBytes(path));
        using RegistryHive hive = RegistryHive.Open(content, "hive");
        string key = hive.Root.GetSubKeys().SelectMany(static child => child.SubKeyNames.Select(name => child.Name + "\\" + name)).Last();
        content.BytesRead = 0;
        using RegistryHive again = RegistryHive.Open(content, "hive");
        Assert.NotNull(again.OpenKey(key));
        Assert.InRange(content.BytesRead, 1, 512 * 1024);
    }

    [Fact]
    public void A_file_that_is_no_hive_is_refused()
    {
        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => RegistryHive.Open(new MemoryStream(new byte[8192]), "zeros"));
        Assert.Equal("zeros", refusal.File);
        Assert.Equal(0, refusal.Offset);
        Assert.Throws<DiskFormatException>(() => RegistryHive.Open(new MemoryStream([]), "nothing"));
    }

    private static IEnumerable<RegistryValue> HiveValues(RegistryKey key)
        => key.GetValues().Concat(key.GetSubKeys().SelectMany(HiveValues));

    private static RegistryHive Open(string path) => RegistryHive.Open(File.OpenRead(path), Path.GetFileName(path));

    private static async Task<string> DumpByHivexAsync(string path)
    {
        ExternalTool.SkipUnlessInstalled("perl");
        (int exitCode, _, _) = await ExternalTool.TryRunAsync("perl", "-MWin::Hivex", "-e1");
        Assert.SkipUnless(exitCode == 0, "not installed here: the Perl module Win::Hivex");
        return await ExternalTool.RunAsync("perl", Path.Combine(RepositoryPaths.TestData, "hive.pl"), "dump", path);
    }
}
