using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

public sealed class BootLoaderTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ready.raw", BootLoaders.WindowsBootManager, VmGenerations.V2)]
    [InlineData("mbr-dynamic.vhd", BootLoaders.WindowsBootManager, VmGenerations.V1)]
    [InlineData("lvm.vhd", BootLoaders.GrubEfi, VmGenerations.V2)]
    public void The_boot_loaders_of_a_disk_are_named_with_its_guest(string name, BootLoaders loaders, VmGenerations generations)
    {
        DiskInfo info = TestDisks.Inspect(TestDisks.Unpack(name, _folder));
        Assert.Equal((loaders, generations), (info.Guest!.BootLoaders, info.SupportedGenerations));
    }

    [Theory]
    [InlineData("EFI/systemd/systemd-bootx64.efi", BootLoaders.SystemdBoot)]
    [InlineData("EFI/BOOT/grubaa64.efi", BootLoaders.GrubEfi)]
    [InlineData("EFI/debian/grub.cfg", BootLoaders.GrubEfi)]
    [InlineData("EFI/Microsoft/Boot/bootmgfw.efi", BootLoaders.WindowsBootManager)]
    [InlineData("EFI/BOOT/BOOTX64.EFI", BootLoaders.None)]
    [InlineData("systemd-bootx64.efi", BootLoaders.None)]
    public async Task A_boot_loader_is_known_by_its_file_on_the_EFI_system_partition(string file, BootLoaders loader)
    {
        string path = await MakeDiskAsync(file);
        using VirtualDisk disk = DiskOpener.Open(path);
        Assert.Equal(loader, BootLoaderFinder.Find(disk, new OpenedImage(disk).Volumes, []));
    }

    [Fact]
    public async Task GRUB_for_a_BIOS_is_known_by_its_code_in_the_first_sector()
    {
        using VirtualDisk disk = DiskOpener.Open(await TestFile.UnpackBzip2SampleAsync("containers/grub_mbr.raw", _folder));
        Assert.Equal(BootLoaders.GrubBios, BootLoaderFinder.Find(disk, [], []));
    }

    [Fact]
    public void A_disk_too_short_for_boot_code_has_none()
        => Assert.Equal(BootLoaders.None, BootLoaderFinder.Find(new MemorySource(new byte[100]), [], []));

    /// <summary>A disk with an EFI system partition and a file on it.</summary>
    private async Task<string> MakeDiskAsync(string file)
    {
        ExternalTool.SkipUnlessInstalled("sgdisk", "mkfs.fat", "mmd", "mcopy");
        string path = _folder.File("disk.raw");
        await File.WriteAllBytesAsync(path, new byte[6 << 20]);
        await ExternalTool.RunAsync("sgdisk", "-n", "1:2048:+4M", "-t", "1:EF00", path);
        await ExternalTool.RunAsync("mkfs.fat", "--offset", "2048", "-F", "12", path, "4096");
        string image = path + "@@1M";
        string folder = string.Empty;
        foreach (string name in file.Split('/')[..^1])
        {
            folder += "/" + name;
            await ExternalTool.RunAsync("mmd", "-i", image, "::" + folder);
        }

        string content = _folder.File("content");
        await File.WriteAllTextAsync(content, "a program");
        await ExternalTool.RunAsync("mcopy", "-i", image, content, "::/" + file);
        return path;
    }
}
