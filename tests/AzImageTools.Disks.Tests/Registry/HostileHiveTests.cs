using System.Buffers.Binary;
using System.Text;
using AzImageTools.Disks.Registry;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Registry;

/// <summary>Hives of kilobytes that say of themselves what would take gigabytes or minutes to follow.</summary>
public class HostileHiveTests
{
    private const int ValueHeader = 20;

    [Fact]
    public void A_value_that_is_listed_many_times_is_refused_the_second_time()
    {
        HiveBuilder builder = new();
        uint value = builder.AddValue(new string('n', 16_000), 3, 0, HiveBuilder.None);
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: 60_000, values: builder.AddNumbers([.. Enumerable.Repeat(value, 60_000)]));
        using RegistryHive hive = Open(builder.Build(root));
        int read = 0;
        DiskFormatException error = Assert.Throws<DiskFormatException>(() => hive.Root.ValueNames.Count(_ => ++read > 0));
        Assert.Equal(1, read);
        Assert.Contains($"names the value at {value} twice", error.Message, StringComparison.Ordinal);
        Assert.Throws<DiskFormatException>(() => hive.Root.GetValue("missing"));
        Assert.Throws<DiskFormatException>(() => hive.Root.GetValues().Count());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(7, 8)]
    [InlineData(0, 19)]
    [InlineData(8, 9)]
    [InlineData(9, 19)]
    public void A_value_that_is_listed_twice_is_refused_wherever_that_is(int first, int second)
    {
        HiveBuilder builder = new();
        uint[] values = [.. Enumerable.Range(0, 20).Select(number => builder.AddValue($"value {number}", 3, 0, HiveBuilder.None))];
        values[second] = values[first];
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: 20, values: builder.AddNumbers(values));
        using RegistryHive hive = Open(builder.Build(root));
        int read = 0;
        Assert.Throws<DiskFormatException>(() => hive.Root.ValueNames.Count(_ => ++read > 0));
        Assert.Equal(second, read);
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void The_name_of_a_key_has_255_characters_at_most(int length, bool isRead)
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 1);
        builder.Patch(root, 28, builder.AddList("li", builder.AddKey(new string('ö', length), root)));
        using RegistryHive hive = Open(builder.Build(root));
        if (isRead)
        {
            Assert.Equal(length, Assert.Single(hive.Root.SubKeyNames).Length);
        }
        else
        {
            Assert.Contains("A key's name is said to have 256 characters", Assert.Throws<DiskFormatException>(() => hive.Root.SubKeyNames.Count()).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(16_383, true)]
    [InlineData(16_384, false)]
    public void The_name_of_a_value_has_16383_characters_at_most(int length, bool isRead)
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: 1, values: builder.AddNumbers(builder.AddValue(new string('n', length), 3, 0, HiveBuilder.None)));
        using RegistryHive hive = Open(builder.Build(root));
        if (isRead)
        {
            Assert.Equal(length, Assert.Single(hive.Root.ValueNames).Length);
        }
        else
        {
            Assert.Contains("A value's name is said to have 16384 characters", Assert.Throws<DiskFormatException>(() => hive.Root.ValueNames.Count()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Values_whose_cells_overlap_are_refused_once_they_are_longer_than_the_hive()
    {
        // Each cell holds those that follow: 1,000 names of 16,000 characters in 40 KiB.
        const int Count = 1_000;
        const int Step = 24;
        byte[] cells = new byte[4 + (Count * Step) + ValueHeader + 16_000];
        for (int i = 0; i < Count; i++)
        {
            // What is added begins 4 bytes behind a multiple of 8, where cells begin.
            Span<byte> cell = cells.AsSpan(4 + (i * Step));
            BinaryPrimitives.WriteInt32LittleEndian(cell, -(4 + ValueHeader + 16_000));
            "vk"u8.CopyTo(cell[4..]);
            BinaryPrimitives.WriteUInt16LittleEndian(cell[6..], 16_000 - Step);
            cell[20] = 1;
        }

        HiveBuilder builder = new();
        uint first = builder.Add(cells) + 8;
        uint[] values = [.. Enumerable.Range(0, Count).Select(i => (uint)(first + (i * Step)))];
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: Count, values: builder.AddNumbers(values));
        using RegistryHive hive = Open(builder.Build(root));
        int read = 0;
        DiskFormatException error = Assert.Throws<DiskFormatException>(() => hive.Root.ValueNames.Count(_ => ++read > 0));
        Assert.Contains("they overlap", error.Message, StringComparison.Ordinal);
        Assert.InRange(read, 1, 20);
    }

    [Fact]
    public void Data_that_several_values_share_is_refused_once_it_is_longer_than_the_hive()
    {
        HiveBuilder builder = new();
        uint data = builder.Add(new byte[100_000]);
        uint[] values = [.. Enumerable.Range(0, 100).Select(number => builder.AddValue($"{number}", 3, 100_000, data))];
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: (uint)values.Length, values: builder.AddNumbers(values));
        using RegistryHive hive = Open(builder.Build(root));
        Assert.Equal(values.Length, hive.Root.ValueNames.Count());
        Assert.Contains("they overlap", Assert.Throws<DiskFormatException>(() => hive.Root.GetValues().Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_of_values_are_listed_without_reading_their_data()
    {
        HiveBuilder builder = new();
        uint[] values = [.. Enumerable.Range(0, 20).Select(number => builder.AddValue($"{number}", 3, 40_000, builder.Add(new byte[40_000])))];
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: (uint)values.Length, values: builder.AddNumbers(values));
        ReadBudget budget = new("disk", ReadLimits.Least with { Allocated = 20_000 }, CancellationToken.None);
        using RegistryHive hive = Open(builder.Build(root), budget);
        Assert.Equal(values.Length, hive.Root.ValueNames.Count());
        Assert.Contains("A value's data (", Assert.Throws<ReadLimitException>(() => hive.Root.GetValues().Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_cells_than_the_budget_has_end_in_an_error_that_names_the_cell_and_what_to_do()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 200);
        uint[] keys = [.. Enumerable.Range(0, 200).Select(number => builder.AddKey($"{number}", root))];
        builder.Patch(root, 28, builder.AddList("li", keys));
        using RegistryHive hive = Open(builder.Build(root), new ReadBudget("disk", ReadLimits.Least with { Visited = 103 }, CancellationToken.None));
        ReadLimitException error = Assert.Throws<ReadLimitException>(() => hive.Root.SubKeyNames.Count());
        Assert.Contains($"a cell of a registry hive ({4096 + keys[100]})", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(error.Remedy, error.Message, StringComparison.Ordinal);
        Assert.Contains("chkdsk", error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Tcpip", "Tcpi", true)]
    [InlineData("TCPIP", "tcpi", true)]
    [InlineData("ab", "AB\0\0", true)]
    [InlineData("\u00e4bc", "\u00e4bcd", true)]
    [InlineData("K\u00e4rnten", "k\u00e4rn", true)]
    [InlineData("x\u4e00", "\0\0\0\0", true)]
    [InlineData("Tcpip", "Tcpx", false)]
    [InlineData("K\u00e4rnten", "L\u00e4rn", false)]
    public void A_key_is_found_by_the_first_letters_in_its_list_and_others_are_not_read(string name, string hint, bool isRead)
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 201);
        (uint, byte[])[] others = [.. Enumerable.Range(0, 200).Select(number => (builder.AddKey($"other {number}", root), "othe"u8.ToArray()))];
        builder.Patch(root, 28, builder.AddHintedList("lf", [.. others, (builder.AddKey(name, root), Encoding.Latin1.GetBytes(hint))]));
        using RegistryHive hive = Open(builder.Build(root), new ReadBudget("disk", ReadLimits.Least with { Visited = 8 }, CancellationToken.None));
        Assert.Equal(isRead ? name : null, hive.OpenKey(name)?.Name);
    }

    [Fact]
    public void Values_that_many_keys_share_are_refused_once_they_are_longer_than_the_hive()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 100);
        uint list = builder.AddNumbers([.. Enumerable.Range(0, 100).Select(number => builder.AddValue($"v{number}", 4, 0x8000_0004, (uint)number))]);
        builder.Patch(root, 28, builder.AddList("li", [.. Enumerable.Range(0, 100).Select(number => builder.AddKey($"k{number}", root, valueCount: 100, values: list))]));
        using RegistryHive hive = Open(builder.Build(root));
        SearchedValues searched = new(hive);
        int read = 0;
        ReadLimitException error = Assert.Throws<ReadLimitException>(() => hive.Root.GetSubKeys().SelectMany(key => key.GetValues(static _ => true, searched)).Count(_ => ++read > 0));
        Assert.InRange(read, 100, 1000);
        Assert.Contains("keys share them", error.Message, StringComparison.Ordinal);

        // The last of the list is looked for, so that each key's values are all gone through.
        int found = 0;
        Assert.Throws<ReadLimitException>(() => hive.Root.GetSubKeyValues("V99").Count(_ => ++found > 0));
        Assert.InRange(found, 1, 10);
    }

    [Fact]
    public void The_values_of_all_subkeys_are_looked_up_in_one_way_through_their_list()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 2000);
        uint[] keys = [.. Enumerable.Range(0, 2000).Select(number => builder.AddKey($"{number}", root, valueCount: 1, values: builder.AddNumbers(builder.AddValue("Start", 4, 0x8000_0004, (uint)number))))];
        builder.Patch(root, 28, builder.AddList("li", keys));
        using RegistryHive hive = Open(builder.Build(root), new ReadBudget("disk", ReadLimits.Least with { Visited = 10_000 }, CancellationToken.None));
        Assert.Equal(Enumerable.Range(0, 2000).Select(static number => (object)(uint)number), hive.Root.GetSubKeyValues("start").Select(static found => found.Values[0]?.Value));
    }

    private static RegistryHive Open(byte[] hive) => RegistryHive.Open(new MemoryStream(hive), "HIVE");

    private static RegistryHive Open(byte[] hive, ReadBudget budget)
        => RegistryHive.Open(new FileContentStream(new FileContent(new DistantSource(hive, budget), "HIVE", [new FileRun(0, 0, hive.Length)], hive.Length, hive.Length)), "HIVE");
}
