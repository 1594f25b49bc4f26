using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Containers;

/// <summary>Containers that other people's programs made, beside the checkout.</summary>
public sealed class SampleContainerTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("virtualpc-dynamic.vhd.bz2", 136365211648)]
    [InlineData("hyperv2012r2-dynamic.vhd.bz2", 136365211648)]
    public async Task The_capacity_of_a_VHD_is_its_current_size_whatever_its_geometry(string name, long capacity)
    {
        using VirtualDisk disk = DiskOpener.Open(await UnpackAsync(name));

        Assert.Equal(capacity, disk.Capacity);
        Assert.Equal(DiskSubFormat.Dynamic, disk.SubFormat);
        Assert.Equal(512, DiskContent.Read(disk, disk.Capacity - 512, 512).Length);
    }

    [Theory]
    [InlineData("ext2.vhd.gz", "vpc")]
    [InlineData("iotest-dynamic-1G.vhdx.bz2", "vhdx")]
    [InlineData("ext2.qcow2.gz", "qcow2")]
    [InlineData("iotest-version3.vmdk.bz2", "vmdk")]
    public async Task A_sample_reads_as_qemu_reads_it(string name, string format)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = await UnpackAsync(name);
        using VirtualDisk disk = DiskOpener.Open(path);
        string ours = DiskContent.Save(disk, _folder.File("ours.raw"));

        string source = format == "vpc" ? $"driver=vpc,force_size_calc=current_size,file.filename={path}" : $"driver={format},file.filename={path}";
        string output = await ExternalTool.RunAsync("qemu-img", "compare", "--image-opts", source, $"driver=raw,file.filename={ours}");
        Assert.Contains("Images are identical.", output, StringComparison.Ordinal);
        DiskContent.AssertExtentsHoldAllData(disk, 0, Math.Min(disk.Capacity, 256 << 20));
    }

    [Theory]
    [InlineData("image.vhd.gz", "checksum is wrong", "the image is damaged")]
    [InlineData("image-differential.vhd.gz", "checksum is wrong", "the image is damaged")]
    [InlineData("afl9.vmdk.bz2", "copied as text", "binary mode")]
    public async Task What_is_not_read_is_named_with_a_remedy(string name, string kind, string remedy)
    {
        string path = await UnpackAsync(name);

        string message = Assert.Throws<DiskFormatException>(() => DiskOpener.Open(path)).Message;
        Assert.Contains(kind, message, StringComparison.Ordinal);
        Assert.Contains(remedy, message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_VHDX_that_was_not_closed_cleanly_reads_as_after_the_replay_of_its_log()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string path = await UnpackAsync("vhdx-log-replay.vhdx.gz");
        byte[] before = await File.ReadAllBytesAsync(path);
        string replayed = _folder.File("replayed.vhdx");
        File.Copy(path, replayed);
        await ExternalTool.RunAsync("qemu-img", "check", "-r", "all", "-f", "vhdx", replayed);
        using VirtualDisk disk = DiskOpener.Open(path);
        string ours = DiskContent.Save(disk, _folder.File("ours.raw"));

        string output = await ExternalTool.RunAsync("qemu-img", "compare", "--image-opts", $"driver=vhdx,file.filename={replayed}", $"driver=raw,file.filename={ours}");
        Assert.Contains("Images are identical.", output, StringComparison.Ordinal);
        Assert.Contains("not closed cleanly", Assert.Single(disk.Problems), StringComparison.Ordinal);
        disk.Dispose();
        Assert.Equal(before, await File.ReadAllBytesAsync(path));
    }

    private async Task<string> UnpackAsync(string name)
    {
        string relative = Path.Combine("containers", Path.GetFileNameWithoutExtension(name));
        return name.EndsWith(".gz", StringComparison.Ordinal) ? TestFile.UnpackSample(relative, _folder) : await TestFile.UnpackBzip2SampleAsync(relative, _folder);
    }
}
