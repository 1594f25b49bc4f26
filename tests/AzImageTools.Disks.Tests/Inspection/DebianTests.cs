using System.Globalization;
using System.Runtime.InteropServices;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Tests.Volumes.Lvm;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

/// <summary>A real Debian, on a partition and on logical volumes, is named with all that an upload needs to know.</summary>
public sealed class DebianTests(DebianRootFixture debian) : IClassFixture<DebianRootFixture>, IDisposable
{
    private const long Mebibyte = 1 << 20;
    private const long EspStart = 2 * Mebibyte;
    private const long RootStart = 40 * Mebibyte;
    private const long RootLength = 512 * Mebibyte;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_Debian_on_a_partition_is_named()
    {
        string image = await MakeRootAsync("UUID=8f1d2c3e-7b42-4f6d-9e21-3c8b6d5f0001");
        string path = await MakeDiskAsync("8304");
        Lay(image, path, RootStart);
        AssertNamed(TestDisks.Inspect(path), volume: "3: Ext4 debian");
    }

    [Fact]
    public async Task A_Debian_on_a_logical_volume_is_named()
    {
        string image = await MakeRootAsync("/dev/mapper/golden--vg-root");
        string path = await MakeDiskAsync("8E00");
        await using (LvmTools lvm = await LvmTools.CreateAsync(_folder, path, (RootStart, RootLength + (8 * Mebibyte))))
        {
            await lvm.RunAsync("pvcreate", lvm.Device(1));
            await lvm.RunAsync("vgcreate", "golden-vg", lvm.Device(1));
            await lvm.RunAsync("lvcreate", "-an", "-Zn", "-Wn", "-l", "128", "-n", "root", "golden-vg");
            Assert.Contains("pv1(0)", await lvm.RunAsync("lvs", "--noheadings", "-o", "devices"), StringComparison.Ordinal);
            Assert.Equal("1048576", (await lvm.RunAsync("pvs", "--noheadings", "--nosuffix", "--units", "b", "-o", "pe_start")).Trim());
        }

        Lay(image, path, RootStart + Mebibyte);
        AssertNamed(TestDisks.Inspect(path), volume: "golden-vg/root: Ext4 debian");
    }

    private static void AssertNamed(DiskInfo info, string volume)
    {
        Assert.Empty(info.Problems);
        GuestIdentity guest = Assert.IsType<GuestIdentity>(info.Guest);
        string architecture = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        Assert.Equal(
            (GuestFamily.Linux, "Debian GNU/Linux 12 (bookworm)", "debian", "12", "golden", architecture),
            (guest.Family, guest.Product, guest.Distribution, guest.Version, guest.HostName, guest.Architecture));
        Assert.Equal((VmGenerations.V2, BootLoaders.GrubEfi), (info.SupportedGenerations, guest.BootLoaders));
        VolumeInfo root = Assert.Single(info.Volumes, found => found.ToString() == volume);
        Assert.InRange(root.UsedBytes!.Value, 100 * Mebibyte, RootLength);
        Assert.Contains(info.Volumes, static found => found is { FileSystem: FileSystemKind.Fat16, PartitionNumber: 2 });
    }

    /// <summary>The root as an ext4 volume, with the hostname and fstab that an installer would have written.</summary>
    private async Task<string> MakeRootAsync(string device)
    {
        ExternalTool.SkipUnlessInstalled("mke2fs", "sgdisk", "mkfs.fat", "mmd", "mcopy");
        string root = await debian.GetAsync();
        await File.WriteAllTextAsync(Path.Combine(root, "etc", "hostname"), "golden\n");
        await File.WriteAllTextAsync(Path.Combine(root, "etc", "fstab"), device + " / ext4 errors=remount-ro 0 1\n");
        string image = _folder.File("root.img");
        await ExternalTool.RunAsync(
            "mke2fs", "-q", "-F", "-t", "ext4", "-L", "debian", "-U", "8f1d2c3e-7b42-4f6d-9e21-3c8b6d5f0001", "-d", root, image, (RootLength / 1024).ToString(CultureInfo.InvariantCulture) + "k");
        return image;
    }

    /// <summary>GPT: BIOS boot, an EFI system partition with GRUB, and a place for the root.</summary>
    private async Task<string> MakeDiskAsync(string rootType)
    {
        string path = _folder.File("disk.raw");
        await using (FileStream file = File.Create(path))
        {
            file.SetLength(RootStart + RootLength + (10 * Mebibyte));
        }

        await ExternalTool.RunAsync("sgdisk", "-n", "1:2048:+1M", "-t", "1:EF02", "-n", "2:4096:+32M", "-t", "2:EF00", "-n", "3:81920:+520M", "-t", $"3:{rootType}", path);
        await ExternalTool.RunAsync("mkfs.fat", "--offset", (EspStart / 512).ToString(CultureInfo.InvariantCulture), "-F", "16", path, "32768");
        string esp = path + "@@2M";
        string program = _folder.File("program");
        await File.WriteAllBytesAsync(program, EfiPrograms.Make(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? ProgramHeaders.Arm64 : ProgramHeaders.X64));
        await ExternalTool.RunAsync("mmd", "-i", esp, "::/EFI", "::/EFI/BOOT", "::/EFI/debian");
        await ExternalTool.RunAsync("mcopy", "-i", esp, program, RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "::/EFI/BOOT/BOOTAA64.EFI" : "::/EFI/BOOT/BOOTX64.EFI");
        await ExternalTool.RunAsync("mcopy", "-i", esp, program, "::/EFI/debian/grubx64.efi");
        return path;
    }

    private static void Lay(string image, string disk, long offset)
    {
        using VirtualDisk source = DiskOpener.Open(image);
        using FileStream target = File.OpenWrite(disk);
        byte[] buffer = new byte[1 << 20];
        foreach (DiskExtent extent in source.GetExtents(0, source.Length))
        {
            for (long position = extent.Offset; position < extent.End; position += buffer.Length)
            {
                Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, extent.End - position));
                source.Read(position, part);
                RandomAccess.Write(target.SafeFileHandle, part, offset + position);
            }
        }
    }
}
