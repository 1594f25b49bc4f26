using System.Buffers.Binary;
using System.Text;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Inspection.Checking;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers.Vmdk;

public sealed class DamagedVmdkTests : IDisposable
{
    private const string Seed = "0000KNZ7Bqf5";
    private const int Iterations = 300;
    private const string Sparse = "pattern.vmdk";
    private const string Stream = "pattern-stream.vmdk";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4, 4, 4, "version 4")]
    [InlineData(12, 0, 8, "capacity can't be 0 sectors")]
    [InlineData(12, 0x7FFFFFFFFFFFFFFF, 8, "capacity can't be")]
    [InlineData(20, 0, 8, "grain size can't be 0")]
    [InlineData(20, 127, 8, "no power of two")]
    [InlineData(20, 8192, 8, "grain size can't be")]
    [InlineData(28, 0x7FFFFFFFFFFFFFFF, 8, "descriptor's place")]
    [InlineData(28, 0, 8, "one extent of a VMDK")]
    [InlineData(36, 0xFFFFFFFF, 8, "descriptor's size")]
    [InlineData(44, 0, 4, "can't have 0 entries")]
    [InlineData(44, 513, 4, "can't have 513 entries")]
    [InlineData(56, 0x7FFFFFFFFFFFFFFF, 8, "grain directory's place")]
    [InlineData(56, 0xFFFFFFFFFFFFFFFF, 8, "footer")]
    [InlineData(73, 0x0D, 1, "copied as text")]
    public void A_header_that_can_not_be_is_refused(int offset, ulong value, int size, string problem)
    {
        string path = TestDisks.Unpack(Sparse, _folder);
        Put(path, offset, value, size);

        DiskFormatException refusal = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path));
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(path, refusal.File);
    }

    [Fact]
    public void A_stream_compressed_in_an_unknown_way_is_refused()
    {
        string path = TestDisks.Unpack(Stream, _folder);
        Put(path, 77, 2, 2);

        Assert.Contains("algorithm 2", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_is_read_through_the_footer_at_its_end_and_refused_without_it()
    {
        string path = TestDisks.Unpack(Stream, _folder);
        string expected;
        using (VirtualDisk disk = DiskOpener.Open(path))
        {
            expected = DiskContent.Sha256(disk);
        }

        byte[] bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, [.. bytes, .. new byte[512], .. bytes[..512], .. new byte[512]]);
        Put(path, 56, ulong.MaxValue, 8);
        using (VirtualDisk disk = DiskOpener.Open(path))
        {
            Assert.Equal(expected, DiskContent.Sha256(disk));
        }

        using (FileStream file = File.OpenWrite(path))
        {
            file.SetLength(file.Length - 512);
        }

        Assert.Contains("cut off", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_VMDK_that_was_not_closed_is_told_of()
    {
        string path = TestDisks.Unpack(Sparse, _folder);
        Put(path, 72, 1, 1);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Contains("not closed cleanly", Assert.Single(disk.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Sparse)]
    [InlineData(Stream)]
    public void Changed_bytes_are_survived(string name) => Mutations.AssertSurvived(TestDisks.Unpack(name, _folder), Seed, Iterations);

    [Theory]
    [InlineData(Sparse)]
    [InlineData(Stream)]
    public void A_VMDK_cut_off_anywhere_is_survived(string name) => Mutations.AssertTruncationSurvived(TestDisks.Unpack(name, _folder), Seed, Iterations);

    [Theory]
    [InlineData("RW 2048 FLAT \"/etc/passwd\" 0", "passwd")]
    [InlineData("RW 2048 FLAT \"../../../../etc/passwd\" 0", "passwd")]
    [InlineData("RW 2048 SPARSE \"../outside.vmdk\"", "outside.vmdk")]
    [InlineData("RW 2048 FLAT \"/dev/zero\" 0", "zero")]
    [InlineData("RW 2048 FLAT \"\\\\.\\PhysicalDrive0\" 0", "PhysicalDrive0")]
    [InlineData("RW 2048 FLAT \"\\\\server\\share\\disk.vmdk\" 0", "disk.vmdk")]
    [InlineData("RW 2048 FLAT \"CON\" 0", "no file name")]
    public void An_extent_elsewhere_is_never_opened(string extent, string named)
    {
        string folder = Directory.CreateDirectory(_folder.File("inner")).FullName;
        File.WriteAllBytes(_folder.File("outside.vmdk"), new byte[2048 * 512]);
        string path = Path.Combine(folder, "web.vmdk");
        WriteDescriptor(path, extent);

        string message = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RW 2048 VMFSSPARSE \"x.vmdk\"", "vmkfstools")]
    [InlineData("RW 2048 SESPARSE \"x.vmdk\"", "vmkfstools")]
    [InlineData("RW 2048 VMFSRDM \"x.vmdk\"", "VMFSRDM")]
    [InlineData("RW 0 ZERO", "can't be understood")]
    [InlineData("RW 99999999999999999999 ZERO", "can't be understood")]
    [InlineData("RW 2048 FLAT \"x.vmdk", "names no file")]
    [InlineData("RW 2048 FLAT \"flat.vmdk\" x", "can't be understood")]
    [InlineData("RW 2048 FLAT \"flat.vmdk\" 1", "cut off")]
    [InlineData("RW 2049 FLAT \"flat.vmdk\" 0", "cut off")]
    [InlineData("RW 2048 SPARSE \"flat.vmdk\"", "not the sparse extent")]
    [InlineData("", "names no extent")]
    public void An_extent_that_can_not_be_read_is_refused(string extent, string problem)
    {
        File.WriteAllBytes(_folder.File("flat.vmdk"), new byte[2048 * 512]);
        string path = _folder.File("web.vmdk");
        WriteDescriptor(path, extent);

        Assert.Contains(problem, Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_is_refused_with_a_remedy()
    {
        string path = _folder.File("web.vmdk");
        WriteDescriptor(path, "RW 2048 ZERO", "12345678");

        Assert.Contains("Consolidate", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sparse_extent_of_ESX_is_refused_with_a_remedy()
    {
        string path = _folder.File("web.vmdk");
        File.WriteAllBytes(path, [.. Encoding.ASCII.GetBytes("COWD"), .. new byte[4096]]);

        Assert.Contains("vmkfstools", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_disk_of_ESX_is_read_from_its_flat_file_and_zeros()
    {
        byte[] data = new byte[2048 * 512];
        new Random(1).NextBytes(data);
        File.WriteAllBytes(_folder.File("web-flat.vmdk"), data);
        string path = _folder.File("web.vmdk");
        WriteDescriptor(path, "RW 2040 VMFS \"web-flat.vmdk\" 8\nRW 16 ZERO");

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(2056 * 512, disk.Capacity);
        Assert.Equal([.. data[4096..], .. new byte[16 * 512]], DiskContent.Read(disk, 0, 2056 * 512));
        Assert.Equal(new DiskExtent(0, 2040 * 512), Assert.Single(disk.GetExtents(0, disk.Capacity)));
    }

    private static void WriteDescriptor(string path, string extents, string parent = "ffffffff")
        => File.WriteAllText(path, $"# Disk DescriptorFile\nversion=1\nCID=fffffffe\nparentCID={parent}\ncreateType=\"custom\"\n\n# Extent description\n{extents}\n\n# The Disk Data Base\nddb.adapterType = \"ide\"\n");

    private static void Put(string path, int offset, ulong value, int size)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        DamagedCopy.Write(path, offset, bytes.AsSpan(0, size));
    }
}
