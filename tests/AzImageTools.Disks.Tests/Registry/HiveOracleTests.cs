using System.Xml.Linq;
using AzImageTools.Disks.Registry;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Registry;

/// <summary>Two other readers, which share no code with one another, read the same keys, types and values.</summary>
public sealed class HiveOracleTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static TheoryData<string> Hives => RegistryHiveTests.Hives;

    public static TheoryData<string> SampleHives => RegistryHiveTests.SampleHives;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Hives))]
    public Task Every_key_type_and_value_is_the_one_that_hivexml_prints(string name) => AssertXmlAsync(TestFile.Unpack($"hives/{name}", _folder));

    [Theory]
    [MemberData(nameof(SampleHives))]
    public Task Every_key_type_and_value_of_other_peoples_hives_is_the_one_that_hivexml_prints(string name) => AssertXmlAsync(TestFile.UnpackSample($"hives/{name}", _folder));

    [Theory]
    [MemberData(nameof(Hives))]
    public Task Every_key_type_and_value_is_the_one_that_reglookup_prints(string name) => AssertRowsAsync(TestFile.Unpack($"hives/{name}", _folder));

    // reglookup does not convert names beyond ASCII: the hive that has them is left out.
    [Theory]
    [InlineData("minimal")]
    [InlineData("dirty-new/RecoveredHive_Windows10")]
    [InlineData("dirty-old/RecoveredHive_Windows7")]
    public Task Every_key_type_and_value_of_other_peoples_hives_is_the_one_that_reglookup_prints(string name) => AssertRowsAsync(TestFile.UnpackSample($"hives/{name}", _folder));

    private static async Task AssertXmlAsync(string path)
    {
        ExternalTool.SkipUnlessInstalled("hivexml");
        XElement root = XDocument.Parse(await ExternalTool.RunAsync("hivexml", path)).Root!.Element("node")!;
        using RegistryHive hive = RegistryHive.Open(File.OpenRead(path), "hive");
        Assert.Equal(HiveXml.Lines(root, string.Empty).Order(StringComparer.Ordinal), HiveXml.Lines(hive.Root, string.Empty).Order(StringComparer.Ordinal));
    }

    private static async Task AssertRowsAsync(string path)
    {
        ExternalTool.SkipUnlessInstalled("reglookup");
        string output = await ExternalTool.RunAsync("reglookup", path);
        using RegistryHive hive = RegistryHive.Open(File.OpenRead(path), "hive");
        Assert.Equal(HiveRows.Parse(output).Order(StringComparer.Ordinal), HiveRows.Lines(hive.Root, string.Empty).Order(StringComparer.Ordinal));
    }
}
