using System.Buffers.Binary;
using AzImageTools.Disks.Containers.Vhd;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection.Checking;

public sealed class VhdCheckTests : IDisposable
{
    // Where qemu-img puts them.
    private const int HeaderOffset = 512;
    private const int TableOffset = 1536;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ready.raw")]
    [InlineData("ready-fixed.vhd")]
    [InlineData("ready-dynamic.vhd")]
    [InlineData("mbr-fixed.vhd")]
    [InlineData("mbr-dynamic.vhd")]
    [InlineData("no-os.vhd")]
    public void Nothing_is_found_in_a_disk_that_is_whole(string name)
        => Assert.Empty(DiskChecker.Check(TestDisks.Unpack(name, _folder)));

    [Fact]
    public void A_damaged_footer_is_found_and_the_rest_is_checked_by_its_copy()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        long footer = DamagedCopy.LengthOf(path) - 512;
        DamagedCopy.Write(path, footer + 30, 0xFF);
        DamagedCopy.Write(path, TableOffset, 0x7F, 0xFF, 0xFF, 0xFF);

        Assert.Equal(
            [("Footer", footer, InconsistencySeverity.Error), ("Block allocation table", TableOffset, InconsistencySeverity.Error)],
            Check(path).Where(static found => found.Severity == InconsistencySeverity.Error).Select(Describe));
    }

    [Fact]
    public void Footers_that_differ_are_found()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        DamagedCopy.Change(path, 0, 512, static bytes =>
        {
            bytes[27]++;
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(64), VhdChecksum.Compute(bytes, 64));
        });

        DiskInconsistency found = Assert.Single(Check(path));
        Assert.Equal(("Footer copy", 0, InconsistencySeverity.Error), Describe(found));
        Assert.Contains("differ", found.Problem);
        Assert.Equal("VHD specification 1.0, Hard Disk Footer Format", found.Rule);
        Assert.Equal(path, found.Path);
    }

    [Fact]
    public void A_damaged_copy_of_the_footer_is_found()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        DamagedCopy.Write(path, 0, 0xFF);
        Assert.Equal(("Footer copy", 0, InconsistencySeverity.Error), Describe(Assert.Single(Check(path))));
    }

    [Fact]
    public void A_damaged_dynamic_header_is_found()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        DamagedCopy.Write(path, HeaderOffset + 100, 0xFF);
        Assert.Equal(("Dynamic disk header", HeaderOffset, InconsistencySeverity.Error), Describe(Assert.Single(Check(path))));
    }

    [Fact]
    public void A_table_that_is_too_short_is_found()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        DamagedCopy.Change(path, HeaderOffset, 1024, static bytes =>
        {
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(28), 2);
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(36), VhdChecksum.Compute(bytes, 36));
        });
        Assert.Equal(("Dynamic disk header", HeaderOffset + 28, InconsistencySeverity.Error), Describe(Assert.Single(Check(path))));
    }

    [Fact]
    public void A_table_behind_the_files_end_is_found()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        DamagedCopy.Change(path, HeaderOffset, 1024, static bytes =>
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(16), ulong.MaxValue);
            BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(36), VhdChecksum.Compute(bytes, 36));
        });
        Assert.Equal(("Dynamic disk header", HeaderOffset + 16, InconsistencySeverity.Error), Describe(Assert.Single(Check(path))));
    }

    [Fact]
    public void A_block_behind_the_files_end_is_found()
    {
        string path = TestDisks.Unpack("no-os.vhd", _folder);
        DamagedCopy.Write(path, TableOffset, 0x00, 0xFF, 0xFF, 0xFF);
        DiskInconsistency found = Assert.Single(Check(path), static found => found.Severity == InconsistencySeverity.Error);
        Assert.Equal(("Block allocation table", TableOffset, InconsistencySeverity.Error), Describe(found));
        Assert.StartsWith("Block 0 is said to be at byte 8589934080", found.Problem);
    }

    [Fact]
    public void Two_blocks_in_one_place_are_found_with_the_space_that_one_of_them_left()
    {
        string path = TestDisks.Unpack("mbr-dynamic.vhd", _folder);
        (int first, int second) = FindTwoBlocks(path);
        byte[] before = DamagedCopy.Read(path, TableOffset + (second * 4), 4);
        DamagedCopy.Write(path, TableOffset + (second * 4), DamagedCopy.Read(path, TableOffset + (first * 4), 4));

        DiskInconsistency[] found = Check(path);
        Assert.Equal(("Block allocation table", TableOffset + (second * 4), InconsistencySeverity.Error), Describe(found[0]));
        Assert.Contains($"block {first} and block {second} overlap", found[0].Problem);
        long left = BinaryPrimitives.ReadUInt32BigEndian(before) * 512L;
        Assert.Equal(("Data blocks", left, InconsistencySeverity.Leak), Describe(Assert.Single(found.Skip(1))));
    }

    [Fact]
    public void A_block_over_the_dynamic_header_is_found()
    {
        string path = TestDisks.Unpack("mbr-dynamic.vhd", _folder);
        DamagedCopy.Write(path, TableOffset, 0, 0, 0, 1);
        Assert.Contains(Check(path), static found => found.Problem.Contains("the dynamic disk header and block 0 overlap", StringComparison.Ordinal));
    }

    [Fact]
    public void A_block_that_nothing_refers_to_is_leaked()
    {
        string path = TestDisks.Unpack("mbr-dynamic.vhd", _folder);
        (int first, _) = FindTwoBlocks(path);
        long offset = BinaryPrimitives.ReadUInt32BigEndian(DamagedCopy.Read(path, TableOffset + (first * 4), 4)) * 512L;
        DamagedCopy.Write(path, TableOffset + (first * 4), 0xFF, 0xFF, 0xFF, 0xFF);
        DiskInconsistency leak = Assert.Single(Check(path));
        Assert.Equal(("Data blocks", offset, InconsistencySeverity.Leak), Describe(leak));
        Assert.Contains($"the {(2 << 20) + 512} bytes", leak.Problem);
    }

    [Fact]
    public void Bytes_between_a_fixed_disk_and_its_footer_are_leaked()
    {
        string path = TestDisks.Unpack("mbr-fixed.vhd", _folder);
        long end = DamagedCopy.LengthOf(path) - 512;
        DamagedCopy.Write(path, end + 1024, DamagedCopy.Read(path, end, 512));
        DamagedCopy.Write(path, end, new byte[1024]);
        Assert.Equal(("Footer", end, InconsistencySeverity.Leak), Describe(Assert.Single(Check(path))));
    }

    [Fact]
    public void A_fixed_disk_that_was_cut_is_found()
    {
        string path = TestDisks.Unpack("mbr-fixed.vhd", _folder);
        byte[] footer = DamagedCopy.Read(path, DamagedCopy.LengthOf(path) - 512, 512);
        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(10 << 20);
            file.Seek(0, SeekOrigin.End);
            file.Write(footer);
        }

        Assert.Equal(("Footer", (10 << 20) + 48, InconsistencySeverity.Error), Describe(Assert.Single(Check(path))));
    }

    private static DiskInconsistency[] Check(string path) => [.. DiskChecker.Check(path)];

    private static (string Structure, long? Offset, InconsistencySeverity Severity) Describe(DiskInconsistency found) => (found.Structure, found.Offset, found.Severity);

    private static (int First, int Second) FindTwoBlocks(string path)
    {
        byte[] table = DamagedCopy.Read(path, TableOffset, 13 * 4);
        int[] used = [.. Enumerable.Range(0, 13).Where(number => BinaryPrimitives.ReadUInt32BigEndian(table.AsSpan(number * 4)) != uint.MaxValue)];
        return (used[0], used[1]);
    }
}
