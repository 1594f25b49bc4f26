using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

public sealed class VirtualDiskTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public static IEnumerable<TheoryDataRow<string, long, string>> Disks => TestDisks.Rows;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_disks_of_the_test_data_are_known()
        => Assert.Equal(
            Directory.EnumerateFiles(Path.Combine(RepositoryPaths.TestData, "disks"), "*.gz").Count(),
            TestDisks.Rows.Count());

    [Theory]
    [MemberData(nameof(Disks))]
    public void A_disk_made_by_qemu_has_the_bytes_that_went_in(string name, long capacity, string sha256)
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack(name, _folder));

        Assert.Equal(capacity, disk.Capacity);
        Assert.Equal(capacity, disk.Length);
        Assert.Equal(512, disk.LogicalSectorSize);
        Assert.Equal(sha256, DiskContent.Sha256(disk));
        Assert.Empty(disk.Problems);
        DiskContent.AssertExtentsHoldAllData(disk, 0, capacity);
        DiskContent.AssertExtentsHoldAllData(disk, 12_345, capacity - 54_321);
    }

    [Theory]
    [InlineData("ready.raw", DiskFormat.Raw, DiskSubFormat.Fixed)]
    [InlineData("ready-fixed.vhd", DiskFormat.Vhd, DiskSubFormat.Fixed)]
    [InlineData("ready-dynamic.vhd", DiskFormat.Vhd, DiskSubFormat.Dynamic)]
    [InlineData("ready-fixed.vhdx", DiskFormat.Vhdx, DiskSubFormat.Fixed)]
    [InlineData("ready-dynamic.vhdx", DiskFormat.Vhdx, DiskSubFormat.Dynamic)]
    public void A_disk_tells_its_format(string name, DiskFormat format, DiskSubFormat subFormat)
    {
        string path = TestDisks.Unpack(name, _folder);
        using VirtualDisk disk = DiskOpener.Open(path);

        Assert.Equal((format, subFormat), (disk.Format, disk.SubFormat));
        Assert.Equal(path, disk.Path);
        Assert.Equal(new FileInfo(path).Length, disk.FileSize);
    }

    [Theory]
    [InlineData("ready-dynamic.vhd")]
    [InlineData("ready-dynamic.vhdx")]
    [InlineData("no-os.vhd")]
    public void A_dynamic_disk_keeps_less_than_its_capacity(string name)
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack(name, _folder));

        Assert.InRange(disk.AllocatedBytes, 1, disk.Capacity - 1);
        Assert.Equal(disk.GetExtents(0, disk.Capacity).Sum(extent => extent.Length), disk.AllocatedBytes);
        Assert.InRange(disk.BytesRead, 1, 256 * 1024);
    }

    [Fact]
    public void Holes_of_a_raw_disk_are_no_extents_where_the_system_tells_of_them()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), "this system does not tell of holes");
        string path = _folder.File("holes.raw");
        byte[] data = new byte[1 << 20];
        data.AsSpan().Fill(7);
        using (FileStream file = File.Create(path))
        {
            file.SetLength(64 << 20);
            RandomAccess.Write(file.SafeFileHandle, data, 8 << 20);
            RandomAccess.Write(file.SafeFileHandle, data, 40 << 20);
        }

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.SkipUnless(disk.AllocatedBytes < disk.Capacity, "this file system keeps no holes");
        Assert.Equal([new DiskExtent(8 << 20, 1 << 20), new DiskExtent(40 << 20, 1 << 20)], disk.GetExtents(0, disk.Capacity));
        Assert.Equal([new DiskExtent((8 << 20) + 4096, 100)], disk.GetExtents((8 << 20) + 4096, 100));
        Assert.Empty(disk.GetExtents(20 << 20, 1 << 20));
        Assert.Equal(0, disk.BytesRead);
    }

    [Fact]
    public async Task Holes_of_a_container_file_are_no_extents_where_the_system_tells_of_them()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsWindows(), "this system does not tell of holes");
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = _folder.File("holes.raw");
        byte[] data = new byte[1 << 20];
        data.AsSpan().Fill(7);
        using (FileStream file = File.Create(raw))
        {
            file.SetLength(128 << 20);
            RandomAccess.Write(file.SafeFileHandle, data, 8 << 20);
            RandomAccess.Write(file.SafeFileHandle, data, 72 << 20);
        }

        // Blocks of 64 MiB, both present, their file sparse.
        string container = _folder.File("holes.vhdx");
        await ExternalTool.RunAsync("qemu-img", "convert", "-f", "raw", "-O", "vhdx", "-o", "block_size=64M", raw, container);

        using VirtualDisk disk = DiskOpener.Open(container);
        Assert.SkipUnless(disk.AllocatedBytes < disk.Capacity, "this file system keeps no holes");
        Assert.Equal([new DiskExtent(8 << 20, 1 << 20), new DiskExtent(72 << 20, 1 << 20)], disk.GetExtents(0, disk.Capacity));
        Assert.Equal([new DiskExtent((8 << 20) + 4096, 100)], disk.GetExtents((8 << 20) + 4096, 100));
    }

    [Fact]
    public void A_range_beyond_the_disk_is_refused()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("no-os.vhd", _folder));
        byte[] bytes = new byte[512];

        Assert.Throws<DiskFormatException>(() => disk.Read(disk.Capacity - 511, bytes));
        Assert.Throws<DiskFormatException>(() => disk.Read(-1, bytes));
        Assert.Throws<DiskFormatException>(() => disk.Read(long.MaxValue, bytes));
        Assert.Throws<ArgumentOutOfRangeException>(() => disk.GetExtents(0, disk.Capacity + 1));
    }

    [Fact]
    public void Many_threads_read_the_same_disk()
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack("ready-dynamic.vhdx", _folder));
        const int Piece = 100_003;
        byte[] whole = DiskContent.Read(disk, 0, (int)disk.Capacity);

        Parallel.For(0, (int)(disk.Capacity / Piece), new ParallelOptions { MaxDegreeOfParallelism = 8 }, piece =>
            Assert.True(whole.AsSpan(piece * Piece, Piece).SequenceEqual(DiskContent.Read(disk, (long)piece * Piece, Piece)), $"piece {piece} differs"));
    }

    [Theory]
    [InlineData("vhdx", "block_size=1M")]
    [InlineData("vhdx", "block_size=32M")]
    [InlineData("vhdx", "subformat=fixed,block_size=16M")]
    [InlineData("vpc", "subformat=dynamic,force_size=on")]
    [InlineData("vpc", "subformat=fixed,force_size=on")]
    public async Task A_disk_over_many_blocks_reads_as_qemu_reads_it(string format, string options)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = _folder.File("source.raw");
        Random random = new(20);
        byte[] data = new byte[300_000];
        using (FileStream file = File.Create(raw))
        {
            file.SetLength((300L << 20) + 512);
            for (int i = 0; i < 40; i++)
            {
                random.NextBytes(data);
                RandomAccess.Write(file.SafeFileHandle, data, random.NextInt64(file.Length - data.Length));
            }
        }

        string container = _folder.File(format == "vpc" ? "disk.vhd" : "disk.vhdx");
        await ExternalTool.RunAsync("qemu-img", "convert", "-f", "raw", "-O", format, "-o", options, raw, container);

        using VirtualDisk source = DiskOpener.Open(raw);
        using VirtualDisk disk = DiskOpener.Open(container);
        Assert.Equal(source.Capacity, disk.Capacity);
        Assert.Equal(DiskContent.Sha256(source), DiskContent.Sha256(disk));
        DiskContent.AssertExtentsHoldAllData(disk, 0, disk.Capacity);
    }

    [Theory]
    [InlineData("vhdx", "disk.vhdx", "64T", "block_size=32M")]
    [InlineData("vpc", "disk.vhd", "2040G", "force_size=on")]
    public async Task An_enormous_empty_disk_costs_little(string format, string name, string size, string options)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = _folder.File(name);
        await ExternalTool.RunAsync("qemu-img", "create", "-f", format, "-o", options, path, size);

        using VirtualDisk disk = DiskOpener.Open(path);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Empty(disk.GetExtents(0, disk.Capacity));
        Assert.Equal(0, disk.AllocatedBytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }
}
