using AzImageTools.Readiness.Rules;

namespace AzImageTools.Readiness.Tests.Boots;

/// <summary>Something wrong with a disk that otherwise starts: what readiness says of it, and what becomes of a machine that is started from it.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Rule">The rule that fails; null where none does.</param>
/// <param name="Severity">How grave the rule takes it.</param>
/// <param name="Outcome">What becomes of a machine.</param>
/// <param name="Apply">Makes it so.</param>
internal sealed record BootFault(string Name, string? Rule, FindingSeverity Severity, Outcome Outcome, Func<BootFolder, BootDisk, Task> Apply)
{
    private const string OtherUuid = "deadbeef-0000-4000-8000-000000000000";

    /// <summary>What the machine starts its disk with.</summary>
    public Firmware Firmware { get; init; }

    /// <summary>What the disk is attached to.</summary>
    public Controller Controller { get; init; }

    /// <summary>How long nothing may be heard of it until it counts as not started.</summary>
    public TimeSpan? Longest { get; init; }

    /// <summary>Whether it is tried wherever machines can be run: the others take minutes where they are only emulated.</summary>
    public bool IsBrief { get; init; }

    /// <summary>The faults.</summary>
    public static IReadOnlyList<BootFault> All { get; } =
    [
        new("root= of no volume", "RootDevice", FindingSeverity.Blocker, Outcome.NoRoot, Parameters("root=UUID=" + OtherUuid + " ro console=tty0 console=ttyS0,115200 earlyprintk=ttyS0,115200")),
        new("no boot code", "Generation", FindingSeverity.Blocker, Outcome.NoSystem, static (_, disk) => Clear(disk, 0, 440)) { IsBrief = true, Longest = TimeSpan.FromSeconds(25) },
        new("no loader on the EFI system partition", "Generation", FindingSeverity.Blocker, Outcome.NoSystem, static (_, disk) => disk.DeleteFromSystemAsync("/EFI/BOOT/BOOTX64.EFI")) { Firmware = Firmware.Uefi, Controller = Controller.Scsi, IsBrief = true, Longest = TimeSpan.FromSeconds(25) },
        new("no loader on the EFI system partition, in generation 1", null, FindingSeverity.Information, Outcome.Provisioned, static (_, disk) => disk.DeleteFromSystemAsync("/EFI/BOOT/BOOTX64.EFI")),
        new("the loader's first file looks for another volume", "RootDevice", FindingSeverity.Blocker, Outcome.NoSystem, static async (_, disk) =>
        {
            await disk.DeleteFromSystemAsync("/EFI/debian/grub.cfg");
            await disk.WriteToSystemAsync("/EFI/debian/grub.cfg", $"search.fs_uuid {OtherUuid} root\nset prefix=($root)/boot/grub\nconfigfile $prefix/grub.cfg\n");
        }) { Firmware = Firmware.Uefi, Controller = Controller.Scsi, IsBrief = true },
        new("neither kernel nor initramfs", "HyperVInitramfs", FindingSeverity.Blocker, Outcome.NoSystem, static async (folder, disk) =>
        {
            await disk.DeleteAsync($"/boot/vmlinuz-{folder.Kernel}");
            await disk.DeleteAsync($"/boot/initrd.img-{folder.Kernel}");
        }),
        new("the disk's driver may not load", "HyperVBlocked", FindingSeverity.Information, Outcome.NoRoot, Parameters(BootDisk.Parameters + " initcall_blacklist=nvme_init")) { Firmware = Firmware.Uefi, Controller = Controller.Nvme },
        new("a mount of no volume", "FstabMounts", FindingSeverity.Warning, Outcome.Emergency, static (_, disk) => disk.WriteAsync("/etc/fstab", BootDisk.Mounts + $"UUID={OtherUuid} /data ext4 defaults,x-systemd.device-timeout=5 0 2\n")),
        new("a mount of no volume, with nofail", null, FindingSeverity.Information, Outcome.Provisioned, static (_, disk) => disk.WriteAsync("/etc/fstab", BootDisk.Mounts + $"UUID={OtherUuid} /data ext4 nofail,x-systemd.device-timeout=5 0 2\n")),
        new("cloud-init=disabled", "ProvisioningAgent", FindingSeverity.Blocker, Outcome.Login, Parameters(BootDisk.Parameters + " cloud-init=disabled")),
        new("ds=nocloud, and NoCloud among the data sources", "ProvisioningAgent", FindingSeverity.Blocker, Outcome.Login, static async (folder, disk) =>
        {
            await disk.WriteAsync("/boot/grub/grub.cfg", folder.Menu(BootDisk.Parameters + " ds=nocloud"));
            await disk.WriteAsync("/etc/cloud/cloud.cfg.d/91-azure_datasource.cfg", "datasource_list: [ NoCloud, Azure ]\n");
        }),
        new("ds=nocloud, and Azure alone, for this cloud-init", null, FindingSeverity.Information, Outcome.Provisioned, Parameters(BootDisk.Parameters + " ds=nocloud")),
        new("cloud-init.disabled", "ProvisioningAgent", FindingSeverity.Blocker, Outcome.Login, static (_, disk) => disk.WriteAsync("/etc/cloud/cloud-init.disabled", string.Empty)),
        new("data sources without Azure", "ProvisioningAgent", FindingSeverity.Blocker, Outcome.Login, static (_, disk) => disk.WriteAsync("/etc/cloud/cloud.cfg.d/91-azure_datasource.cfg", "datasource_list: [ NoCloud, None ]\n")),
        new("no serial console", "KernelCmdline", FindingSeverity.Warning, Outcome.Silent, Parameters($"root=UUID={BootFolder.RootUuid} ro console=tty0")),
    ];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static Func<BootFolder, BootDisk, Task> Parameters(string parameters) => (folder, disk) => disk.WriteAsync("/boot/grub/grub.cfg", folder.Menu(parameters));

    private static Task Clear(BootDisk disk, long offset, int length)
    {
        disk.Clear(offset, length);
        return Task.CompletedTask;
    }
}
