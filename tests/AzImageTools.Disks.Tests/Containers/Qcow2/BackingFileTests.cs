using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers.Qcow2;

/// <summary>QCOW2 images over backing files: which are opened, and what is read from them.</summary>
public sealed class BackingFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("raw", "base.img", "", "")]
    [InlineData("qcow2", "base.qcow2", "", "cluster_size=4k")]
    [InlineData("qcow2", "base.qcow2", "cluster_size=4k", "extended_l2=on,cluster_size=16k")]
    [InlineData("vmdk", "base.vmdk", "subformat=streamOptimized", "")]
    [InlineData("vpc", "base.vhd", "subformat=dynamic,force_size=on", "")]
    [InlineData("vhdx", "base.vhdx", "block_size=1M", "compat=0.10")]
    public async Task An_image_over_a_backing_file_reads_as_qemu_reads_it(string format, string backing, string backingOptions, string options)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img", "qemu-io");
        string raw = PatternDisk.Create(_folder.File("source.raw"));
        await PatternDisk.ConvertAsync(raw, format, backingOptions, _folder.File(backing));

        // Larger than what it goes back to.
        string path = await CreateAsync(backing, format, options, $"{PatternDisk.Capacity + (3 << 20)}");
        await ExternalTool.RunAsync(
            "qemu-io", "-f", "qcow2", "-c", "write -P 5 1M 3000k", "-c", "write -z 6M 1M", "-c", "write -P 7 8300k 512", "-c", $"write -P 6 {PatternDisk.Capacity} 512", path);
        string expected = _folder.File("expected.raw");
        await ExternalTool.RunAsync("qemu-img", "convert", "-f", "qcow2", "-O", "raw", path, expected);

        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(DiskSubFormat.Differencing, disk.SubFormat);
        Assert.Equal(_folder.File(backing), disk.Parent?.Path);
        PatternDisk.AssertSame(expected, disk);
    }

    [Fact]
    public async Task A_raw_backing_file_that_the_image_does_not_call_raw_is_refused()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        PatternDisk.Create(_folder.File("base.img"));
        string path = await CreateAsync("base.img", "raw", "", "13M");
        byte[] bytes = await File.ReadAllBytesAsync(path);
        int extension = bytes.AsSpan().IndexOf(new byte[] { 0xE2, 0x79, 0x2A, 0xCA });
        bytes.AsSpan(extension, 4).Fill(0x11);
        await File.WriteAllBytesAsync(path, bytes);

        Assert.Contains("does not say that its backing file is raw", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backing_file_of_another_format_than_the_image_says_is_refused()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        PatternDisk.Create(_folder.File("base.img"));
        string path = await CreateAsync("base.img", "raw", "", "13M");
        await ExternalTool.RunAsync("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", "base.img", path);

        Assert.Contains("QCOW2", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_raw_backing_file_that_begins_with_a_QCOW2_header_stays_raw()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string inner = await CreateAsync("/etc/passwd", "raw", "", "1M");
        string raw = _folder.File("base.img");
        File.Move(inner, raw);
        using (FileStream file = File.OpenWrite(raw))
        {
            file.SetLength(13 << 20);
        }

        using VirtualDisk disk = DiskOpener.Open(await CreateAsync("base.img", "raw", "", "13M"));
        Assert.True(File.ReadAllBytes(raw).AsSpan().SequenceEqual(DiskContent.Read(disk, 0, 13 << 20)));
    }

    [Theory]
    [InlineData("/etc/passwd", "passwd")]
    [InlineData("../../../../../../etc/passwd", "passwd")]
    [InlineData("/dev/zero", "zero")]
    [InlineData(@"\\server\share\base.img", "base.img")]
    [InlineData("nbd://127.0.0.1/export", "export")]
    [InlineData("json:{\"driver\":\"file\",\"filename\":\"/etc/passwd\"}", "no file name")]
    [InlineData("..", "no file name")]
    public async Task A_backing_file_elsewhere_is_never_opened(string backing, string named)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = await CreateAsync(backing, "raw", "", "1M");

        string message = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message;
        Assert.Contains("backing file", message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_goes_back_to_itself_is_refused()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = await CreateAsync("child.qcow2", "qcow2", "", "1M");

        Assert.Contains("no end", Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_backing_file_is_found_in_the_folder_that_is_given()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string folder = Directory.CreateDirectory(_folder.File("bases")).FullName;
        string raw = PatternDisk.Create(Path.Combine(folder, "base.img"));
        string path = await CreateAsync("/images/base.img", "raw", "", $"{PatternDisk.Capacity}");

        Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path));
        using VirtualDisk disk = DiskOpener.Open(path, new VirtualDiskOptions { ParentPath = folder });
        PatternDisk.AssertSame(raw, disk);
    }

    private async Task<string> CreateAsync(string backing, string format, string options, string size)
    {
        string path = _folder.File("child.qcow2");
        await ExternalTool.RunAsync("qemu-img", ["create", "-u", "-f", "qcow2", .. options.Length == 0 ? [] : new[] { "-o", options }, "-F", format, "-b", backing, path, size]);
        return path;
    }
}
