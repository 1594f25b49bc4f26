using AzImageTools.Disks.Items;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Items;

public sealed class GuestRegistryTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(@"HKLM\SYSTEM\CurrentControlSet\Services\cdrom")]
    [InlineData(@"hklm:\system\currentcontrolset\services\CDROM")]
    [InlineData(@"HKEY_LOCAL_MACHINE\SYSTEM\ControlSet003\Services\cdrom")]
    [InlineData(@"Registry::HKEY_LOCAL_MACHINE\SYSTEM\*\Services\cdro[m]\")]
    public void A_value_is_read_by_the_path_of_a_running_Windows(string key)
    {
        using GuestRegistry registry = Open("ready-dynamic.vhdx");
        GuestRegistryValue start = Assert.Single(Values(registry.Find(key, "Start")));

        Assert.Equal(("Start", RegistryValueType.DWord, 1u, HiveState.Clean), (start.Name, start.Type, start.Data, start.HiveState));
        Assert.EndsWith(@"\Services\cdrom", start.Key, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(key.Contains("Current", StringComparison.OrdinalIgnoreCase), start.Key.Contains(@"\CurrentControlSet\", StringComparison.Ordinal));
        Assert.NotNull(start.KeyLastWriteTime);
    }

    [Fact]
    public void All_values_of_a_key_are_read_and_those_below_it_with_recursion()
    {
        using GuestRegistry registry = Open("ready-dynamic.vhdx");
        GuestRegistryValue[] own = Values(registry.Find(@"HKLM\SYSTEM\CurrentControlSet\Services\cdrom"));
        GuestRegistryValue[] all = Values(registry.Find(@"HKLM\SYSTEM", recurse: true));

        Assert.Equal(["Group", "ImagePath", "Start", "Type"], own.Select(static value => value.Name).Order(StringComparer.Ordinal));
        Assert.Equal(129, all.Length);
        Assert.All(all, static value => Assert.StartsWith(@"HKLM\SYSTEM", value.Key, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ready-dynamic.vhdx")]
    [InlineData("mbr-fixed.vhd")]
    public void The_boot_configuration_is_read_of_either_generation(string disk)
    {
        using GuestRegistry registry = Open(disk);
        GuestRegistryValue[] names = Values(registry.Find(@"HKLM\BCD00000000\Objects\*\Elements\12000004", "Element"));

        Assert.Contains("Windows Boot Manager", names.Select(static value => value.Data));
    }

    [Theory]
    [InlineData(@"HKLM\SAM", null, DiskItemProblem.RegistryHiveNotFound)]
    [InlineData(@"HKLM\nosuch\key", null, DiskItemProblem.RegistryHiveNotFound)]
    [InlineData(@"HKCU\Software", null, DiskItemProblem.RegistryHiveNotFound)]
    [InlineData(@"SOFTWARE\Microsoft", null, DiskItemProblem.RegistryHiveNotFound)]
    [InlineData(@"HKLM", null, DiskItemProblem.RegistryKeyNotFound)]
    [InlineData(@"HKLM\SOFTWARE\nosuch", null, DiskItemProblem.RegistryKeyNotFound)]
    [InlineData(@"HKLM\SYSTEM\CurrentControlSet\Services\cdrom", "nosuch", DiskItemProblem.RegistryValueNotFound)]
    public void What_is_not_there_is_told(string key, string? name, DiskItemProblem problem)
    {
        using GuestRegistry registry = Open("ready-dynamic.vhdx");

        Assert.Equal(problem, Assert.Throws<DiskItemException>(() => Values(registry.Find(key, name))).Problem);
    }

    [Fact]
    public void Nothing_is_found_by_wildcards_without_an_error()
    {
        using GuestRegistry registry = Open("ready-dynamic.vhdx");

        Assert.Empty(Values(registry.Find(@"HKLM\SOFTWARE\nosuch*")));
        Assert.Empty(Values(registry.Find(@"HKU\*")));
    }

    [Fact]
    public void A_disk_without_Windows_has_no_registry()
    {
        using GuestRegistry registry = Open("linux.vhd");

        Assert.Contains("no Windows was found", Assert.Throws<DiskItemException>(() => Values(registry.Find(@"HKLM\SOFTWARE"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hives_of_users_are_found_by_profile_and_dirty_ones_are_recovered_or_told()
    {
        ExternalTool.SkipUnlessInstalled("mkfs.fat", "mcopy", "mmd");
        byte[] written = await File.ReadAllBytesAsync(TestFile.Unpack("hives/SECURITY", _folder), TestContext.Current.CancellationToken);
        string software = TestFile.Unpack("hives/SOFTWARE", _folder);
        byte[] dirty = HiveLogs.WithBase(written, 3, 2);
        byte[] lost = [.. dirty];
        dirty.AsSpan(4096).Clear();
        string volume = _folder.File("windows.img");
        await using (FileStream file = File.Create(volume))
        {
            file.SetLength(16 << 20);
        }

        await ExternalTool.RunAsync("mkfs.fat", "-F", "16", volume);
        await ExternalTool.RunAsync("mmd", "-i", volume, "::/Windows", "::/Windows/System32", "::/Windows/System32/config", "::/Users", "::/Users/alice", "::/Users/bob", "::/Users/nobody");
        foreach ((string target, byte[] content) in new[]
        {
            ("Windows/System32/config/SOFTWARE", await File.ReadAllBytesAsync(software, TestContext.Current.CancellationToken)),
            ("Users/alice/NTUSER.DAT", dirty),
            ("Users/alice/NTUSER.DAT.LOG1", HiveLogs.NewLog(dirty, 2, HiveLogs.Entry(2, written))),
            ("Users/bob/NTUSER.DAT", lost),
        })
        {
            string source = _folder.File("source");
            await File.WriteAllBytesAsync(source, content, TestContext.Current.CancellationToken);
            await ExternalTool.RunAsync("mcopy", "-i", volume, source, "::/" + target);
        }

        List<string> warnings = [];
        using GuestRegistry registry = GuestRegistry.Open(TestDisks.Open(volume), warn: warnings.Add);
        GuestRegistryValue[] alice = Values(registry.Find(@"HKU\alice", recurse: true));
        Assert.Equal(3, alice.Length);
        Assert.All(alice, static value => Assert.Equal(HiveState.Recovered, value.HiveState));
        Assert.Empty(warnings);

        Assert.Equal(6, Values(registry.Find(@"HKU\*", recurse: true)).Length);
        Assert.Contains("not finished writing", Assert.Single(warnings), StringComparison.Ordinal);
        Assert.Throws<DiskItemException>(() => Values(registry.Find(@"HKU\nobody")));
    }

    private static GuestRegistryValue[] Values(IEnumerable<Found<GuestRegistryValue>> found) => [.. found.Select(static value => value.Value ?? throw value.Problem!)];

    private GuestRegistry Open(string disk) => GuestRegistry.Open(TestDisks.Open(TestDisks.Unpack(disk, _folder)));
}
