using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers.Qcow2;

/// <summary>QCOW2 images as qemu-img and qemu-io make them.</summary>
public sealed class Qcow2Tests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("compat=0.10", false)]
    [InlineData("compat=0.10,cluster_size=512", true)]
    [InlineData("compat=1.1", false)]
    [InlineData("compat=1.1,cluster_size=512", false)]
    [InlineData("compat=1.1,cluster_size=4k", true)]
    [InlineData("compat=1.1", true)]
    [InlineData("compat=1.1,cluster_size=2M", false)]
    [InlineData("compat=1.1,cluster_size=2M", true)]
    [InlineData("compression_type=zstd", true)]
    [InlineData("compression_type=zstd,cluster_size=512", true)]
    [InlineData("compression_type=zstd,cluster_size=2M", true)]
    [InlineData("preallocation=metadata", false)]
    [InlineData("preallocation=falloc,lazy_refcounts=on,refcount_bits=1", false)]
    [InlineData("extended_l2=on", false)]
    [InlineData("extended_l2=on,cluster_size=16k", false)]
    [InlineData("extended_l2=on,cluster_size=2M,compression_type=zstd", true)]
    public async Task An_image_reads_as_the_disk_it_was_made_of(string options, bool isCompressed)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = PatternDisk.Create(_folder.File("source.raw"));
        string path = _folder.File("disk.qcow2");
        await PatternDisk.ConvertAsync(raw, "qcow2", options, path, isCompressed ? ["-c"] : []);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal((DiskFormat.Qcow2, DiskSubFormat.Dynamic), (disk.Format, disk.SubFormat));
        Assert.Empty(disk.Problems);
        PatternDisk.AssertSame(raw, disk);
        Assert.InRange(disk.AllocatedBytes, 1, disk.Capacity);
    }

    [Theory]
    [InlineData("compat=1.1")]
    [InlineData("compat=1.1,cluster_size=2M")]
    [InlineData("extended_l2=on")]
    [InlineData("extended_l2=on,cluster_size=16k")]
    public async Task Zero_discarded_and_compressed_clusters_read_as_qemu_reads_them(string options)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img", "qemu-io");
        string raw = PatternDisk.Create(_folder.File("source.raw"));
        string path = _folder.File("disk.qcow2");
        await PatternDisk.ConvertAsync(raw, "qcow2", options, path);
        string[] commands =
        [
            "write -z 64k 1M", "write -z -u 3M 200k", "discard 5M 512k", "write -P 7 6M 3k", "write -z 6100k 1k", "write -P 9 6145k 512",
            "discard 8M 2M", "write -c -P 8 8M 2M", "write -P 3 8200k 512", "write -z 8900k 5k", "discard 11M 1M", "write -P 4 11500k 2k", "write -P 1 0 512",
        ];
        await ExternalTool.RunAsync("qemu-io", ["-f", "qcow2", .. commands.SelectMany(command => new[] { "-c", command }), path]);
        await ExternalTool.RunAsync("qemu-img", "convert", "-f", "qcow2", "-O", "raw", path, raw);

        using VirtualDisk disk = DiskOpener.Open(path);
        PatternDisk.AssertSame(raw, disk);
    }

    [Fact]
    public async Task Internal_snapshots_are_ignored_and_told_of()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img", "qemu-io");
        string raw = PatternDisk.Create(_folder.File("source.raw"));
        string path = _folder.File("disk.qcow2");
        await PatternDisk.ConvertAsync(raw, "qcow2", "cluster_size=4k", path);
        await ExternalTool.RunAsync("qemu-img", "snapshot", "-c", "before", path);
        await ExternalTool.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 5 1M 3M", path);
        await ExternalTool.RunAsync("qemu-img", "convert", "-f", "qcow2", "-O", "raw", path, raw);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Contains("1 internal snapshots", Assert.Single(disk.Problems), StringComparison.Ordinal);
        PatternDisk.AssertSame(raw, disk);
    }

    [Theory]
    [InlineData("compression_type=zlib")]
    [InlineData("compression_type=zstd")]
    public async Task Many_threads_read_the_same_compressed_image(string options)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = PatternDisk.Create(_folder.File("source.raw"));
        string path = _folder.File("disk.qcow2");
        await PatternDisk.ConvertAsync(raw, "qcow2", options, path, "-c");
        byte[] whole = await File.ReadAllBytesAsync(raw);
        const int Piece = 100_003;

        using VirtualDisk disk = DiskOpener.Open(path);
        Parallel.For(0, PatternDisk.Capacity / Piece, new ParallelOptions { MaxDegreeOfParallelism = 8 }, piece =>
            Assert.True(whole.AsSpan(piece * Piece, Piece).SequenceEqual(DiskContent.Read(disk, (long)piece * Piece, Piece)), $"piece {piece} differs"));
    }

    [Theory]
    [InlineData("64T", "cluster_size=64k")]
    [InlineData("64T", "cluster_size=2M")]
    [InlineData("25G", "cluster_size=512")]
    public async Task An_enormous_empty_image_costs_little(string size, string options)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = _folder.File("disk.qcow2");
        await ExternalTool.RunAsync("qemu-img", "create", "-f", "qcow2", "-o", options, path, size);

        long before = GC.GetAllocatedBytesForCurrentThread();
        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Empty(disk.GetExtents(0, disk.Capacity));
        Assert.Equal(0, disk.AllocatedBytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 << 20);
    }
}
