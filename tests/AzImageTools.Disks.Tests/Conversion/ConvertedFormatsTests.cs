using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Conversion;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Conversion;

/// <summary>Disks in several files, and disks over others, become VHDs that qemu-img calls identical; what can't become one is refused first.</summary>
public sealed class ConvertedFormatsTests : IDisposable
{
    private const int Mebibyte = 1 << 20;

    private readonly TempFolder _folder = new();

    private string Made => _folder.File("made.vhd");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("monolithicFlat")]
    [InlineData("twoGbMaxExtentFlat")]
    [InlineData("twoGbMaxExtentSparse")]
    [InlineData("monolithicSparse")]
    [InlineData("streamOptimized")]
    public async Task A_VMDK_of_any_kind_is_converted(string subformat)
    {
        ExternalTool.SkipUnlessInstalled("qemu-img");
        string raw = PatternDisk.Create(_folder.File("source.raw"));
        string path = _folder.File("disk.vmdk");
        await PatternDisk.ConvertAsync(raw, "vmdk", $"subformat={subformat}", path);

        Convert(path);
        await AssertIdenticalAsync("vmdk", path);
    }

    [Fact]
    public async Task A_QCOW2_over_a_chain_of_backing_files_is_converted()
    {
        ExternalTool.SkipUnlessInstalled("qemu-img", "qemu-io");
        PatternDisk.Create(_folder.File("base.img"));
        await ExternalTool.RunAsync("qemu-img", "create", "-u", "-f", "qcow2", "-F", "raw", "-b", "base.img", _folder.File("middle.qcow2"), "13M");
        string path = _folder.File("top.qcow2");
        await ExternalTool.RunAsync("qemu-img", "create", "-u", "-f", "qcow2", "-F", "qcow2", "-b", "middle.qcow2", path, "14M");
        await ExternalTool.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 5 1M 3000k", "-c", "write -z 6M 1M", _folder.File("middle.qcow2"));
        await ExternalTool.RunAsync("qemu-io", "-f", "qcow2", "-c", "write -P 6 2M 100k", "-c", "write -P 7 13500k 512", path);

        Convert(path);
        await AssertIdenticalAsync("qcow2", path);
    }

    [Fact]
    public async Task A_differencing_VHDX_is_converted()
    {
        byte[] expected = new byte[4 * Mebibyte];
        new Random(9).NextBytes(expected.AsSpan(0, 3 * Mebibyte));
        Guid parent = new("3A1F9B52-0C51-4C7B-8E0A-5F6E1B7F2C09");
        new VhdxBuilder(expected.Length) { Identifier = parent }
            .Block(0, expected[..Mebibyte])
            .Block(1, new byte[Mebibyte])
            .Save(_folder.File("parent.vhdx"));
        string path = new VhdxBuilder(expected.Length) { Locator = VhdxBuilder.LocatorOf("parent.vhdx", parent) }
            .Block(1, expected[Mebibyte..(2 * Mebibyte)])
            .Block(2, expected[(2 * Mebibyte)..(3 * Mebibyte)])
            .Save(_folder.File("child.avhdx"));
        string raw = _folder.File("expected.raw");
        await File.WriteAllBytesAsync(raw, expected, TestContext.Current.CancellationToken);

        Convert(path);
        Assert.Equal(expected, (await File.ReadAllBytesAsync(Made, TestContext.Current.CancellationToken))[..expected.Length]);
        ExternalTool.SkipUnlessInstalled("qemu-img");
        await AssertIdenticalAsync("raw", raw);
    }

    [Fact]
    public void A_disk_with_4096_byte_sectors_is_refused_before_anything_is_written()
    {
        string path = new VhdxBuilder(4 * Mebibyte, sectorSize: 4096).Block(0, new byte[Mebibyte]).Save(_folder.File("4k.vhdx"));
        using VirtualDisk disk = DiskOpener.Open(path);

        string message = Assert.Throws<DiskFormatException>(() => VhdConverter.Prepare(new OpenedImage(disk), Made)).Message;
        Assert.Contains("logical sectors of 4096 bytes", message, StringComparison.Ordinal);
        Assert.Contains("Copy the content to a disk with 512-byte sectors", message, StringComparison.Ordinal);
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public async Task A_volume_that_runs_full_has_an_error_of_its_own_and_nothing_is_left()
    {
        string folder = _folder.File("small");
        using SmallVolume small = await SmallVolume.MountAsync(folder);
        string source = _folder.File("source.raw");
        byte[] content = new byte[4 * Mebibyte];
        new Random(4).NextBytes(content);
        await File.WriteAllBytesAsync(source, content, TestContext.Current.CancellationToken);
        using VirtualDisk disk = DiskOpener.Open(source);
        VhdConverter converter = VhdConverter.Prepare(new OpenedImage(disk), Path.Combine(folder, "made.vhd"), new VhdConversionOptions(), static _ => null);

        Assert.Equal(VhdConversionProblem.DiskFull, Assert.Throws<VhdConversionException>(() => converter.Run(cancellation: TestContext.Current.CancellationToken)).Problem);
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    private void Convert(string path)
    {
        using VirtualDisk disk = DiskOpener.Open(path);
        VhdConverter.Prepare(new OpenedImage(disk), Made).Run(cancellation: TestContext.Current.CancellationToken);
    }

    private async Task AssertIdenticalAsync(string format, string path)
        => Assert.Contains("Images are identical.", await ExternalTool.RunAsync("qemu-img", "compare", "-f", format, "-F", "vpc", path, Made), StringComparison.Ordinal);
}
