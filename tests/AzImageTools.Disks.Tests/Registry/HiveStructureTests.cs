using AzImageTools.Disks.Registry;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Registry;

public class HiveStructureTests
{
    private const int SegmentSize = 16344;

    [Theory]
    [InlineData(SegmentSize + 1)]
    [InlineData(2 * SegmentSize)]
    [InlineData(40_000)]
    public void Data_of_several_segments_is_put_together(int length)
    {
        byte[] data = new byte[length];
        new Random(3).NextBytes(data);
        HiveBuilder builder = new();
        uint[] segments = [.. data.Chunk(SegmentSize).Select(builder.Add)];
        uint list = builder.AddNumbers(segments);
        uint bigData = builder.Add([.. "db"u8, .. BitConverter.GetBytes((ushort)segments.Length), .. BitConverter.GetBytes(list)]);
        uint value = builder.AddValue("größer", 3, (uint)length, bigData);
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: 1, values: builder.AddNumbers(value));
        using RegistryHive hive = Open(builder.Build(root));
        Assert.True(data.AsSpan().SequenceEqual(hive.Root.GetValue("GRÖßER")!.Data.Span));
    }

    [Fact]
    public void Data_in_the_values_own_cell_is_read_and_cut_to_four_bytes()
    {
        HiveBuilder builder = new();
        uint two = builder.AddValue("two", 3, 0x8000_0002, 0x44332211);
        uint many = builder.AddValue("many", 3, 0x8000_0100, 0x44332211);
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: 2, values: builder.AddNumbers(two, many));
        using RegistryHive hive = Open(builder.Build(root));
        Assert.Equal([0x11, 0x22], hive.Root.GetValue("two")!.Data.ToArray());
        Assert.Equal([0x11, 0x22, 0x33, 0x44], hive.Root.GetValue("many")!.Data.ToArray());
    }

    [Theory]
    [InlineData("li")]
    [InlineData("lf")]
    public void Subkeys_are_found_through_an_index_root(string leaf)
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 3);
        uint[] keys = [.. new[] { "alpha", "beta", "γάμμα" }.Select(name => builder.AddKey(name, root))];
        builder.Patch(root, 28, builder.AddList("ri", builder.AddList(leaf, keys[0], keys[1]), builder.AddList(leaf, keys[2])));
        using RegistryHive hive = Open(builder.Build(root));
        Assert.Equal(["alpha", "beta", "γάμμα"], hive.Root.SubKeyNames);
        Assert.Equal("γάμμα", hive.OpenKey("ΓΆΜΜΑ")?.Path);
    }

    [Fact]
    public void An_index_root_within_another_is_refused()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 1);
        uint inner = builder.AddList("ri", builder.AddList("li", builder.AddKey("key", root)));
        builder.Patch(root, 28, builder.AddList("ri", inner));
        AssertRefused(builder.Build(root));
    }

    [Fact]
    public void A_subkey_that_is_listed_twice_is_refused()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 2);
        uint key = builder.AddKey("key", root);
        builder.Patch(root, 28, builder.AddList("li", key, key));
        AssertRefused(builder.Build(root));
    }

    [Fact]
    public void A_key_that_is_below_itself_is_refused()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 1);
        builder.Patch(root, 28, builder.AddList("li", root));
        AssertRefused(builder.Build(root));
    }

    [Fact]
    public void A_key_that_is_its_own_parent_does_not_lead_on_forever()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None, subKeyCount: 1);
        builder.Patch(root, 28, builder.AddList("li", root));
        builder.Patch(root, 16, root);
        AssertRefused(builder.Build(root));
    }

    [Fact]
    public void A_cell_that_is_free_is_refused()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None);
        byte[] hive = builder.Build(root);
        BitConverter.GetBytes(88).CopyTo(hive, 4096 + (int)root);
        Assert.Contains("free", Assert.Throws<DiskFormatException>(() => Open(hive)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hive_is_dirty_when_its_sequence_numbers_or_its_checksum_differ()
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None);
        using RegistryHive clean = Open(builder.Build(root));
        using RegistryHive unfinished = Open(builder.Build(root, secondSequence: 2));
        byte[] hive = builder.Build(root);
        hive[48] ^= 1;
        using RegistryHive damaged = Open(hive);
        Assert.Equal([HiveState.Clean, HiveState.Dirty, HiveState.Dirty], new[] { clean.State, unfinished.State, damaged.State });
    }

    [Theory]
    [InlineData(2)]
    [InlineData(7)]
    public void Hives_of_other_versions_are_refused(int minorVersion)
    {
        HiveBuilder builder = new();
        uint root = builder.AddKey("root", HiveBuilder.None);
        Assert.Contains($"1.{minorVersion}", Assert.Throws<DiskFormatException>(() => Open(builder.Build(root, minorVersion))).Message, StringComparison.Ordinal);
    }

    private static RegistryHive Open(byte[] hive) => RegistryHive.Open(new MemoryStream(hive), "built");

    private static void AssertRefused(byte[] bytes)
    {
        using RegistryHive hive = Open(bytes);
        Assert.Throws<DiskFormatException>(() => HiveDump.Lines(hive).Take(100_000).Count());
    }
}
