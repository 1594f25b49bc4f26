using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers.Vmdk;

/// <summary>VMDKs as qemu-img makes them.</summary>
public sealed class VmdkTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("subformat=monolithicSparse", DiskSubFormat.Dynamic)]
    [InlineData("subformat=monolithicSparse,zeroed_grain=on", DiskSubFormat.Dynamic)]
    [InlineData("subformat=monolithicSparse,compat6=on", DiskSubFormat.Dynamic)]
    [InlineData("subformat=monolithicFlat", DiskSubFormat.Fixed)]
    [InlineData("subformat=twoGbMaxExtentSparse", DiskSubFormat.Dynamic)]
    [InlineData("subformat=twoGbMaxExtentFlat", DiskSubFormat.Fixed)]
    [InlineData("subformat=streamOptimized", DiskSubFormat.Dynamic)]
    [Trait("Libraries", "net8.0")]
    public async Task A_disk_reads_as_the_one_it_was_made_of(string options, DiskSubFormat subFormat)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = PatternDisk.Create(_folder.File("source.raw"));
        string path = _folder.File("disk.vmdk");
        await PatternDisk.ConvertAsync(raw, "vmdk", options, path);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal((DiskFormat.Vmdk, subFormat), (disk.Format, disk.SubFormat));
        Assert.Empty(disk.Problems);
        PatternDisk.AssertSame(raw, disk);
        Assert.Equal(Directory.EnumerateFiles(_folder.FullName, "disk*.vmdk").Sum(file => new FileInfo(file).Length), disk.FileSize);
        Assert.InRange(disk.AllocatedBytes, 1, disk.Capacity - 1);
    }

    [Theory]
    [InlineData("twoGbMaxExtentSparse")]
    [InlineData("twoGbMaxExtentFlat")]
    [Trait("Libraries", "net8.0")]
    public async Task A_disk_in_several_files_reads_as_one(string subformat)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = _folder.File("source.raw");
        byte[] data = new byte[3 << 20];
        new Random(5).NextBytes(data);
        using (FileStream file = File.Create(raw))
        {
            file.SetLength((4L << 30) + (9 << 20));

            // Across the border of two files (2047 MiB), and at the disk's end.
            RandomAccess.Write(file.SafeFileHandle, data, (2047L << 20) - (1 << 20));
            RandomAccess.Write(file.SafeFileHandle, data, file.Length - data.Length);
        }

        string path = _folder.File("disk.vmdk");
        await PatternDisk.ConvertAsync(raw, "vmdk", $"subformat={subformat}", path);
        Assert.Equal(4, Directory.EnumerateFiles(_folder.FullName, "disk*.vmdk").Count());

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(new FileInfo(raw).Length, disk.Capacity);
        Assert.Equal(data, DiskContent.Read(disk, (2047L << 20) - (1 << 20), data.Length));
        Assert.Equal(data, DiskContent.Read(disk, disk.Capacity - data.Length, data.Length));
        Assert.Contains(new DiskExtent(2046L << 20, 3 << 20), disk.GetExtents(0, disk.Capacity));
        Assert.Empty(disk.GetExtents(1L << 30, 1 << 20));
    }

    [Theory]
    [InlineData("twoGbMaxExtentSparse", "big-s001.vmdk")]
    [InlineData("twoGbMaxExtentSparse", "big-s003.vmdk")]
    [InlineData("twoGbMaxExtentFlat", "big-f001.vmdk")]
    [InlineData("monolithicFlat", "big-flat.vmdk")]
    public async Task A_part_of_a_disk_in_several_files_is_refused_with_the_name_of_its_descriptor(string subformat, string part)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        await ExternalTool.RunAsync("qemu-img", "create", "-q", "-f", "vmdk", "-o", $"subformat={subformat}", _folder.File("big.vmdk"), "5G");

        DiskFormatException error = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(_folder.File(part)));
        File.Delete(_folder.File("big.vmdk"));
        DiskFormatException alone = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(_folder.File(part)));

        Assert.Contains("not a whole disk", error.Message, StringComparison.Ordinal);
        Assert.Contains("'big.vmdk'", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'big.vmdk'", alone.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("twoGbMaxExtentSparse", "big-s002.vmdk")]
    [InlineData("twoGbMaxExtentFlat", "big-f002.vmdk")]
    [InlineData("monolithicFlat", "big-flat.vmdk")]
    public async Task A_disk_that_lacks_one_of_its_files_is_refused_with_the_name_of_the_file(string subformat, string part)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        await ExternalTool.RunAsync("qemu-img", "create", "-q", "-f", "vmdk", "-o", $"subformat={subformat}", _folder.File("big.vmdk"), "5G");
        File.Delete(_folder.File(part));

        Assert.Contains($"'{part}'", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(_folder.File("big.vmdk"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_threads_read_the_same_compressed_disk()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = PatternDisk.Create(_folder.File("source.raw"));
        string path = _folder.File("disk.vmdk");
        await PatternDisk.ConvertAsync(raw, "vmdk", "subformat=streamOptimized", path);
        byte[] whole = await File.ReadAllBytesAsync(raw);
        const int Piece = 100_003;

        using VirtualDisk disk = DiskOpener.Open(path);
        Parallel.For(0, PatternDisk.Capacity / Piece, new ParallelOptions { MaxDegreeOfParallelism = 8 }, piece =>
            Assert.True(whole.AsSpan(piece * Piece, Piece).SequenceEqual(DiskContent.Read(disk, (long)piece * Piece, Piece)), $"piece {piece} differs"));
    }
}
