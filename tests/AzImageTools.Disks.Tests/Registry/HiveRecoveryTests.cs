using AzImageTools.Disks.Registry;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Registry;

public class HiveRecoveryTests
{
    private const long Written = 0x01D2_9505_9E68_E89E;
    private static readonly string[] LogNames = ["LOG1", "LOG2", "LOG"];

    [Theory]
    [InlineData("dirty-new/NewDirtyHive", "dirty-new/RecoveredHive_Windows10")]
    [InlineData("dirty-old/OldDirtyHive", "dirty-old/RecoveredHive_Windows7")]
    public void Other_peoples_dirty_hives_are_read_as_Windows_recovered_them(string name, string recovered)
    {
        using TempFolder folder = new();
        RegistryHiveLog[] logs = [.. new[] { ".LOG1", ".LOG2" }.Select(extension => new RegistryHiveLog(
            extension,
            () => File.OpenRead(TestFile.UnpackSample($"hives/{name}{extension}", folder))))];
        using RegistryHive hive = RegistryHive.Open(File.OpenRead(TestFile.UnpackSample($"hives/{name}", folder)), "dirty", logs);
        using RegistryHive expected = RegistryHive.Open(File.OpenRead(TestFile.UnpackSample($"hives/{recovered}", folder)), "recovered");
        Assert.Equal(HiveState.Recovered, hive.State);
        Assert.Equal(HiveDump.Lines(expected), HiveDump.Lines(hive));
    }

    [Fact]
    public void The_hash_of_a_log_entry_that_Windows_wrote_is_right()
    {
        // The header of the first entry in yarp's test log NewDirtyHive1, and its Hash-2.
        byte[] header = Convert.FromHexString("48764C45005E000000000000020000000050000001000000" + "31E40718666C8667");
        Assert.Equal(BitConverter.ToUInt64(Convert.FromHexString("027F65A7CFF344CD")), Marvin32.Hash(header));
    }

    [Fact]
    public void The_logs_of_a_clean_hive_are_not_even_opened()
    {
        using RegistryHive hive = RegistryHive.Open(new MemoryStream(Hive(1)), "built", [new("LOG1", static () => throw new InvalidOperationException())]);
        Assert.Equal((HiveState.Clean, 1u), (hive.State, StateOf(hive)));
    }

    [Fact]
    public void Entries_of_one_log_are_applied_in_order()
        => AssertRecovered(4, Dirty(), HiveLogs.NewLog(Hive(0), 2, Entry(2), Entry(3), Entry(4)));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Entries_of_two_logs_are_applied_in_order_whichever_has_the_earlier_ones(bool swapped)
    {
        byte[][] logs = [HiveLogs.NewLog(Hive(0), 2, Entry(2), Entry(3)), HiveLogs.NewLog(Hive(0), 4, Entry(4), Entry(5))];
        AssertRecovered(5, Dirty(), swapped ? [logs[1], logs[0]] : logs);
    }

    [Fact]
    public void An_entry_out_of_sequence_ends_the_recovery()
    {
        AssertRecovered(3, Dirty(), HiveLogs.NewLog(Hive(0), 2, Entry(2), Entry(3), Entry(5)));
        AssertRecovered(3, Dirty(), HiveLogs.NewLog(Hive(0), 2, Entry(2), Entry(3)), HiveLogs.NewLog(Hive(0), 5, Entry(5)));
        AssertDirty(Dirty(), HiveLogs.NewLog(Hive(0), 2, Entry(3)), HiveLogs.NewLog(Hive(0), 4, Entry(4)));
    }

    [Fact]
    public void Sequence_numbers_wrap_around()
        => AssertRecovered(
            0,
            HiveLogs.WithBase(Hive(99), 0, uint.MaxValue),
            HiveLogs.NewLog(Hive(0), 0, Entry(0)),
            HiveLogs.NewLog(Hive(0), uint.MaxValue, Entry(uint.MaxValue)));

    [Fact]
    public void A_log_from_before_the_hives_last_whole_write_is_not_applied()
    {
        AssertDirty(HiveLogs.WithBase(Hive(1), 8, 7), HiveLogs.NewLog(Hive(0), 6, Entry(6), Entry(7), Entry(8)));
        AssertRecovered(7, HiveLogs.WithBase(Hive(1), 8, 7), HiveLogs.NewLog(Hive(0), 5, Entry(5)), HiveLogs.NewLog(Hive(0), 7, Entry(7)));
    }

