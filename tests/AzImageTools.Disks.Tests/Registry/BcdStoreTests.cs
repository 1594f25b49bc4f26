using System.Text;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Registry.Bcd;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Registry;

public sealed class BcdStoreTests : IDisposable
{
    private const string Made = "{11111111-2222-3333-4444-555555555555}";

    private static readonly Guid Loader = new("b3a7c4d2-5e16-4f08-8a9b-1c2d3e4f5a6b");
    private static readonly Guid Settings = new("0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_objects_of_a_store_and_what_the_boot_manager_starts_are_found()
    {
        using RegistryHive hive = Open(TestFile.Unpack("hives/BCD", _folder));
        BcdStore store = new(hive);
        Assert.Equal([Settings, BcdStore.BootManager, Loader], store.Objects.Select(static found => found.Id).Order());
        Assert.Equal(Loader, store.DefaultLoader?.Id);
        Assert.Equal(0x10200003u, store.DefaultLoader?.Type);
        Assert.Equal([Loader], store.GetObject(BcdStore.BootManager)?.GetElement(0x24000001)?.Value as Guid[] ?? []);
        Assert.Equal(@"\EFI\Microsoft\Boot\bootmgfw.efi", store.GetObject(BcdStore.BootManager)?.GetElement(0x12000002)?.Value);
        Assert.Null(store.GetObject(Guid.NewGuid()));
        Assert.Null(store.DefaultLoader?.GetElement(0x12FFFFFF));
    }

    [Fact]
    public void A_partition_of_a_disk_with_a_GUID_table_is_told_by_both_identifiers()
    {
        using RegistryHive hive = Open(TestFile.Unpack("hives/BCD", _folder));
        BcdDevice device = Assert.IsType<BcdDevice>(new BcdStore(hive).DefaultLoader?.GetElement(0x11000001)?.Value);
        Assert.Equal(
            (BcdDeviceKind.Partition, new Guid("5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0a04"), new Guid("5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0a01")),
            (device.Kind, device.PartitionId, device.DiskId));
        Assert.Equal((null, null, null), (device.Options, device.PartitionOffset, device.DiskSignature));
        Assert.Contains("5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0a04", device.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Elements_of_every_format_that_hivexsh_wrote_are_decoded()
    {
        const string mbr = "00000000000000000000000000000000" + "06000000000000004800000000000000" + "0000f015000000000000000000000000"
            + "0000000001000000f1a8ebb300000000" + "00000000000000000000000000000000" + "0000000000000000";
        const string boot = "dddddddd0000000000000000000000dd" + "05000000000000004800000000000000";
        string noughts = string.Concat(Enumerable.Repeat("00", 56));
        (string Type, string Value, object? Expected)[] elements =
        [
            ("15000001", Binary("05"), 5UL),
            ("15000002", Binary("010203"), 0x030201UL),
            ("15000003", Binary("ffffffffffffffff"), ulong.MaxValue),
            ("15000004", Binary("000000000000000001"), null),
            ("15000005", Binary(""), null),
            ("16000001", Binary("01"), true),
            ("16000002", Binary("0000"), false),
            ("17000001", Binary("01000000000000000200000000000000"), new[] { 1UL, 2UL }),
            ("17000002", Binary("0100"), null),
            ("12000001", "string:Windows Server", "Windows Server"),
            ("13000001", "string:" + Made, new Guid(Made)),
            ("13000002", "string:none", null),
            ("14000001", List(Made, Loader.ToString("B")), new[] { new Guid(Made), Loader }),
            ("14000002", List("{no}"), null),
            ("1a000001", Binary("00"), null),
            ("11000003", Binary("00"), null),
            ("11000004", Binary(boot.Replace("48000000", "ff000000", StringComparison.Ordinal) + noughts), null),
            ("12000002", Binary("00"), null),
        ];
        using RegistryHive hive = Open(await AddAsync([.. elements.Select(static element => (element.Type, element.Value)), ("21000001", Binary(mbr)), ("11000001", Binary(boot + noughts)), ("11000002", Binary("00000000000000000000000000000000" + "08000000000000001e00000000000000" + "00000000020000121e00000000000000")), ("text", Binary("00"))]));

        BcdObject made = Assert.IsType<BcdObject>(new BcdStore(hive).GetObject(new Guid(Made)));
        foreach ((string type, _, object? expected) in elements)
        {
            BcdElement element = Assert.IsType<BcdElement>(made.GetElement(Convert.ToUInt32(type, 16)));
            Assert.True(Equals(expected, element.Value) || (expected is Array list && list.Cast<object>().SequenceEqual(((Array)element.Value!).Cast<object>())), $"{type} is {element.Value}");
        }

        Assert.Equal(elements.Length + 3, made.Elements.Count());
        BcdDevice partition = Assert.IsType<BcdDevice>(made.GetElement(0x21000001)?.Value);
        Assert.Equal((BcdDeviceKind.Partition, 368050176L, 0xB3EBA8F1u), (partition.Kind, partition.PartitionOffset, partition.DiskSignature));
        Assert.Equal((null, null), (partition.PartitionId, partition.DiskId));
        BcdDevice start = Assert.IsType<BcdDevice>(made.GetElement(0x11000001)?.Value);
        Assert.Equal((BcdDeviceKind.Boot, new Guid("dddddddd-0000-0000-0000-0000000000dd")), (start.Kind, start.Options));
        BcdDevice located = Assert.IsType<BcdDevice>(made.GetElement(0x11000002)?.Value);
        Assert.Equal((BcdDeviceKind.Locate, 0x12000002u), (located.Kind, located.LocatedBy));
    }

    private static string Binary(string hex) => Hex(3, Convert.FromHexString(hex));

    private static string List(params string[] texts) => Hex(7, Encoding.Unicode.GetBytes(string.Concat(texts.Select(static text => text + '\0')) + '\0'));

    private static string Hex(int type, byte[] bytes) => $"hex:{type}:{string.Join(',', bytes.Select(static b => $"{b:x2}"))}";

    private static RegistryHive Open(string path) => RegistryHive.Open(File.OpenRead(path), Path.GetFileName(path));

    /// <summary>Adds an object with elements to a store, and a key that is no object.</summary>
    private async Task<string> AddAsync(params (string Type, string Value)[] elements)
    {
        ExternalTool.SkipUnlessInstalled("hivexsh");
        string hive = TestFile.Unpack("hives/BCD", _folder);
        StringBuilder script = new();
        script.Append(@"cd \Objects").Append('\n').Append("add other\nadd ").Append(Made).Append("\ncd ").Append(Made).Append("\nadd Elements\ncd Elements\n");
        foreach ((string type, string value) in elements)
        {
            script.Append("add ").Append(type).Append("\ncd ").Append(type).Append("\nsetval 1\nElement\n").Append(value).Append("\ncd ..\n");
        }

        string path = _folder.File("script");
        await File.WriteAllTextAsync(path, script.Append("commit\n").ToString(), TestContext.Current.CancellationToken);
        await ExternalTool.RunAsync("hivexsh", "-w", "-f", path, hive);
        return hive;
    }
}
