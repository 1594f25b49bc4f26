using System.Text;
using AzImageTools.Readiness.Tests.Guests;
using AzImageTools.TestKit;

namespace AzImageTools.Readiness.Tests.Boots;

/// <summary>
/// A Debian that starts: kernel, cloud-init, the agent and an SSH server on ext4, with GRUB for BIOS and for UEFI. Its disk is made once a
/// run; each test changes a copy.
/// </summary>
public sealed class BootFolder(DebianBase debian) : IAsyncLifetime
{
    /// <summary>The root volume's UUID.</summary>
    public const string RootUuid = "0b0b0b0b-1111-4222-8333-444444444444";

    private const string Packages = "linux-image-cloud-amd64 udev ifupdown isc-dhcp-client iproute2 cloud-guest-utils dbus";
    private const string GrubModules = "part_gpt ext2 fat normal search search_fs_uuid linux configfile test echo serial terminal ls boot";
    private const long Mebibyte = 1 << 20;
    private const int Sector = 512;
    private const int SystemMebibytes = 48;

    private static readonly string[] Programs =
        ["qemu-system-x86_64", "grub-mkimage", "sgdisk", "mkfs.ext4", "mkfs.vfat", "mcopy", "mdel", "debugfs", "busybox"];

    private readonly TempFolder _folder = new();
    private string? _kernel;

    /// <summary>Why there is none; null where there is one.</summary>
    public string? Problem { get; private set; }

    /// <summary>How machines are run: "kvm", or "tcg", which emulates them.</summary>
    public string Accelerator { get; private set; } = "tcg";

    /// <summary>Makes the disk, unless that can't be done here.</summary>
    public async ValueTask InitializeAsync()
    {
        string[] missing = [.. Programs.Where(static program => ExternalTool.Find(program) is null), .. new[] { Machine.UefiCode, Machine.UefiVariables, BiosFile("boot.img") }.Where(static path => !File.Exists(path))];
        Problem = missing.Length > 0 ? $"not installed here: {string.Join(", ", missing)}" : await debian.CopyAsync(Path("root"));
        if (Problem is not null)
        {
            return;
        }

        await DebianBase.RunInsideAsync(Path("root"), "sh", "-c", $"export DEBIAN_FRONTEND=noninteractive; apt-get -qq update && apt-get -qq install -y --no-install-recommends -o Dpkg::Options::=--force-unsafe-io {Packages}");
        _kernel = System.IO.Path.GetFileName(Assert.Single(Directory.GetDirectories(Path("root/lib/modules"))));
        await MakeDiskAsync();
        await Machine.FindAcceleratorAsync(this, await CopyDiskAsync("probe.raw"), accelerator => Accelerator = accelerator);
    }

    /// <summary>Skips the running test, saying why, where there is none.</summary>
    public void SkipUnlessMade() => Assert.SkipUnless(Problem is null, Problem ?? string.Empty);

    /// <summary>A file of a test's own.</summary>
    public string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    /// <summary>The GRUB menu of the disk, with other parameters of the kernel.</summary>
    public string Menu(string parameters) => $$"""
        set timeout=0
        serial --unit=0 --speed=115200
        terminal_input serial
        terminal_output serial
        menuentry 'Debian GNU/Linux' --class debian {
        	search --no-floppy --fs-uuid --set=root {{RootUuid}}
        	linux	/boot/vmlinuz-{{_kernel}} {{parameters}}
        	initrd	/boot/initrd.img-{{_kernel}}
        }

        """;

    /// <summary>The kernel's version.</summary>
    public string Kernel => _kernel ?? string.Empty;

    /// <summary>A copy of the disk.</summary>
    public async Task<BootDisk> CopyDiskAsync(string name)
    {
        await ExternalTool.RunAsync("cp", "--sparse=always", "--reflink=auto", Path("disk.raw"), Path(name));
        return new BootDisk(Path(name));
    }

