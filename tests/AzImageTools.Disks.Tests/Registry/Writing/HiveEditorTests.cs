using System.Text;
using System.Xml.Linq;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Registry.Writing;
using AzImageTools.Disks.Tests.Volumes.Writing;
using AzImageTools.TestKit;
using CsCheck;

namespace AzImageTools.Disks.Tests.Registry.Writing;

public sealed class HiveEditorTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly string[] Keys =
        ["Setup", "ControlSet001\\Services\\stornvme", "ControlSet001\\Services\\stornvme\\StartOverride", "Fresh", "Fresh\\Below\\Deep", "fresh\\BELOW\\a", "Fresh\\z z", "Other"];

    private static readonly string[] Names = ["", "Start", "START", "A", "Gr\u00FC\u00DFe", "\u540D\u524D", "a longer name of a value, with spaces"];

    private static readonly RegistryValueType[] Types = [RegistryValueType.Binary, RegistryValueType.None, RegistryValueType.String];

    private readonly TempFolder _folder = new();

    public static TheoryData<string> Hives => ["SYSTEM", "SOFTWARE", "BCD", "SECURITY"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Hives))]
    public void Random_changes_leave_what_a_model_of_the_hive_has(string name)
    {
        byte[] original = File.ReadAllBytes(TestFile.Unpack($"hives/{name}", _folder));
        Steps.Sample(
            plan => Assert.Equal(Run(original, plan.Pages, plan.Steps, out byte[] changed).Lines, Read(changed).Lines),
            seed: "0000KN0sn2u3",
            iter: Math.Max(60, WritePlan.Sequences),
            threads: 1);
    }

    [Theory]
    [MemberData(nameof(Hives))]
    public async Task Two_other_readers_find_the_same_after_random_changes(string name)
    {
        ExternalTool.SkipUnlessInstalled("hivexml", "reglookup");
        byte[] original = await File.ReadAllBytesAsync(TestFile.Unpack($"hives/{name}", _folder), TestContext.Current.CancellationToken);
        List<(int Pages, Step[] Steps)> plans = [];
        Steps.Sample(plans.Add, seed: "0000KN0sn2u3", iter: Math.Max(12, WritePlan.Sequences / 50), threads: 1);
        foreach ((int pages, Step[] steps) in plans)
        {
            // reglookup does not convert names beyond ASCII.
            Run(original, pages, [.. steps.Select(static step => step with { Name = Ascii.IsValid(step.Name) ? step.Name : "Plain" })], out byte[] changed);
            string path = _folder.File("changed");
            await File.WriteAllBytesAsync(path, changed, TestContext.Current.CancellationToken);
            using RegistryHive hive = RegistryHive.Open(new MemoryStream(changed), "changed");
            XElement root = XDocument.Parse(await ExternalTool.RunAsync("hivexml", path)).Root!.Element("node")!;
            Assert.Equal(HiveXml.Lines(root, string.Empty).Order(StringComparer.Ordinal), HiveXml.Lines(hive.Root, string.Empty).Order(StringComparer.Ordinal));
            (int code, string output, string error) = await ExternalTool.TryRunAsync("reglookup", path);
            Assert.True(code == 0 && error.Length == 0, error);
            string[] big = [.. BigValues(hive.Root)];
            Assert.Equal(Rows(HiveRows.Parse(output), big), Rows(HiveRows.Lines(hive.Root, string.Empty), big));
        }
    }

    [Theory]
    [MemberData(nameof(HiveOracleTests.SampleHives), MemberType = typeof(HiveOracleTests))]
    public async Task Other_peoples_hives_are_changed_and_hivex_finds_the_same(string name)
    {
        ExternalTool.SkipUnlessInstalled("hivexml");
        MemoryFiles files = new();
        files.Files["hive"] = [.. await File.ReadAllBytesAsync(TestFile.UnpackSample($"hives/{name}", _folder), TestContext.Current.CancellationToken), .. new byte[8192]];
        Change(files, static editor =>
        {
            editor.SetValue(@"Contoso\Below", "number", RegistryValueType.DWord, [1, 0, 0, 0]);
            editor.SetValue(@"Contoso", "bytes", RegistryValueType.Binary, new byte[700]);
            editor.SetValue(string.Empty, "of the root", RegistryValueType.String, Encoding.Unicode.GetBytes("text\0"));
        });
        string path = _folder.File("changed");
        await File.WriteAllBytesAsync(path, files.Files["hive"], TestContext.Current.CancellationToken);
        using RegistryHive hive = RegistryHive.Open(files, "hive");
        XElement root = XDocument.Parse(await ExternalTool.RunAsync("hivexml", path)).Root!.Element("node")!;
        Assert.Equal(HiveXml.Lines(root, string.Empty).Order(StringComparer.Ordinal), HiveXml.Lines(hive.Root, string.Empty).Order(StringComparer.Ordinal));
        Assert.Equal(1u, hive.OpenKey(@"contoso\below")!.GetValue("NUMBER")!.AsDWord());
    }

    /// <summary>reglookup takes the segments of big data in another order than hivex and the specification.</summary>
    private static IEnumerable<string> Rows(IEnumerable<string> rows, string[] big)
        => rows.Where(row => !big.Any(value => row.StartsWith(value, StringComparison.Ordinal)))
            .Select(static row => row.EndsWith("BINARY,(null)", StringComparison.Ordinal) ? row[..^6] : row).Order(StringComparer.Ordinal);

    private static IEnumerable<string> BigValues(RegistryKey key)
        => key.GetValues().Where(static value => value.Data.Length > 16_344).Select(value => $"/{key.Path.Replace('\\', '/')}/{value.Name},").Concat(key.GetSubKeys().SelectMany(BigValues));

    [Fact]
    public void Hundreds_of_keys_come_in_their_order_and_are_found_by_their_hashes()
    {
        MemoryFiles files = Load("SYSTEM", pages: 64);
        using (HiveEditor editor = HiveEditor.Open(files, "hive", Now))
        {
            for (int i = 0; i < 1200; i++)
            {
                editor.SetValue($@"Many\{Name(i)}", "v", RegistryValueType.DWord, BitConverter.GetBytes(i));
            }

            editor.Save();
        }

        using RegistryHive hive = RegistryHive.Open(files, "hive");
        RegistryKey many = hive.OpenKey("Many")!;
        Assert.Equal(Enumerable.Range(0, 1200).Select(Name).Order(StringComparer.OrdinalIgnoreCase), many.SubKeyNames);
        Assert.All(Enumerable.Range(0, 1200), i => Assert.Equal((uint)i, many.OpenSubKey(Name(i).ToUpperInvariant())?.GetValue("V")?.AsDWord()));

        static string Name(int i) => i % 2 == 0 ? $"key {i * 7919 % 1200:X4}" : $"KEY {i * 7919 % 1200:X4} odd";
    }

    [Fact]
    public async Task A_list_that_was_split_is_read_by_hivex_too_and_goes_as_it_came()
    {
        ExternalTool.SkipUnlessInstalled("hivexml");
        MemoryFiles files = Load("SYSTEM", pages: 64);
        string[] before = [.. Read(files.Files["hive"]).Lines];
        Change(files, static editor =>
        {
            for (int i = 0; i < 1100; i++)
            {
                editor.CreateKey($@"Many\{i:X4}");
            }
        });
        string path = _folder.File("split");
        await File.WriteAllBytesAsync(path, files.Files["hive"], TestContext.Current.CancellationToken);
        XElement many = XDocument.Parse(await ExternalTool.RunAsync("hivexml", path)).Descendants("node").Single(static node => node.Attribute("name")!.Value == "Many");
        Assert.Equal(Enumerable.Range(0, 1100).Select(static i => $"{i:X4}"), many.Elements("node").Select(static node => node.Attribute("name")!.Value));
        Change(files, static editor => Assert.True(editor.RemoveKey("Many")));
        Assert.Equal(before, Read(files.Files["hive"]).Lines);
    }

    [Fact]
    public void Space_that_was_given_back_is_used_again()
    {
        MemoryFiles files = Load("SYSTEM", pages: 16);
        byte[] data = new byte[20_000];
        for (int i = 0; i < 40; i++)
        {
            Change(files, editor => editor.SetValue("Big", "v", RegistryValueType.Binary, data));
            Change(files, static editor => Assert.True(editor.RemoveKey("Big")));
        }
    }

    [Fact]
    public void A_hive_without_room_is_refused_and_stays_as_it_was()
    {
        MemoryFiles files = Load("SYSTEM", pages: 0);
        byte[] before = [.. files.Files["hive"]];
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => Change(files, static editor => editor.SetValue("Setup", "v", RegistryValueType.Binary, new byte[100_000])));
        Assert.Equal((DiskRepairProblem.HiveFull, "HiveFull", ErrorKind.NoRoom), (refusal.Problem, refusal.ErrorId, refusal.Kind));
        Assert.Equal(before, files.Files["hive"]);
    }

    [Fact]
    public void The_hive_is_told_to_be_wholly_written_by_a_later_write()
    {
        MemoryFiles files = Load("SYSTEM", pages: 4);
        uint before = BitConverter.ToUInt32(files.Files["hive"], 4);
        Change(files, static editor => editor.SetValue("Setup", "v", RegistryValueType.DWord, [1, 0, 0, 0]));
        BaseBlock block = BaseBlock.Parse(files.Files["hive"]);
        Assert.True(block.IsClean);
        Assert.Equal(before + 1, block.PrimarySequence);
        using RegistryHive hive = RegistryHive.Open(files, "hive");
        Assert.Equal(Now, hive.OpenKey("Setup")!.LastWriteTime);
    }

    [Fact]
    public void A_hive_that_its_log_completes_is_written_so_and_the_log_is_emptied()
    {
        MemoryFiles files = Load("SYSTEM", pages: 4);
        byte[] old = [.. files.Files["hive"]];
        Change(files, static editor => editor.SetValue("Setup", "logged", RegistryValueType.DWord, [7, 0, 0, 0]));
        byte[] newer = files.Files["hive"];
        int bins = BitConverter.ToInt32(newer, 40);
        files.Files["hive"] = HiveLogs.WithBase(old, 21, 20);
        files.Files["hive.LOG1"] = HiveLogs.NewLog(old, 20, HiveLogs.Entry(20, newer[..(4096 + bins)]));
        files.Files["hive.LOG2"] = new byte[1024];
        Change(files, static editor => editor.SetValue("Setup", "own", RegistryValueType.DWord, [8, 0, 0, 0]));
        using RegistryHive hive = RegistryHive.Open(files, "hive");
        Assert.Equal(HiveState.Clean, hive.State);
        Assert.Equal((7u, 8u), (hive.OpenKey("Setup")!.GetValue("logged")!.AsDWord(), hive.OpenKey("Setup")!.GetValue("own")!.AsDWord()));

        // Nothing of the log would be applied, were the hive dirty again.
        files.Files["hive"] = HiveLogs.WithBase(files.Files["hive"], 21, 20);
        using RegistryHive again = RegistryHive.Open(files, "hive");
        Assert.Equal(HiveState.Dirty, again.State);
    }

    [Fact]
    public void A_hive_that_no_log_completes_is_refused()
    {
        MemoryFiles files = Load("SYSTEM", pages: 4);
        files.Files["hive"] = HiveLogs.WithBase(files.Files["hive"], 21, 20);
        DiskRepairException refusal = Assert.Throws<DiskRepairException>(() => HiveEditor.Open(files, "hive", Now));
        Assert.Equal(DiskRepairProblem.HiveNotRepairable, refusal.Problem);
    }

    [Theory]
    [InlineData("Setup\\Gr\u00FC\u00DFe")]
    [InlineData("Setup\\\u0001")]
    public void A_key_that_it_is_not_known_how_to_sort_is_refused(string key)
    {
        MemoryFiles files = Load("SYSTEM", pages: 4);
        byte[] before = [.. files.Files["hive"]];
        Assert.Equal(DiskRepairProblem.RegistryChangeNotSupported, Assert.Throws<DiskRepairException>(() => Change(files, editor => editor.CreateKey(key))).Problem);
        Assert.Equal(before, files.Files["hive"]);
    }

    [Fact]
    public void Damaged_hives_are_refused_or_written_within_their_file()
    {
        byte[] original = File.ReadAllBytes(TestFile.Unpack("hives/SYSTEM", _folder));
        Gen.Select(Gen.Select(Gen.Int[4096, original.Length - 1], Gen.Byte).Array[1, 12], Steps).Sample(
            (damage, plan) =>
            {
                MemoryFiles files = new();
                byte[] bytes = [.. original, .. new byte[4096]];
                foreach ((int offset, byte value) in damage)
                {
                    bytes[offset] = value;
                }

                files.Files["hive"] = bytes;
                foreach (Step step in plan.Steps)
                {
                    try
                    {
                        Change(files, editor => Apply(editor, step));
                    }
                    catch (DiskFormatException)
                    {
                        // What is damaged is told.
                    }
                    catch (DiskRepairException)
                    {
                        // What can't be done is refused.
                    }
                }
            },
            seed: "0000KN0sn2u3",
            iter: 300,
            threads: 1);
    }

    private static Gen<(int Pages, Step[] Steps)> Steps { get; } = Gen.Select(
        Gen.Int[0, 20],
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, Keys.Length - 1], Gen.Int[0, Names.Length - 1], Gen.Int[0, Types.Length - 1], Gen.Frequency((8, Gen.Byte.Array[0, 40]), (1, Gen.Byte.Array[16_300, 40_000])))
            .Select(static (kind, key, name, type, data) => new Step(kind, Keys[key], Names[name], Types[type], Types[type] == RegistryValueType.String ? [.. data.SelectMany(static value => (byte[])[(byte)('a' + (value % 26)), 0]), 0, 0] : data)).Array[1, 25]);

    private static HiveModel Run(byte[] original, int pages, Step[] steps, out byte[] changed)
    {
        MemoryFiles files = new();
        files.Files["hive"] = [.. original, .. Enumerable.Repeat((byte)0xEE, pages * 4096)];
        HiveModel model = Read(original);
        foreach (Step step in steps)
        {
            HiveModel next = model.Copy();
            byte[] before = [.. files.Files["hive"]];
            try
            {
                bool isDone = false;
                Change(files, editor => isDone = Apply(editor, step));
                Assert.Equal(step.Kind switch { < 7 => Set(next, step), < 9 => next.Remove(step.Key, step.Name), _ => next.RemoveKey(step.Key) }, isDone);
                model = next;
            }
            catch (DiskRepairException full) when (full.Problem == DiskRepairProblem.HiveFull)
            {
                Assert.Equal(before, files.Files["hive"]);
            }
        }

        changed = files.Files["hive"];
        return model;
    }

    private static bool Set(HiveModel model, Step step)
    {
        model.Set(step.Key, step.Name, step.Type, step.Data);
        return true;
    }

    private static bool Apply(HiveEditor editor, Step step)
    {
        switch (step.Kind)
        {
            case < 7:
                editor.SetValue(step.Key, step.Name, step.Type, step.Data);
                return true;
            case < 9:
                return editor.RemoveValue(step.Key, step.Name);
            default:
                return editor.RemoveKey(step.Key);
        }
    }

    private static void Change(MemoryFiles files, Action<HiveEditor> change)
    {
        using HiveEditor editor = HiveEditor.Open(files, "hive", Now);
        change(editor);
        editor.Save();
    }

    private static HiveModel Read(byte[] bytes)
    {
        using RegistryHive hive = RegistryHive.Open(new MemoryStream(bytes), "hive");
        return new HiveModel(hive);
    }

    private MemoryFiles Load(string name, int pages)
    {
        MemoryFiles files = new();
        files.Files["hive"] = [.. File.ReadAllBytes(TestFile.Unpack($"hives/{name}", _folder)), .. new byte[pages * 4096]];
        return files;
    }

    public sealed record Step(int Kind, string Key, string Name, RegistryValueType Type, byte[] Data);
}
