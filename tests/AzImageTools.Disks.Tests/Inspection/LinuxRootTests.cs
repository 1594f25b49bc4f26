using System.Text;
using AzImageTools.Disks.Containers;
using AzImageTools.Disks.Images;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Tests.Containers;
using AzImageTools.Disks.Volumes;
using AzImageTools.TestKit;

namespace AzImageTools.Disks.Tests.Inspection;

/// <summary>A Linux whose root is put together of several volumes: the disk 'lvm' of tests/data, as it is and with another fstab.</summary>
public sealed class LinuxRootTests : IDisposable
{
    private const string Root = "/dev/mapper/system-root /";
    private const string Boot = "UUID=5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0e03 /boot";
    private const string Usr = "/dev/system/usr /usr";

    private readonly TempFolder _folder = new();
    private readonly byte[] _disk;

    public LinuxRootTests() => _disk = Load("lvm.vhd");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Kernels_are_found_in_boot_and_the_distribution_in_a_usr_of_its_own()
    {
        GuestIdentity guest = Detect();
        Assert.Equal(
            (GuestFamily.Linux, "Debian GNU/Linux 12 (bookworm)", "debian", "12", "x64", "golden-lvm"),
            (guest.Family, guest.Product, guest.Distribution, guest.Version, guest.Architecture, guest.HostName));
        Assert.Equal(["6.1.0-28-cloud-amd64", "6.1.0-9-cloud-amd64"], guest.KernelVersions);
    }

    [Fact]
    public void The_files_of_all_volumes_are_one_tree()
    {
        LinuxRoot root = Assert.IsType<LinuxRoot>(LinuxRoot.Find(Open(), []));
        IFileSystem files = root.Files;
        Assert.Equal("system/root", root.Volume.LogicalVolumeName);
        Assert.Equal((FileSystemKind.Ext4, "root", 10L << 20), (files.Kind, files.Label, files.Capacity));
        Assert.Contains(files.Enumerate("/boot/grub"), static entry => entry is { Name: "grub.cfg", Path: @"boot\grub\grub.cfg" });
        Assert.Contains(files.Enumerate(string.Empty), static entry => entry is { Name: "boot", IsDirectory: true });
        Assert.Contains(files.Enumerate("var"), static entry => entry is { Path: @"var\lib", IsDirectory: true });
        Assert.Equal(("usr", "usr", true), (files.GetEntry("/usr")!.Name, files.GetEntry("/usr")!.Path, files.GetEntry("/usr")!.IsDirectory));

        // /lib is a link of the root's to /usr/lib, which is on another volume.
        Assert.Equal(@"usr\lib\modules", files.GetEntry("lib/modules")?.Path);
        using StreamReader release = new(files.OpenFile("lib/os-release"));
        Assert.StartsWith("PRETTY_NAME", release.ReadLine());
        Assert.Null(files.GetEntry("usr/nowhere"));
        Assert.Null(files.GetEntry("nowhere/usr"));
    }

    [Theory]
    [InlineData("LABEL=usr /usr")]
    [InlineData("LABEL=\"usr\" /usr")]
    [InlineData("UUID=5A1D0C3E-7B42-4F6D-9E21-3C8B6D5F0E05\t/usr")]
    [InlineData("/dev/disk/by-uuid/5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0e05 /usr")]
    [InlineData("/dev/disk/by-label/\\x75sr /usr")]
    [InlineData("/dev/mapper/system-usr /\\165sr")]
    public void Usr_is_found_by_each_name_that_fstab_may_give_it(string line)
    {
        WriteFstab(Root, Boot, line);
        Assert.Equal("12", Detect().Version);
    }

    [Theory]
    [InlineData("PARTUUID=5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0e13 /boot")]
    [InlineData("/dev/disk/by-partuuid/5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0e13 /boot")]
    [InlineData("/dev/sda3 /boot")]
    [InlineData("/dev/nvme0n1p3 /boot")]
    public void Boot_is_found_by_each_name_that_fstab_may_give_it(string line)
    {
        WriteFstab(Root, line, Usr);
        Assert.NotNull(LinuxRoot.Find(Open(), [])!.Files.GetEntry("boot/grub/grub.cfg"));
    }

    [Theory]
    [InlineData("# /usr")]
    [InlineData("UUID=00000000-7b42-4f6d-9e21-3c8b6d5f0e05 /usr")]
    [InlineData("LABEL= /usr")]
    [InlineData("/dev/sda9 /usr")]
    [InlineData("/dev/sdb3 /usr")]
    [InlineData("usr /usr")]
    public void Without_usr_a_Linux_is_still_one_with_a_name(string line)
    {
        WriteFstab(Root, Boot, line);
        GuestIdentity guest = Detect();
        Assert.Equal((GuestFamily.Linux, null, "golden-lvm"), (guest.Family, guest.Product, guest.HostName));
    }

