using AzImageTools.Disks;
using AzImageTools.Disks.Inspection;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.Readiness.Windows;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests;

public sealed class OfflineRegistryTests
{
    private const string Configuration = @"Windows\System32\config\";

    [Fact]
    public void The_current_control_set_is_the_one_that_Select_names()
    {
        using OfflineRegistry registry = Open("SYSTEM");

        Assert.Equal(1u, registry.OpenKey(@"SYSTEM\CurrentControlSet\Services\cdrom")?.GetValue("Start")?.Value);
        Assert.Null(registry.OpenKey(@"SYSTEM\ControlSet001\Services\cdrom"));
    }

    [Fact]
    public void A_missing_hive_is_told_from_a_missing_key()
    {
        using OfflineRegistry registry = Open("SYSTEM");

        Assert.Null(registry.OpenKey(@"SYSTEM\NoSuchKey"));
        Assert.Throws<EvidenceUnavailableException>(() => registry.OpenKey(WindowsKeys.WindowsNT));
        Assert.Throws<EvidenceUnavailableException>(() => registry.OpenKey(WindowsKeys.DomainMembership));
        Assert.Throws<EvidenceUnavailableException>(() => registry.OpenKey(WindowsKeys.BootStore));
        Assert.Throws<EvidenceUnavailableException>(() => registry.OpenKey(@"HARDWARE\DESCRIPTION"));
    }

    [Fact]
    public void A_key_of_the_current_control_set_is_unavailable_and_not_absent_where_Select_names_none()
    {
        byte[] hive = Hive("SYSTEM");
        int name = hive.AsSpan().IndexOf("Current"u8);
        "Fallacy"u8.CopyTo(hive.AsSpan(name));
        using WindowsHives hives = Assert.IsType<WindowsHives>(WindowsHives.Open(new MemoryFileSystem(new() { [Configuration + "SYSTEM"] = hive })));
        using OfflineRegistry registry = new(hives, []);

        Assert.Null(hives.ControlSetName);
        Assert.NotNull(registry.OpenKey(WindowsKeys.Setup));
        Assert.Contains(@"SYSTEM\Select\Current", Assert.Throws<EvidenceUnavailableException>(() => registry.OpenKey(WindowsKeys.Services + @"\cdrom")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_boot_configuration_is_found_where_firmware_of_either_generation_has_it()
    {
        foreach (string path in new[] { @"EFI\Microsoft\Boot\BCD", @"Boot\BCD" })
        {
            using OfflineRegistry registry = new(null, [new MemoryFileSystem([]), new MemoryFileSystem(new() { [path] = Hive("BCD") })]);

            Assert.Contains(BootStore.BootManager, registry.OpenKey(WindowsKeys.BootStore + @"\Objects")?.SubKeyNames ?? []);
        }
    }

    [Fact]
    public void A_hive_whose_last_write_was_not_completed_is_named()
    {
        const int secondarySequence = 8;
        byte[] hive = Hive("SOFTWARE");
        hive[secondarySequence] ^= 1;
        using WindowsHives hives = Assert.IsType<WindowsHives>(WindowsHives.Open(new MemoryFileSystem(new()
        {
            [Configuration + "SYSTEM"] = Hive("SYSTEM"),
            [Configuration + "SOFTWARE"] = hive,
        })));
        using OfflineRegistry registry = new(hives, []);

        Assert.Equal(["SOFTWARE"], registry.DirtyHives.Select(dirty => dirty.Name));
        Assert.NotNull(registry.OpenKey(WindowsKeys.WindowsNT));
    }

    [Fact]
    public void A_hive_whose_last_write_is_completed_by_a_log_beside_it_is_as_good_as_a_clean_one()
    {
        byte[] written = Hive("SOFTWARE");
        byte[] hive = HiveLogs.WithBase(written, 3, 2);
        hive.AsSpan(4096).Clear();
        using WindowsHives hives = Assert.IsType<WindowsHives>(WindowsHives.Open(new MemoryFileSystem(new()
        {
            [Configuration + "SOFTWARE"] = hive,
            [Configuration + "SOFTWARE.LOG1"] = HiveLogs.NewLog(hive, 2, HiveLogs.Entry(2, written)),
            [Configuration + "SOFTWARE.LOG2"] = [],
        })));
        using OfflineRegistry registry = new(hives, []);

        Assert.Empty(registry.DirtyHives);
        Assert.NotNull(registry.OpenKey(WindowsKeys.WindowsNT));
    }

    [Fact]
    public void A_damaged_hive_is_neither_missing_nor_said_to_be_stale()
    {
        byte[] hive = Hive("SOFTWARE");
        hive.AsSpan(0, 4).Clear();
        using WindowsHives hives = Assert.IsType<WindowsHives>(WindowsHives.Open(new MemoryFileSystem(new() { [Configuration + "SOFTWARE"] = hive })));
        using OfflineRegistry registry = new(hives, []);

        Assert.Throws<DiskFormatException>(() => registry.OpenKey(WindowsKeys.WindowsNT));
        Assert.Empty(registry.DirtyHives);
    }

    private static OfflineRegistry Open(params string[] names)
        => new(WindowsHives.Open(new MemoryFileSystem(names.ToDictionary(name => Configuration + name, Hive))), []);

    private static byte[] Hive(string name)
    {
        using TempFolder folder = new();
        return File.ReadAllBytes(TestFile.Unpack($"hives/{name}", folder));
    }
}