    /// <summary>Deletes it.</summary>
    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return default;
    }

    private static string BiosFile(string name) => $"/usr/lib/grub/i386-pc/{name}";

    private async Task MakeDiskAsync()
    {
        Write("root/boot/grub/grub.cfg", Menu(BootDisk.Parameters));
        Write("root/etc/default/grub", $"GRUB_DEFAULT=0\nGRUB_TIMEOUT=0\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"\nGRUB_CMDLINE_LINUX=\"{BootDisk.Parameters.Substring(BootDisk.Parameters.IndexOf("console", StringComparison.Ordinal))}\"\n");
        Write("root/etc/fstab", BootDisk.Mounts);
        Write("root/etc/hostname", "localhost.localdomain\n");
        Write("root/etc/machine-id", string.Empty);
        Write("root/etc/network/interfaces", "auto lo\niface lo inet loopback\nsource /etc/network/interfaces.d/*\n");
        Write("root/etc/cloud/cloud.cfg.d/91-azure_datasource.cfg", "datasource_list: [ Azure ]\n");
        Write("root/etc/ssh/sshd_config.d/10-azure.conf", "ClientAliveInterval 180\n");
        Directory.CreateDirectory(Path("root/boot/efi"));
        foreach (string key in Directory.GetFiles(Path("root/etc/ssh"), "ssh_host_*"))
        {
            File.Delete(key);
        }

        File.Delete(Path("root/etc/resolv.conf"));
        await DebianBase.RunInsideAsync(Path("root"), "passwd", "--lock", "root");
        await DebianBase.RunInsideAsync(Path("root"), "sed", "-i", "s/^ResourceDisk.Format=.*/ResourceDisk.Format=n/", "/etc/waagent.conf");

        string disk = Path("disk.raw");
        using (FileStream file = File.Create(disk))
        {
            file.SetLength(BootDisk.Length);
        }

        await ExternalTool.RunAsync("sgdisk", "-n1:2048:+1M", "-t1:ef02", $"-n2:0:+{SystemMebibytes}M", "-t2:ef00", "-n3:0:0", "-t3:8304", disk);
        await WriteBiosLoaderAsync(disk);
        await WriteUefiLoaderAsync(disk);
        await ExternalTool.RunAsync("mkfs.ext4", "-q", "-F", "-U", RootUuid, "-d", Path("root"), "-E", $"offset={BootDisk.RootOffset}", disk, $"{(BootDisk.Length - BootDisk.RootOffset - Mebibyte) / 1024}k");
    }

    /// <summary>GRUB's first sector, which finds the next by its number, and the rest in the partition for it (grub's boot.S and diskboot.S).</summary>
    private async Task WriteBiosLoaderAsync(string disk)
    {
        const int sectorOfCore = 0x5C;
        const int checkOfDrive = 0x66;
        const int codeLength = 440;
        const int blockList = 500;
        const short nextSegment = 0x820;

        await File.WriteAllTextAsync(Path("early.cfg"), $"search.fs_uuid {RootUuid} root\nset prefix=($root)/boot/grub\n");
        await ExternalTool.RunAsync("grub-mkimage", ["-O", "i386-pc", "-o", Path("core.img"), "-p", "/boot/grub", "-c", Path("early.cfg"), "biosdisk", .. GrubModules.Split(' ')]);
        byte[] boot = await File.ReadAllBytesAsync(BiosFile("boot.img"));
        byte[] core = await File.ReadAllBytesAsync(Path("core.img"));
        BitConverter.GetBytes(BootDisk.BiosOffset / Sector).CopyTo(boot, sectorOfCore);
        boot.AsSpan(checkOfDrive, 2).Fill(0x90);
        BitConverter.GetBytes((BootDisk.BiosOffset / Sector) + 1).CopyTo(core, blockList);
        BitConverter.GetBytes((short)((core.Length - 1) / Sector)).CopyTo(core, blockList + sizeof(long));
        BitConverter.GetBytes(nextSegment).CopyTo(core, blockList + sizeof(long) + sizeof(short));

        using FileStream file = File.OpenWrite(disk);
        file.Write(boot, 0, codeLength);
        file.Position = BootDisk.BiosOffset;
        file.Write(core);
    }

    private async Task WriteUefiLoaderAsync(string disk)
    {
        Write("esp/EFI/debian/grub.cfg", $"search.fs_uuid {RootUuid} root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n");
        Directory.CreateDirectory(Path("esp/EFI/BOOT"));
        await ExternalTool.RunAsync("grub-mkimage", ["-O", "x86_64-efi", "-o", Path("esp/EFI/BOOT/BOOTX64.EFI"), "-p", "/EFI/debian", .. GrubModules.Split(' ')]);
        using (FileStream file = File.Create(Path("esp.raw")))
        {
            file.SetLength(SystemMebibytes * Mebibyte);
        }

        await ExternalTool.RunAsync("mkfs.vfat", "-i", BootDisk.SystemId.Replace("-", string.Empty), Path("esp.raw"));
        await ExternalTool.RunAsync("mcopy", "-s", "-i", Path("esp.raw"), Path("esp/EFI"), "::");
        await ExternalTool.RunAsync("dd", $"if={Path("esp.raw")}", $"of={disk}", "bs=1M", $"seek={BootDisk.SystemOffset / Mebibyte}", "conv=notrunc,sparse", "status=none");
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path(name))!);
        File.WriteAllText(Path(name), text, new UTF8Encoding(false));
    }
}