    [Fact]
    public void A_root_that_its_own_fstab_names_goes_before_others()
    {
        // Also before one whose partition has the type of roots.
        byte[] other = Load("linux.vhd");
        Replace(other, "UUID=5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0c01 / ", "\0", "LABEL=another / auto\n");
        Assert.Equal("golden-lvm", GuestIdentity.Detect([.. Open(other), .. Open()], [])?.HostName);

        WriteFstab("LABEL=another /", Boot, Usr);
        Assert.Equal("golden-linux", GuestIdentity.Detect([.. Open(), .. Open(Load("linux.vhd"))], [])?.HostName);
    }

    [Theory]
    [InlineData("8304", "golden-linux")]
    [InlineData("8300", "golden-lvm")]
    public async Task Without_an_fstab_a_partition_of_the_type_of_roots_goes_before_others(string type, string hostName)
    {
        ExternalTool.SkipUnlessInstalled("sgdisk");
        string path = _folder.File("linux.raw");
        await File.WriteAllBytesAsync(path, Load("linux.vhd"));
        await ExternalTool.RunAsync("sgdisk", "-t", $"1:{type}", path);
        byte[] other = await File.ReadAllBytesAsync(path);
        Replace(other, "UUID=5a1d0c3e-7b42-4f6d-9e21-3c8b6d5f0c01 / ", "\0", string.Empty);
        WriteFstab("LABEL=another /", Boot, Usr);
        Assert.Equal(hostName, GuestIdentity.Detect([.. Open(), .. Open(other)], [])?.HostName);
    }

    [Fact]
    public async Task Where_fstab_is_silent_a_partition_of_the_type_of_extended_boot_is_boot()
    {
        ExternalTool.SkipUnlessInstalled("sgdisk");
        WriteFstab(Root, Usr);
        Assert.Null(LinuxRoot.Find(Open(), [])!.Files.GetEntry("boot/grub"));
        string path = _folder.File("lvm.raw");
        await File.WriteAllBytesAsync(path, _disk);
        await ExternalTool.RunAsync("sgdisk", "-t", "3:BC13C2FF-59E6-4262-A352-B275FD6F7172", path);
        Assert.NotNull(LinuxRoot.Find(Open(await File.ReadAllBytesAsync(path)), [])!.Files.GetEntry("boot/grub"));
    }

    [Fact]
    public void A_volume_without_an_operating_system_has_no_root()
    {
        List<string> problems = [];
        Assert.Null(LinuxRoot.Find([.. Open().Where(static volume => volume.LogicalVolumeName != "system/root")], problems));
        Assert.Null(GuestIdentity.Detect(new List<DiskVolume>(), problems));
        Assert.Empty(problems);
    }

    private GuestIdentity Detect()
    {
        List<string> problems = [];
        GuestIdentity guest = Assert.IsType<GuestIdentity>(GuestIdentity.Detect(Open(), problems));
        Assert.Empty(problems);
        return guest;
    }

    private IReadOnlyList<DiskVolume> Open() => Open(_disk);

    private static IReadOnlyList<DiskVolume> Open(byte[] content)
    {
        MemorySource disk = new(content);
        return new OpenedImage(disk).Volumes;
    }

    private byte[] Load(string name)
    {
        using VirtualDisk disk = DiskOpener.Open(TestDisks.Unpack(name, _folder));
        return DiskContent.Read(disk, 0, (int)disk.Capacity);
    }

    private void WriteFstab(params string[] lines) => Replace(_disk, "/dev/mapper/system-root / ext4 errors", "\0", string.Concat(lines.Select(static line => line + " auto\n")));

    /// <summary>Writes a text over the file that begins with another and ends with some byte; the rest of it becomes a comment.</summary>
    private static void Replace(byte[] disk, string start, string end, string text)
    {
        int place = disk.AsSpan().IndexOf(Encoding.ASCII.GetBytes(start));
        Assert.True(place >= 0, start + " is nowhere on the disk");
        Span<byte> file = disk.AsSpan(place);
        file = file[..file.IndexOf(Encoding.ASCII.GetBytes(end))];
        Assert.True(text.Length < file.Length, "there is no room for " + text);
        file.Fill((byte)'#');
        Encoding.ASCII.GetBytes(text).CopyTo(file);
    }
}