    [Theory]
    [InlineData(4, "length")]
    [InlineData(24, "hash")]
    [InlineData(33, "hash")]
    [InlineData(2000, "hash")]
    [InlineData(17, "hive bins")]
    public void A_damaged_entry_ends_the_recovery_and_is_told(int offset, string problem)
    {
        byte[] last = Entry(3);
        last[offset] ^= 1;
        using RegistryHive hive = Open(Dirty(), HiveLogs.NewLog(Hive(0), 2, Entry(2), last));
        Assert.Equal((HiveState.Recovered, 2u), (hive.State, StateOf(hive)));
        Assert.Contains(problem, Assert.Single(hive.LogProblems), StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_was_not_wholly_written_is_not_applied()
    {
        byte[] log = HiveLogs.NewLog(Hive(0), 2, Entry(2), Entry(3));
        AssertRecovered(2, Dirty(), log[..^512]);
        AssertDirty(Dirty(), log[..1024]);
    }

    [Fact]
    public void An_entry_whose_pages_lie_outside_the_bins_or_the_entry_is_not_applied()
    {
        byte[] page = new byte[512];
        AssertDirty(Dirty(), HiveLogs.NewLog(Hive(0), 2, HiveLogs.Entry(2, 4096, (4096, page))));
        AssertDirty(Dirty(), HiveLogs.NewLog(Hive(0), 2, HiveLogs.Entry(2, 4096, (100, page))));
        AssertDirty(Dirty(), HiveLogs.NewLog(Hive(0), 2, HiveLogs.Entry(2, 4096)));
        byte[] entry = HiveLogs.Entry(2, 4096, (0, page));
        BitConverter.GetBytes(4096).CopyTo(entry, 44);
        HiveLogs.Sign(entry);
        AssertDirty(Dirty(), HiveLogs.NewLog(Hive(0), 2, entry));
    }

    [Fact]
    public void A_hive_grows_beyond_its_file_where_an_entry_says_so()
    {
        const int DataLength = 16_000;
        byte[] large = Hive(7, DataLength);
        using RegistryHive hive = Open(Dirty(), HiveLogs.NewLog(Hive(0), 2, HiveLogs.Entry(2, large)));
        Assert.True(large.Length > Dirty().Length + DataLength - 4096);
        Assert.Equal((HiveState.Recovered, 7u), (hive.State, StateOf(hive)));
        Assert.Equal(Enumerable.Range(0, DataLength).Select(static i => (byte)(i % 251)), hive.Root.GetValue("data")!.Data.ToArray());
    }

    [Fact]
    public void Only_the_sectors_that_a_log_holds_are_replaced()
    {
        byte[] after = Hive(7, dataLength: 16_000);
        byte[] before = HiveLogs.WithBase(Hive(6, dataLength: 16_000), 3, 2);
        int changed = Enumerable.Range(4096, after.Length - 4096).Single(i => after[i] != before[i]);
        int sector = (changed - 4096) / 512;
        byte[] page = after.AsSpan(4096 + (sector * 512), 512).ToArray();
        AssertRecovered(7, before, HiveLogs.NewLog(before, 2, HiveLogs.Entry(2, after.Length - 4096, (sector * 512, page))));
        AssertRecovered(7, HiveLogs.WithBase(before, 3, 2, Written), HiveLogs.OldLog(after, 3, Written, sector));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(300)]
    public void A_damaged_base_block_is_taken_from_the_log_with_the_latest_entries_alone(int offset)
    {
        byte[] hive = Dirty();
        hive[offset] ^= 0xFF;
        byte[][] logs = [HiveLogs.NewLog(Hive(0), 4, Entry(4)), HiveLogs.NewLog(Hive(0), 2, Entry(2), HiveLogs.Entry(3, Hive(3, dataLength: 16_000)))];
        AssertRecovered(4, hive, logs);
    }

    [Fact]
    public void Logs_that_are_not_in_use_say_nothing()
    {
        using RegistryHive hive = Open(Dirty(), [], new byte[4096]);
        Assert.Equal((HiveState.Dirty, 1u), (hive.State, StateOf(hive)));
        Assert.Empty(hive.LogProblems);
    }

    [Fact]
    public void Logs_that_are_damaged_or_none_are_told_and_the_others_applied()
    {
        byte[] damaged = HiveLogs.NewLog(Hive(0), 2, Entry(2));
        damaged[50] ^= 1;
        using RegistryHive hive = Open(Dirty(), damaged, Hive(5), HiveLogs.NewLog(Hive(0), 2, Entry(2)));
        Assert.Equal((HiveState.Recovered, 2u), (hive.State, StateOf(hive)));
        Assert.Equal(["LOG1", "LOG2"], hive.LogProblems.Select(static problem => problem.Split(',')[0]));
    }

    [Fact]
    public void A_log_that_the_file_system_cannot_give_is_told()
    {
        RegistryHiveLog[] logs = [new("LOG1", static () => throw new DiskFormatException("The file's runs are damaged.")), new("LOG2", static () => null)];
        using RegistryHive hive = RegistryHive.Open(new MemoryStream(Dirty()), "built", logs);
        Assert.Equal(HiveState.Dirty, hive.State);
        Assert.Contains("runs", Assert.Single(hive.LogProblems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_the_old_format_is_applied_when_it_is_of_the_same_time()
    {
        byte[] hive = HiveLogs.WithBase(Hive(1), 3, 2, Written);
        AssertRecovered(5, hive, OldLog(5, Written));
        AssertRecovered(5, hive, OldLog(4, Written - 1), OldLog(5, Written));
        AssertDirty(hive, OldLog(4, Written - 1), OldLog(6, Written + 1));
    }

    [Fact]
    public void A_log_of_the_old_format_that_lacks_pages_gives_way_to_the_other()
    {
        byte[] hive = HiveLogs.WithBase(Hive(1), 3, 2, Written);
        byte[] torn = OldLog(4, Written)[..^512];
        byte[] unnamed = OldLog(4, Written);
        unnamed[512] ^= 1;
        AssertRecovered(5, hive, torn, OldLog(5, Written));
        AssertRecovered(5, hive, unnamed, OldLog(5, Written));
        AssertDirty(hive, torn, unnamed, HiveLogs.OldLog(Hive(3), 3, Written));
    }

    [Fact]
    public void A_damaged_base_block_is_taken_from_the_latest_log_of_the_old_format()
    {
        byte[] hive = HiveLogs.WithBase(Hive(1), 3, 2, Written);
        BitConverter.GetBytes(Written).CopyTo(hive, 4096 + 20);
        hive[20] ^= 0xFF;
        AssertRecovered(5, hive, OldLog(4, Written), OldLog(5, Written + 1));
        Assert.Throws<DiskFormatException>(() => Open(hive, OldLog(4, Written - 1)));
    }

    [Fact]
    public void The_logs_are_closed_with_the_hive()
    {
        MemoryStream used = new(HiveLogs.NewLog(Hive(0), 2, Entry(2)));
        MemoryStream unused = new(HiveLogs.NewLog(Hive(0), 7, Entry(7)));
        using (RegistryHive.Open(new MemoryStream(Dirty()), "built", [new("LOG1", () => used), new("LOG2", () => unused)]))
        {
            Assert.Equal((true, false), (used.CanRead, unused.CanRead));
        }

        Assert.False(used.CanRead);
    }

    /// <summary>A hive with the value 'state' and, where it is to be larger, one with data behind everything else.</summary>
    private static byte[] Hive(uint state, int dataLength = 0)
    {
        HiveBuilder builder = new();
        uint value = builder.AddValue("state", 4, 0x8000_0004, state);
        uint data = builder.AddValue("data", 3, (uint)dataLength, HiveBuilder.None);
        uint root = builder.AddKey("root", HiveBuilder.None, valueCount: dataLength > 0 ? 2u : 1u, values: builder.AddNumbers(value, data));
        if (dataLength > 0)
        {
            builder.Patch(data, 8, builder.Add([.. Enumerable.Range(0, dataLength).Select(static i => (byte)(i % 251))]));
        }

        return builder.Build(root);
    }

    private static byte[] Dirty() => HiveLogs.WithBase(Hive(1), 3, 2);

    private static byte[] Entry(uint number) => HiveLogs.Entry(number, Hive(number));

    private static byte[] OldLog(uint state, long timestamp) => HiveLogs.OldLog(Hive(state), 3, timestamp, 0, 1, 2, 3, 4, 5, 6, 7);

    private static RegistryHive Open(byte[] hive, params byte[][] logs)
        => RegistryHive.Open(new MemoryStream(hive), "built", [.. logs.Select(static (log, i) => new RegistryHiveLog(LogNames[i], () => new MemoryStream(log)))]);

    private static uint StateOf(RegistryHive hive) => hive.Root.GetValue("state")!.AsDWord()!.Value;

    private static void AssertRecovered(uint state, byte[] hive, params byte[][] logs)
    {
        using RegistryHive recovered = Open(hive, logs);
        Assert.Equal((HiveState.Recovered, state), (recovered.State, StateOf(recovered)));
    }

    private static void AssertDirty(byte[] hive, params byte[][] logs)
    {
        using RegistryHive dirty = Open(hive, logs);
        Assert.Equal((HiveState.Dirty, 1u), (dirty.State, StateOf(dirty)));
    }
}
