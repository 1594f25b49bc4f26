using System.Buffers.Binary;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Inspection.Checking;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers.Qcow2;

/// <summary>Images of the test data with their structures changed; a cluster has 64 KiB, the L1 table is the fourth, the first L2 table the fifth.</summary>
public sealed class DamagedQcow2Tests : IDisposable
{
    private const string Seed = "0000KNZ7Bqf5";
    private const int Iterations = 300;
    private const string Plain = "pattern.qcow2";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4, 1, 4, "version 1")]
    [InlineData(4, 4, 4, "version 4 is not known")]
    [InlineData(20, 8, 4, "2^8 bytes")]
    [InlineData(20, 22, 4, "2^22 bytes")]
    [InlineData(20, 0xFFFFFFFF, 4, "from 2^9 to 2^21")]
    [InlineData(24, 0, 8, "capacity of 0 bytes")]
    [InlineData(24, 0x7FFFFFFFFFFFFE00, 8, "capacity of")]
    [InlineData(32, 1, 4, "encrypted (AES)")]
    [InlineData(32, 2, 4, "encrypted (LUKS)")]
    [InlineData(36, 0, 4, "L1 table has 0 entries")]
    [InlineData(40, 0, 8, "L1 table of 1 entries can't be at byte 0")]
    [InlineData(40, 0x30001, 8, "not aligned")]
    [InlineData(40, 0x7FFFFFFFFFFF0000, 8, "cut off")]
    [InlineData(8, 0x10000, 8, "backing file's name")]
    [InlineData(72, 4, 8, "external data file")]
    [InlineData(72, 0x20, 8, "bit 5")]
    [InlineData(72, 8, 8, "contradict")]
    [InlineData(100, 96, 4, "header can't have 96 bytes")]
    [InlineData(100, 0xFFFFFFF8, 4, "header can't have")]
    [InlineData(104, 1, 1, "contradict")]
    [InlineData(104, 7, 1, "compression type 7")]
    [InlineData(116, 0xFFFFFF, 4, "header extension")]
    public void A_header_that_can_not_be_is_refused(int offset, ulong value, int size, string problem)
    {
        string path = TestDisks.Unpack(Plain, _folder);
        Put(path, offset, value, size);

        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path));
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(path, refusal.File);
    }

    [Fact]
    public void A_feature_that_is_not_known_is_named_as_the_image_names_it()
    {
        string path = TestDisks.Unpack(Plain, _folder);
        byte[] head = File.ReadAllBytes(path)[..65536];
        int name = head.AsSpan().IndexOf("corrupt bit"u8);
        Put(path, name - 1, 40, 1);
        Put(path, 72, 1UL << 40, 8);

        Assert.Contains("bit 40, which it calls 'corrupt bit'", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "not closed cleanly")]
    [InlineData(2, "marked as corrupt")]
    public void A_dirty_or_corrupt_bit_is_told_of(ulong features, string problem)
    {
        string path = TestDisks.Unpack(Plain, _folder);
        Put(path, 72, features, 8);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Contains(problem, Assert.Single(disk.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0x30000, 0x7FFFFFFF0000, "L2 table")]
    [InlineData(0x30000, 0x40200, "L2 table")]
    [InlineData(0x40000, 0x7FFFFFFF0000, "can't be in a cluster")]
    [InlineData(0x40000, 0x50200, "can't be in a cluster")]
    [InlineData(0x40000, 0x4000_7FFF_FFFF_FFFF, "Compressed data")]
    [InlineData(0x40000, 0x4000_0000_0000_0000, "Compressed data")]
    [InlineData(0x40000, 0x4000_0000_0000_0200, "compressed cluster")]
    public void A_table_that_leads_nowhere_is_refused_when_it_is_read(long offset, ulong value, string problem)
    {
        string path = TestDisks.Unpack(Plain, _folder);
        Put(path, offset, value, 8);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Contains(problem, Assert.Throws<DiskFormatException>(() => DiskContent.Read(disk, 0, 512)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clusters_that_all_lead_to_the_same_place_are_refused()
    {
        string path = TestDisks.Unpack(Plain, _folder);
        long length = new FileInfo(path).Length;
        Put(path, 24, 512UL << 20, 8);
        for (int i = 0; i < 8192; i++)
        {
            Put(path, 0x40000 + (i * 8), 0x8000_0000_0005_0000, 8);
        }

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.True(length < 512 << 20);
        Assert.Contains("overlap", Assert.Throws<DiskFormatException>(() => disk.AllocatedBytes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void L2_tables_that_are_all_the_same_are_refused()
    {
        string path = TestDisks.Unpack(Plain, _folder);
        Put(path, 24, 4UL << 40, 8);
        Put(path, 36, 8192, 4);
        for (int i = 0; i < 8192; i++)
        {
            Put(path, 0x30000 + (i * 8), 0x8000_0000_0004_0000, 8);
        }

        Assert.Contains("overlap", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pattern.qcow2")]
    [InlineData("pattern-v2.qcow2")]
    [InlineData("pattern-zlib.qcow2")]
    [InlineData("pattern-zstd.qcow2")]
    [InlineData("pattern-extended.qcow2")]
    public void Changed_bytes_are_survived(string name) => Mutations.AssertSurvived(TestDisks.Unpack(name, _folder), Seed, Iterations);

    [Theory]
    [InlineData("pattern.qcow2")]
    [InlineData("pattern-zstd.qcow2")]
    public void An_image_cut_off_anywhere_is_survived(string name) => Mutations.AssertTruncationSurvived(TestDisks.Unpack(name, _folder), Seed, Iterations);

    private static void Put(string path, long offset, ulong value, int size)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, value);
        DamagedCopy.Write(path, offset, bytes.AsSpan(8 - size));
    }
}
