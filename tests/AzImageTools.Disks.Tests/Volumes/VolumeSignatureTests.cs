using System.Text;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Volumes;

public class VolumeSignatureTests
{
    [Theory]
    [InlineData("_BHRfS_M", 0x10040, FileSystemKind.Btrfs)]
    [InlineData("LUKS\u00BA\u00BE\0\u0002", 0, FileSystemKind.Luks)]
    [InlineData("LABELONE\u0001\0\0\0\0\0\0\0\0\0\0\0\u0020\0\0\0LVM2 001", 512, FileSystemKind.LvmPhysicalVolume)]
    [InlineData("\0\0\0ReFS\0\0\0\0\0\0\0\0\0FSRS", 0, FileSystemKind.ReFS)]
    [InlineData("SWAPSPACE2", 4086, FileSystemKind.Swap)]
    [InlineData("SWAP-SPACE", 65526, FileSystemKind.Swap)]
    [InlineData("\u000C\u00B1\u00BA\0\0\0\0\0", 131072 + 4096, FileSystemKind.Zfs)]
    [InlineData("\0\0\0\0\0\u00BA\u00B1\u000C", 131072, FileSystemKind.Zfs)]
    [InlineData("LUKS", 0, FileSystemKind.Unknown)]
    [InlineData("LABELONE", 512, FileSystemKind.Unknown)]
    public void A_volume_is_named_by_its_signature_and_not_opened(string signature, int offset, FileSystemKind kind)
    {
        byte[] image = new byte[1 << 20];
        Encoding.Latin1.GetBytes(signature).CopyTo(image, offset);
        Assert.Equal(kind, FileSystem.Probe(new MemoryByteSource(image)));
        Assert.Null(FileSystem.TryOpen(new MemoryByteSource(image)));
        Assert.Equal(FileSystemKind.Unknown, FileSystem.Probe(new MemoryByteSource(image, offset + 1)));
    }

    [Fact]
    public async Task Swap_is_named()
    {
        ExternalTool.SkipUnlessInstalled("mkswap");
        using TempFolder folder = new();
        string path = folder.File("swap.img");
        await File.WriteAllBytesAsync(path, new byte[1 << 20]);
        await ExternalTool.RunAsync("mkswap", path);
        Assert.Equal(FileSystemKind.Swap, FileSystem.Probe(new MemoryByteSource(await File.ReadAllBytesAsync(path))));
    }
}
