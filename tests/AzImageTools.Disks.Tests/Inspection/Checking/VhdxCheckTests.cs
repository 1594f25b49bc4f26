using System.Buffers.Binary;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection.Checking;

public sealed class VhdxCheckTests : IDisposable
{
    private const int Kibibyte = 1024;
    private const long Mebibyte = 1 << 20;
    private const long FirstHeader = 64 * Kibibyte;
    private const long SecondHeader = 128 * Kibibyte;
    private const long FirstTable = 192 * Kibibyte;
    private const long SecondTable = 256 * Kibibyte;

    private readonly string _path;

    // qemu-img leaves space unused where it begins to allocate blocks.
    private readonly HashSet<DiskInconsistency> _leaks;
    private readonly TempFolder _folder = new();

    public VhdxCheckTests()
    {
        _path = TestDisks.Unpack("ready-dynamic.vhdx", _folder);
        _leaks = [.. DiskChecker.Check(_path)];
    }

    [Theory]
    [InlineData("ready-dynamic.vhdx")]
    [InlineData("ready-fixed.vhdx")]
    [InlineData("notready.vhdx")]
    [InlineData("generalized.vhdx")]
    [InlineData("mbr-dynamic.vhdx")]
    public void Nothing_but_the_space_that_qemu_img_leaves_unused_is_found_in_a_disk_that_is_whole(string name)
        => Assert.All(DiskChecker.Check(TestDisks.Unpack(name, _folder)), static found => Assert.Equal(InconsistencySeverity.Leak, found.Severity));

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(FirstHeader)]
    [InlineData(SecondHeader)]
    public void A_damaged_header_is_found(long header)
    {
        DamagedCopy.Write(_path, header + 20, 0xFF);
        Assert.Equal([("Header", header, InconsistencySeverity.Error)], Check());
    }

    [Fact]
    public void Two_damaged_headers_are_found()
    {
        DamagedCopy.Write(_path, FirstHeader, 0xFF);
        DamagedCopy.Write(_path, SecondHeader, 0xFF);
        Assert.Equal([("Header", FirstHeader, InconsistencySeverity.Error), ("Header", SecondHeader, InconsistencySeverity.Error)], Check());
    }

    [Fact]
    public void Headers_of_one_sequence_number_that_differ_are_found()
    {
        byte[] number = DamagedCopy.Read(_path, FirstHeader + 8, 8);
        ChangeHeader(SecondHeader, bytes => number.CopyTo(bytes.AsSpan(8)));
        ChangeHeader(SecondHeader, static bytes => bytes[40] ^= 1);
        Assert.Contains(("Header", SecondHeader, InconsistencySeverity.Error), Check());
    }

    [Theory]
    [InlineData(FirstTable)]
    [InlineData(SecondTable)]
    public void A_damaged_region_table_is_found(long table)
    {
        DamagedCopy.Write(_path, table + 8, 0xFF);
        Assert.Equal([("Region table", table, InconsistencySeverity.Error)], Check());
    }

    [Fact]
    public void Region_tables_that_differ_are_found()
    {
        DamagedCopy.Change(_path, SecondTable, 64 * Kibibyte, static bytes =>
        {
            bytes[200] = 1;
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), ReflectedCrc32.Castagnoli.ComputeWithout(bytes, 4));
        });
        Assert.Equal([("Region table", SecondTable, InconsistencySeverity.Error)], Check());
    }

    [Fact]
    public void A_log_behind_the_files_end_is_found()
    {
        foreach (long header in new[] { FirstHeader, SecondHeader })
        {
            ChangeHeader(header, static bytes => BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(72), 1UL << 60));
        }

        Assert.Equal([("Log", null, InconsistencySeverity.Error), ("Data blocks", Mebibyte, InconsistencySeverity.Leak)], Check());
    }

    [Fact]
    public void Changes_that_are_only_in_the_log_are_noted()
    {
        foreach (long header in new[] { FirstHeader, SecondHeader })
        {
            ChangeHeader(header, static bytes => bytes[48] = 1);
        }

        Assert.Contains(Check(), static found => found is ("Log", Mebibyte, InconsistencySeverity.Note));
    }

    [Fact]
    public void Damaged_metadata_are_found()
    {
        long metadata = FindRegion("8B7CA206-4790-4B9A-B8FE-575F050F886E");
        DamagedCopy.Write(_path, metadata, 0xFF);
        Assert.Equal([("Metadata", metadata, InconsistencySeverity.Error)], Check());
    }

    [Fact]
    public void A_block_behind_the_files_end_is_found()
    {
        (long first, _) = FindTwoEntries();
        WriteEntry(first, (1UL << 40 << 20) | 6);
        Assert.Contains(("Block allocation table", first, InconsistencySeverity.Error), Check());
    }

    [Fact]
    public void Two_blocks_in_one_place_are_found_with_the_space_that_one_of_them_left()
    {
        (long first, long second) = FindTwoEntries();
        ulong place = ReadEntry(first);
        long left = (long)(ReadEntry(second) >> 20) * Mebibyte;
        WriteEntry(second, place);
        Assert.Equal([("Block allocation table", second, InconsistencySeverity.Error), ("Data blocks", left, InconsistencySeverity.Leak)], Check());
    }

    [Theory]
    [InlineData("the log")]
    [InlineData("the metadata")]
    [InlineData("the headers")]
    public void A_block_over_another_structure_is_found(string structure)
    {
        (long first, _) = FindTwoEntries();
        long place = structure switch
        {
            "the log" => BinaryPrimitives.ReadInt64LittleEndian(DamagedCopy.Read(_path, FirstHeader + 72, 8)),
            "the metadata" => FindRegion("8B7CA206-4790-4B9A-B8FE-575F050F886E"),
            _ => 0,
        };
        WriteEntry(first, ((ulong)place / Mebibyte << 20) | 6);
        DiskInconsistency found = DiskChecker.Check(_path).First();
        Assert.Equal(("Block allocation table", first), (found.Structure, found.Offset));
        Assert.Contains(place == 0 ? "MiB 0" : structure + " and block", found.Problem);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(4)]
    public void A_state_that_a_block_can_not_have_is_found(int state)
    {
        (long first, _) = FindTwoEntries();
        WriteEntry(first, (ReadEntry(first) & ~7UL) | (uint)state);
        Assert.Contains(("Block allocation table", first, InconsistencySeverity.Error), Check());
    }

    [Fact]
    public void A_block_that_nothing_refers_to_is_leaked()
    {
        (long first, _) = FindTwoEntries();
        long place = (long)(ReadEntry(first) >> 20) * Mebibyte;
        WriteEntry(first, 0);
        Assert.Equal([("Data blocks", place, InconsistencySeverity.Leak)], Check().Where(static found => found.Structure != "GPT header"));
    }

    [Fact]
    public void A_file_that_is_no_VHDX_is_said_to_be_none()
    {
        DamagedCopy.Write(_path, 0, 0xFF);
        Assert.Equal([("File identifier", 0, InconsistencySeverity.Error)], Check());
    }

    private (string Structure, long? Offset, InconsistencySeverity Severity)[] Check()
        => [.. DiskChecker.Check(_path).Where(found => !_leaks.Contains(found)).Select(static found => (found.Structure, found.Offset, found.Severity))];

    private void ChangeHeader(long header, Action<byte[]> change) => DamagedCopy.Change(_path, header, 4096, bytes =>
    {
        change(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), ReflectedCrc32.Castagnoli.ComputeWithout(bytes, 4));
    });

    private long FindRegion(string id)
    {
        byte[] entries = DamagedCopy.Read(_path, FirstTable + 16, 64);
        int start = new Guid(entries.AsSpan(0, 16)) == new Guid(id) ? 0 : 32;
        Assert.Equal(new Guid(id), new Guid(entries.AsSpan(start, 16)));
        return BinaryPrimitives.ReadInt64LittleEndian(entries.AsSpan(start + 16));
    }

    /// <summary>The places of the table's last two entries of blocks that are present: blocks without a partition table in them.</summary>
    private (long First, long Second) FindTwoEntries()
    {
        long table = FindRegion("2DC27766-F623-4200-9D64-115E9BFD4A08");
        long[] present = [.. Enumerable.Range(1, 55).Select(number => table + (number * 8L)).Where(place => (ReadEntry(place) & 7) == 6)];
        return (present[0], present[1]);
    }

    private ulong ReadEntry(long place) => BinaryPrimitives.ReadUInt64LittleEndian(DamagedCopy.Read(_path, place, 8));

    private void WriteEntry(long place, ulong entry)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, entry);
        DamagedCopy.Write(_path, place, bytes);
    }
}
