using System.IO.Compression;
using AzImageTools.Disks.Inspection;
using AzImageTools.Disks.Partitions;
using AzImageTools.Disks.Volumes;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Readiness.Tests.Guests;
using static AzImageTools.Readiness.Rules.FindingResult;
using static AzImageTools.Readiness.Rules.FindingSeverity;

namespace AzImageTools.Readiness.Tests;

internal static class LinuxAzureStates
{
    private const string Agent = "usr/sbin/waagent";
    private const string Conf = "etc/waagent.conf";
    private const string Wants = "etc/systemd/system/multi-user.target.wants";
    private const string AgentUnit = Wants + "/walinuxagent.service";
    private const string AgentPackage = "usr/lib/python3/dist-packages/WALinuxAgent-2.7.3.0.egg-info";
    private const string CloudInit = "usr/bin/cloud-init";
    private const string TmpUnit = "[Unit]\nConditionPathIsSymbolicLink=!/tmp\n\n[Mount]\nWhat=tmpfs\nWhere=/tmp\nType=tmpfs\nOptions=mode=1777,strictatime,nosuid,nodev,noexec\n\n[Install]\nWantedBy=local-fs.target\n";
    private const string CloudInitUnit = "etc/systemd/system/cloud-init.target.wants/cloud-init-local.service";
    private const string NewCloudInitPackage = "usr/lib/python3/dist-packages/cloud_init-23.2.egg-info";
    private const string CloudInitPackage = "usr/lib/python3/dist-packages/cloud_init-22.4.2.egg-info";
    private const string Sources = "etc/cloud/cloud.cfg.d/91-azure_datasource.cfg";
    private const string Grub = "boot/grub/grub.cfg";
    private const string Archive = "boot/initrd.img-6.1.0-28-amd64";
    private const string Gone = "linux /boot/vmlinuz-6.1.0-28-amd64 root=UUID=1\ninitrd /boot/initrd.img-6.1.0-28-amd64\n";
    private const string BuiltIn = "lib/modules/6.1.0-28-amd64/modules.builtin";
    private const string SELinux = "etc/selinux/config";
    private const string Ssh = "etc/ssh/sshd_config";
    private const string Azure = "root=/dev/sda1 console=ttyS0 earlyprintk=ttyS0 rootdelay=300";

    private static readonly ReadinessOptions Specialized = new() { Purpose = ReadinessPurpose.AzureUpload };
    private static readonly string[] HyperV = ["drivers/hv_vmbus.ko", "drivers/hv_storvsc.ko.zst", "drivers/hv-netvsc.ko"];

    public static IReadOnlyList<RuleState> All { get; } =
    [
        new("AgentInstalled", "Debian's", Pass, guest => guest),
        new("AgentInstalled", "Flatcar's", Pass, guest => guest.WithoutFile(Agent).WithFile("usr/share/oem/bin/waagent", "#!")),
        new("AgentInstalled", "Azure Linux'", Pass, guest => guest.WithoutFile(Agent).WithFile("usr/bin/waagent", "#!")),
        new("AgentInstalled", "cloud-init alone", Fail, guest => guest.WithoutFile(Agent), Warning),
        new("AgentInstalled", "neither", Fail, guest => guest.WithoutFile(Agent).WithoutFile(CloudInit), Blocker),
        new("AgentInstalled", "no files", Undetermined, guest => guest.Lose("FILES"), Blocker),

        new("LinuxArchitecture", "x64", Pass, guest => guest),
        new("LinuxArchitecture", "arm64", Pass, guest => guest.WithIdentity(Sample.Linux with { Architecture = "arm64" })),
        new("LinuxArchitecture", "x86", Fail, guest => guest.WithIdentity(Sample.Linux with { Architecture = "x86" }), Blocker),
        new("LinuxArchitecture", "untold", Undetermined, guest => guest.WithIdentity(Sample.Linux with { Architecture = null }), Blocker),

        new("AgentEnabled", "wanted", Pass, guest => guest),
        new("AgentEnabled", "waagent.service, by the distribution", Pass, guest => guest.WithoutFile(AgentUnit).WithLink("usr/lib/systemd/system/multi-user.target.wants/waagent.service")),
        new("AgentEnabled", "run level 3", Pass, guest => guest.WithoutFile(AgentUnit).WithLink("etc/rc.d/rc3.d/S85waagent")),
        new("AgentEnabled", "not wanted", Fail, guest => guest.WithoutFile(AgentUnit), Warning),
        new("AgentEnabled", "masked", Fail, guest => guest.WithLink("etc/systemd/system/walinuxagent.service"), Warning),
        new("AgentEnabled", "no agent", NotApplicable, guest => guest.WithoutFile(Agent)),
        new("AgentEnabled", "no units", Undetermined, guest => guest.Lose("etc/systemd"), Warning),

        new("AgentVersion", "2.7.3.0", Pass, guest => guest),
        new("AgentVersion", "2.2.53.1, with Python's version", Pass, guest => guest.WithoutFile(AgentPackage).WithFile("usr/lib/python2.7/site-packages/WALinuxAgent-2.2.53.1-py2.7.egg-info", [])),
        new("AgentVersion", "by its own files", Pass, guest => guest.WithoutFile(AgentPackage).WithFile("usr/lib/python3.11/site-packages/azurelinuxagent/common/version.py", "AGENT_NAME = 'x'\nAGENT_VERSION = '2.9.1.1'\n")),
        new("AgentVersion", "2.2.53", Fail, guest => guest.WithoutFile(AgentPackage).WithFile("usr/lib/python3/dist-packages/WALinuxAgent-2.2.53.egg-info", []), Warning),
        new("AgentVersion", "no agent", NotApplicable, guest => guest.WithoutFile(Agent)),
        new("AgentVersion", "untold", Undetermined, guest => guest.WithoutFile(AgentPackage), Warning),

        new("ProvisioningAgent", "cloud-init", Pass, guest => guest),
        new("ProvisioningAgent", "auto", Pass, guest => guest.WithFile(Conf, "Provisioning.Agent=auto\n")),
        new("ProvisioningAgent", "not set", Pass, guest => guest.WithFile(Conf, "Provisioning.Enabled=n\nProvisioning.UseCloudInit=n\n")),
        new("ProvisioningAgent", "cloud-init is not there", Fail, guest => guest.WithoutFile(CloudInit), Blocker),
        new("ProvisioningAgent", "cloud-init is disabled", Fail, guest => guest.WithFile("etc/cloud/cloud-init.disabled", []), Blocker),
        new("ProvisioningAgent", "auto, and cloud-init is kept from running", Fail, guest => guest.WithFile(Conf, "Provisioning.Agent=auto\n").WithFile("etc/cloud/cloud-init.disabled", []), Blocker),
        new("ProvisioningAgent", "cloud-init is switched off by the kernel's command line", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} cloud-init=disabled\n"), Blocker),
        new("ProvisioningAgent", "another data source on the kernel's command line, as an installer leaves it", Fail, guest => guest.WithoutFile(CloudInitPackage).WithFile(NewCloudInitPackage, []).WithFile(Grub, $"linux /vmlinuz {Azure} autoinstall ds=nocloud-net\\;s=http://10.0.0.5/\n"), Blocker),
        new("ProvisioningAgent", "another data source among others, on the kernel's command line", Fail, guest => guest.WithFile("etc/cloud/cloud.cfg.d/91-azure_datasource.cfg", "datasource_list: [ NoCloud, Azure ]\n").WithFile(Grub, $"linux /vmlinuz {Azure} ds=nocloud\n"), Blocker),
        new("ProvisioningAgent", "another data source on the kernel's command line, of which an older cloud-init takes no notice", Pass, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} ds=nocloud\n")),
        new("ProvisioningAgent", "another data source by cloud-init's own parameter", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} ci.ds=VMware\n"), Blocker),
        new("ProvisioningAgent", "other settings on the kernel's command line", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} cc: datasource_list: [ NoCloud ] end_cc\n"), Blocker),
        new("ProvisioningAgent", "Azure on the kernel's command line", Pass, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} ds=Azure cloud-init=enabled cc: datasource_list: [ Azure ] end_cc\n")),
        new("ProvisioningAgent", "the agent, whatever cloud-init is told", Pass, guest => guest.WithFile(Conf, "Provisioning.Agent=waagent\n").WithFile(Grub, $"linux /vmlinuz {Azure} cloud-init=disabled\n")),
        new("ProvisioningAgent", "switched off for repair alone", Pass, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure}\nlinux /vmlinuz {Azure} single cloud-init=disabled\n")),
        new("ProvisioningAgent", "cloud-init's detection is switched off", Fail, guest => guest.WithFile("etc/cloud/ds-identify.cfg", "policy: disabled\n"), Blocker),
        new("ProvisioningAgent", "cloud-init's detection names another source", Fail, guest => guest.WithFile("etc/cloud/ds-identify.cfg", "datasource: NoCloud\n"), Blocker),
        new("ProvisioningAgent", "cloud-init's detection is always on", Pass, guest => guest.WithFile("etc/cloud/ds-identify.cfg", "policy: enabled\n")),
        new("ProvisioningAgent", "auto, and cloud-init does not start with the system", Pass, guest => guest.WithFile(Conf, "Provisioning.Agent=auto\n").WithoutFile(CloudInitUnit)),
        new("ProvisioningAgent", "cloud-init does not start with the system", Fail, guest => guest.WithoutFile(CloudInitUnit), Blocker),
        new("ProvisioningAgent", "cloud-init in other letters, which the agent does not know", Fail, guest => guest.WithFile(Conf, "Provisioning.Agent=Cloud-Init\n"), Warning),
        new("ProvisioningAgent", "cloud-init that does not look for Azure", Fail, guest => guest.WithFile(Sources, "datasource_list: [ NoCloud, None ]\n"), Blocker),
        new("ProvisioningAgent", "the agent, which does not start with the system", Fail, guest => guest.WithFile(Conf, "Provisioning.Agent=waagent\n").WithoutFile(AgentUnit), Blocker),
        new("ProvisioningAgent", "cloud-init alone", Pass, guest => guest.WithoutFile(Conf).WithoutFile(Agent)),
        new("ProvisioningAgent", "cloud-init alone, kept from running", Fail, guest => guest.WithoutFile(Conf).WithoutFile(Agent).WithFile("etc/cloud/cloud-init.disabled", []), Blocker),
        new("ProvisioningAgent", "disabled", Fail, guest => guest.WithFile(Conf, "Provisioning.Agent=disabled\n"), Blocker),
        new("ProvisioningAgent", "disabled, specialized", Pass, guest => guest.WithFile(Conf, "Provisioning.Agent=disabled\n"), Options: Specialized),
        new("ProvisioningAgent", "unknown", Fail, guest => guest.WithFile(Conf, "Provisioning.Agent=ignition\n"), Warning),
        new("ProvisioningAgent", "no configuration", Fail, guest => guest.WithoutFile(Conf), Blocker),
        new("ProvisioningAgent", "neither", NotApplicable, guest => guest.WithoutFile(Conf).WithoutFile(Agent).WithoutFile(CloudInit)),
        new("ProvisioningAgent", "unreadable", Undetermined, guest => guest.Lose(Conf), Blocker),

        new("CloudInit", "Azure", Pass, guest => guest),
        new("CloudInit", "Azure, in a block", Pass, guest => guest.WithFile(Sources, "datasource_list:\n  - Azure\n  - None\nother: 1\n")),
        new("CloudInit", "Azure among others", Fail, guest => guest.WithFile(Sources, "datasource_list: [ NoCloud, Azure, None ]\n"), Information),
        new("CloudInit", "a later file without Azure", Fail, guest => guest.WithFile("etc/cloud/cloud.cfg.d/95-vmware.cfg", "datasource_list: [ VMware ] # here\n"), Warning),
        new("CloudInit", "no list", Fail, guest => guest.WithoutFile(Sources), Warning),
        new("CloudInit", "the installer's", Fail, guest => guest.WithFile("etc/cloud/cloud.cfg.d/99-installer.cfg", "x"), Warning),
        new("CloudInit", "ds-identify.cfg", Fail, guest => guest.WithFile("etc/cloud/ds-identify.cfg", "policy: enabled\n"), Warning),
        new("CloudInit", "not installed", NotApplicable, guest => guest.WithoutFile(CloudInit)),
        new("CloudInit", "files without number", Undetermined, guest => Enumerable.Range(0, 300).Aggregate(guest, static (changed, index) => changed.WithFile($"etc/cloud/cloud.cfg.d/{index}.cfg", "x")), Warning),
        new("CloudInit", "unreadable", Undetermined, guest => guest.Lose("etc/cloud"), Warning),

        new("ResourceDisk", "off", Pass, guest => guest),
        new("ResourceDisk", "not set", Pass, guest => guest.WithFile(Conf, "Provisioning.Agent=auto\n")),
        new("ResourceDisk", "formats", Fail, guest => guest.WithFile(Conf, "ResourceDisk.Format=y\n"), Warning),
        new("ResourceDisk", "swaps", Fail, guest => guest.WithFile(Conf, "ResourceDisk.EnableSwap = y # here\n"), Warning),
        new("ResourceDisk", "without cloud-init", NotApplicable, guest => guest.WithoutFile(CloudInit).WithFile(Conf, "ResourceDisk.Format=y\n")),
        new("ResourceDisk", "unreadable", Undetermined, guest => guest.Lose(Conf), Warning),

        new("KernelCmdline", "Debian", Pass, guest => guest),
        new("KernelCmdline", "no serial console", Fail, guest => guest.WithFile(Grub, "linux /vmlinuz ro earlyprintk=ttyS0 rootdelay=300\n"), Warning),
        new("KernelCmdline", "Debian, whose initramfs would sleep for the delay at every start", Pass, guest => guest.WithFile(Grub, "linux /vmlinuz ro console=ttyS0 earlyprintk=ttyS0\n")),
        new("KernelCmdline", "another console", Fail, guest => guest.WithFile(Grub, "linux /vmlinuz ro console=ttyS01 earlyprintk=ttyS0 rootdelay=300\n"), Warning),
        new("KernelCmdline", "quiet", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} quiet\n"), Warning),
        new("KernelCmdline", "rhgb", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} rhgb\n"), Warning),
        new("KernelCmdline", "memory kept for a crash kernel", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} crashkernel=auto\n"), Warning),
        new("KernelCmdline", "quiet on Ubuntu", Pass, guest => guest.WithDistribution("ubuntu", "24.04").WithFile(Grub, $"linux /vmlinuz {Azure} quiet splash\n")),
        new("KernelCmdline", "memory test beside", Pass, guest => guest.WithFile(Grub, $"linux /boot/memtest86+x64.bin\nlinux /vmlinuz {Azure}\n")),
        new("KernelCmdline", "Red Hat, entries", Pass, guest => RedHat(guest, "$kernelopts $tuned_params").WithFile("boot/grub2/grubenv", $"# GRUB Environment Block\nkernelopts={Azure} net.ifnames=0\n")),
        new("KernelCmdline", "Azure Linux, variables", Pass, guest => guest.WithDistribution("azurelinux", "3.0").WithoutFile(Grub).WithFile("boot/grub2/grub.cfg", "load_env -f $bootprefix/mariner.cfg\nlinux $bootprefix/$mariner_linux root=$rootdevice $mariner_cmdline ${systemd_cmdline}\n").WithFile("boot/mariner.cfg", $"mariner_cmdline={Azure}\n").WithFile("boot/systemd.cfg", "systemd_cmdline=systemd.log_level=info\n")),
        new("KernelCmdline", "Azure Linux, variables without the console", Fail, guest => guest.WithDistribution("azurelinux", "3.0").WithoutFile(Grub).WithFile("boot/grub2/grub.cfg", "set more=\"rootdelay=300\"\nlinux /vmlinuz $more $none\n"), Warning),
        new("KernelCmdline", "Red Hat, new names", Fail, guest => RedHat(guest, Azure), Warning),
        new("KernelCmdline", "Red Hat, rescue entry left out", Pass, guest => RedHat(guest, Azure + " net.ifnames=0").WithFile("boot/loader/entries/1-0-rescue.conf", "options ro\n")),
        new("KernelCmdline", "settings only", Pass, guest => guest.WithoutFile(Grub).WithFile("etc/default/grub", $"GRUB_CMDLINE_LINUX=\"{Azure}\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"\n")),
        new("KernelCmdline", "settings that grub.cfg was not made from", Fail, guest => guest.WithFile(Grub, "linux /vmlinuz ro\n").WithFile("etc/default/grub", $"GRUB_CMDLINE_LINUX=\"{Azure}\"\n"), Warning),
        new("KernelCmdline", "Flatcar", Pass, guest => guest.WithDistribution("flatcar", "4000").WithoutFile(Grub).WithFile("usr/share/oem/grub.cfg", "set linux_append=\"rootdelay=300\"\nset linux_console=\"console=ttyS0,115200n8 earlyprintk=ttyS0,115200\"\n")),
        new("KernelCmdline", "entries without number", Undetermined, guest => guest.WithFile(Grub, string.Concat(Enumerable.Repeat("linux /vmlinuz $a $a $a\n", 20_000)) + "a=" + new string(' ', 100_000) + "x\n"), Warning),
        new("KernelCmdline", "Red Hat 7, EFI", Pass, guest => guest.WithDistribution("rhel", "7.9").WithoutFile(Grub).WithFile("boot/efi/EFI/redhat/grub.cfg", $"linuxefi /vmlinuz {Azure} net.ifnames=0\n").WithFile("etc/default/grub", "GRUB_CMDLINE_LINUX=\"quiet\"\n")),
        new("KernelCmdline", "none", Undetermined, guest => guest.WithoutFile(Grub), Warning),

        new("KernelCmdline", "ARM64", Pass, static guest => MarketplaceStates.WithParameters(guest.WithIdentity(guest.Identity! with { Architecture = "arm64" }), "console=tty0 console=ttyAMA0 rootdelay=300")),
        new("KernelCmdline", "ARM64, without its serial port", Fail, static guest => MarketplaceStates.WithParameters(guest.WithIdentity(guest.Identity! with { Architecture = "arm64" }), "console=ttyS0 rootdelay=300"), Warning),

        new("RootDevice", "there", Pass, guest => guest),
        new("RootDevice", "a UUID of no volume", Fail, guest => guest.WithDevice("UUID=1", VolumePresence.Absent), Blocker),
        new("RootDevice", "KVM's name of a disk, the last of two", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} root=/dev/vda3\n"), Blocker),
        new("RootDevice", "Xen's, of a running machine", Fail, guest => guest.WithoutDisk().WithLive(new LiveFacts()).WithFile(Grub, "linux /vmlinuz root=/dev/xvda1\n"), Blocker),
        new("RootDevice", "a running machine", NotApplicable, guest => guest.WithoutDisk().WithLive(new LiveFacts())),
        new("RootDevice", "a label of no partition, in an entry with GRUB's variables", Fail, guest => RedHat(guest.WithDevice("PARTLABEL=old", VolumePresence.Absent), "$kernelopts").WithFile("boot/grub2/grubenv", "kernelopts=ro root=PARTLABEL=old\n"), Blocker),
        new("RootDevice", "a variable that the environment sets and grub.cfg only where it does not", Pass, guest => RedHat(guest.WithDevice("UUID=2", VolumePresence.Absent), "$kernelopts").WithFile("boot/grub2/grubenv", "kernelopts=root=UUID=1 ro\n").WithFile("boot/grub2/grub.cfg", "set kernelopts=\"root=UUID=2 ro\"\n")),
        new("RootDevice", "a variable within the parameter", Fail, guest => guest.WithDevice("PARTUUID=2", VolumePresence.Absent).WithFile(Grub, "set rootdevice=PARTUUID=2\nlinux /vmlinuz root=${rootdevice} ro\n"), Blocker),
        new("RootDevice", "a variable that nothing sets", Undetermined, guest => guest.WithDevice("$rootdevice", VolumePresence.Unknown).WithFile(Grub, "linux /vmlinuz root=$rootdevice ro\n"), Warning),
        new("RootDevice", "one of two entries", Fail, guest => guest.WithDevice("UUID=2", VolumePresence.Absent).WithFile(Grub, "linux /vmlinuz root=UUID=1\ninitrd /x\nlinux /old root='UUID=2'\n"), Blocker),
        new("RootDevice", "the entry for repair", Fail, guest => guest.WithDevice("UUID=2", VolumePresence.Absent).WithFile(Grub, "linux /vmlinuz root=UUID=1\nlinux /vmlinuz root=UUID=2 single\n"), Warning),
        new("RootDevice", "systemd-boot's", Fail, guest => guest.WithDevice("UUID=2", VolumePresence.Absent).WithFile("boot/efi/loader/entries/arch.conf", "title Arch\nlinux /vmlinuz-linux\ninitrd /initramfs-linux.img\noptions root=UUID=2 rw\n"), Blocker),
        new("RootDevice", "extlinux's", Fail, guest => guest.WithDevice("LABEL=2", VolumePresence.Absent).WithFile("boot/extlinux/extlinux.conf", "DEFAULT menu.c32\nLABEL lts\n  KERNEL /boot/vmlinuz-lts\n  APPEND root=LABEL=2 quiet\n"), Blocker),
        new("RootDevice", "extlinux's, there", Pass, guest => guest.WithFile("boot/extlinux.conf", "label virt\n  linux vmlinuz-virt\n  initrd initramfs-virt\n  append root=UUID=1\n")),
        new("RootDevice", "a unified kernel image's", Fail, guest => guest.WithDevice("UUID=2", VolumePresence.Absent).WithoutFile(Grub).WithFile("boot/efi/EFI/Linux/x.efi", UnifiedKernels.Make("root=UUID=2 ro", [])), Blocker),
        new("RootDevice", "a logical volume that is waited for", Fail, guest => guest.WithDevice("/dev/rhel/swap", VolumePresence.Absent).WithFile(Grub, "linux /vmlinuz root=UUID=1 rd.lvm.lv=rhel/root rd.lvm.lv=rhel/swap\n"), Blocker),
        new("RootDevice", "a container of LUKS, on a disk without", Fail, guest => guest.WithDevice("UUID=luks-2", VolumePresence.Absent).WithFile(Grub, "linux /vmlinuz root=UUID=1 rd.luks.uuid=luks-2\n"), Blocker),
        new("RootDevice", "nothing to resume from", Fail, guest => guest.WithDevice("UUID=2", VolumePresence.Absent).WithFile(Grub, "linux /vmlinuz root=UUID=1 resume=UUID=2\n"), Warning),
        new("RootDevice", "nothing to resume from, by the initramfs' settings", Fail, guest => guest.WithDevice("UUID=2", VolumePresence.Absent).WithFile("etc/initramfs-tools/conf.d/resume", "RESUME=UUID=2\n"), Warning),
        new("RootDevice", "resuming is switched off", Pass, guest => guest.WithDevice("none", VolumePresence.Absent).WithFile("etc/initramfs-tools/conf.d/resume", "RESUME=none\n")),
        new("RootDevice", "GRUB looks for its files where there is nothing", Fail, guest => guest.WithDevice("UUID=2", VolumePresence.Absent).WithFile("boot/efi/EFI/ubuntu/grub.cfg", "search.fs_uuid 2 root\nset prefix=($root)'/boot/grub'\nconfigfile $prefix/grub.cfg\n"), Blocker),
        new("RootDevice", "GRUB looks for its files, with options", Fail, guest => guest.WithDevice("UUID=2", VolumePresence.Absent).WithFile("boot/efi/EFI/redhat/grub.cfg", "search --no-floppy --fs-uuid --set=dev 2\nset prefix=($dev)/grub2\n"), Blocker),
        new("RootDevice", "named by nothing", NotApplicable, guest => guest.WithFile(Grub, "linux /vmlinuz ro\n")),
        new("RootDevice", "an encrypted volume may be it", Undetermined, guest => guest.WithDevice("UUID=1", VolumePresence.Unknown), Warning),
        new("RootDevice", "no disk", Undetermined, guest => guest.WithoutDisk(), Blocker),

        new("HyperVBlocked", "free", Pass, guest => guest),
        new("HyperVBlocked", "the network's", Fail, guest => guest.WithFile("etc/modprobe.d/z.conf", "blacklist hv_netvsc\n"), Blocker),
        new("HyperVBlocked", "with a dash", Fail, guest => guest.WithFile("usr/lib/modprobe.d/z.conf", "blacklist hv-storvsc\n"), Blocker),
        new("HyperVBlocked", "the disks', by a command", Fail, guest => guest.WithFile("run/modprobe.d/z.conf", "install hv_storvsc /usr/bin/false\n"), Blocker),
        new("HyperVBlocked", "built in, and so not loaded", Pass, guest => guest.WithFile("etc/modprobe.d/z.conf", "blacklist hv_vmbus\n")),
        new("HyperVBlocked", "built in, and not started", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} initcall_blacklist=hv_acpi_init\n"), Blocker),
        new("HyperVBlocked", "on the kernel's command line", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} module_blacklist=floppy,hv_netvsc\n"), Blocker),
        new("HyperVBlocked", "modprobe's parameter", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} modprobe.blacklist=hv_storvsc\n"), Blocker),
        new("HyperVBlocked", "in the initramfs", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} rd.driver.blacklist=hv_storvsc\n"), Blocker),
        new("HyperVBlocked", "the network's, in the initramfs alone", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} rd.driver.blacklist=hv_netvsc\n"), Warning),
        new("HyperVBlocked", "the services'", Fail, guest => guest.WithFile("etc/modprobe.d/z.conf", "blacklist hv_utils\n"), Warning),
        new("HyperVBlocked", "another command, which loads it", Pass, guest => guest.WithFile("etc/modprobe.d/z.conf", "install hv_netvsc /sbin/modprobe --ignore-install hv_netvsc\n# blacklist hv_netvsc\nblacklist hyperv_fb\n")),
        new("HyperVBlocked", "unreadable", Undetermined, guest => guest.Lose("etc/modprobe.d"), Blocker),

        new("HyperVInitramfs", "partly built in", Pass, guest => guest, Blocker),
        new("HyperVInitramfs", "all built in", Pass, guest => guest.WithoutFile(Archive).WithFile(BuiltIn, "kernel/hv_vmbus.ko\nkernel/hv_storvsc.ko\nkernel/hv_netvsc.ko\n")),
        new("HyperVInitramfs", "behind microcode, gzip", Pass, guest => guest.WithFile(Archive, [.. Initramfs.Of("kernel/x86/microcode/GenuineIntel.bin"), .. new byte[512], .. Compressed(HyperV)])),
        new("HyperVInitramfs", "missing", Fail, guest => guest.WithFile(Archive, Initramfs.Of("drivers/virtio_blk.ko")), Blocker),
        new("HyperVInitramfs", "the network's driver is on the root volume only", Fail, guest => guest.WithFile(Archive, Initramfs.Of("drivers/hv_storvsc.ko")).WithFile("lib/modules/6.1.0-28-amd64/modules.dep", "kernel/drivers/net/hyperv/hv_netvsc.ko.xz: kernel/drivers/hv/hv_vmbus.ko\n"), Warning),
        new("HyperVInitramfs", "the disk's driver is on the root volume only", Fail, guest => guest.WithFile(Archive, Initramfs.Of("drivers/hv_netvsc.ko")).WithFile("lib/modules/6.1.0-28-amd64/modules.dep", "kernel/drivers/scsi/hv_storvsc.ko: kernel/drivers/hv/hv_vmbus.ko\n"), Blocker),
        new("HyperVInitramfs", "a folder of a newer kernel that is gone", Pass, guest => guest.WithIdentity(Sample.Linux with { KernelVersions = ["6.1.0-99-amd64", "6.1.0-28-amd64"] }).WithFile("boot/vmlinuz-6.1.0-28-amd64", "x").WithFile("lib/modules/6.1.0-99-amd64/modules.builtin", "kernel/none.ko\n")),
        new("HyperVInitramfs", "a newer kernel without", Fail, guest => guest.WithIdentity(Sample.Linux with { KernelVersions = ["6.1.0-99-amd64", "6.1.0-28-amd64"] }).WithFile("boot/vmlinuz-6.1.0-28-amd64", "x").WithFile("boot/vmlinuz-6.1.0-99-amd64", "x").WithFile("boot/initrd.img-6.1.0-99-amd64", Initramfs.Of("drivers/virtio_blk.ko")), Blocker),
        new("HyperVInitramfs", "missing, gzip", Fail, guest => guest.WithFile(Archive, Compressed("drivers/hv_storvsc.ko")), Blocker),
        new("HyperVInitramfs", "Alpine's, by its boot entry", Pass, guest => guest.WithoutFile(Archive).WithFile("boot/initramfs-virt", Compressed(HyperV)).WithFile("boot/extlinux.conf", "LABEL virt\n  LINUX vmlinuz-virt\n  INITRD initramfs-virt\n  APPEND root=UUID=1\n").WithoutFile(Grub)),
        new("HyperVInitramfs", "Alpine's, by the kernel's flavour", Fail, guest => guest.WithoutFile(Archive).WithFile("boot/initramfs-virt", Initramfs.Of("drivers/virtio_blk.ko")).WithFile(Grub, "linux /boot/vmlinuz-virt root=UUID=1\n"), Blocker),
        new("HyperVInitramfs", "Arch's, behind its microcode", Pass, guest => guest.WithoutFile(Archive).WithFile("boot/amd-ucode.img", Initramfs.Of("kernel/x86/microcode/AuthenticAMD.bin")).WithFile("boot/initramfs-linux.img", Compressed(HyperV)).WithFile("boot/loader/entries/arch.conf", "linux /vmlinuz-linux\ninitrd /amd-ucode.img\ninitrd /initramfs-linux.img\noptions root=UUID=1\n")),
        new("HyperVInitramfs", "systemd's folder of a version", Fail, guest => guest.WithoutFile(Archive).WithFile("boot/efi/0123/6.1.0-28-amd64/initrd", Initramfs.Of("drivers/virtio_blk.ko")).WithFile("boot/efi/loader/entries/0123.conf", "linux /0123/6.1.0-28-amd64/linux\ninitrd /0123/6.1.0-28-amd64/initrd\noptions root=UUID=1\n"), Blocker),
        new("HyperVInitramfs", "in a unified kernel image", Pass, guest => guest.WithoutFile(Archive).WithoutFile(Grub).WithFile("boot/efi/EFI/Linux/0123-6.1.0-28-amd64.efi", UnifiedKernels.Make("root=UUID=1", Compressed(HyperV)))),
        new("HyperVInitramfs", "not in a unified kernel image", Fail, guest => guest.WithoutFile(Archive).WithoutFile(Grub).WithFile("boot/efi/EFI/Linux/0123-6.1.0-28-amd64.efi", UnifiedKernels.Make("root=UUID=1", Initramfs.Of("drivers/virtio_blk.ko"))), Blocker),
        new("HyperVInitramfs", "in a unified kernel image that tells its kernel's version itself", Pass, guest => guest.WithoutFile(Archive).WithoutFile(Grub).WithFile("boot/efi/EFI/Linux/debian-12.efi", UnifiedKernels.Make("root=UUID=1", Compressed(HyperV), "6.1.0-28-amd64"))),
        new("HyperVInitramfs", "in a unified kernel image of another version", Undetermined, guest => guest.WithoutFile(Archive).WithoutFile(Grub).WithFile("boot/efi/EFI/Linux/debian-12.efi", UnifiedKernels.Make("root=UUID=1", Compressed(HyperV), "5.10.0-8-amd64")), Blocker),
        new("HyperVInitramfs", "a boot entry whose initramfs is not there", Undetermined, guest => guest.WithoutFile(Archive).WithFile("boot/loader/entries/ostree-1.conf", "linux /ostree/a/vmlinuz-6.1.0-28-amd64\ninitrd /ostree/a/initramfs-6.1.0-28-amd64.img\noptions root=UUID=1\n"), Blocker),
        new("HyperVInitramfs", "ostree's, by its boot entry", Pass, guest => guest.WithoutFile(Archive).WithFile("boot/ostree/a/initramfs-6.1.0-28-amd64.img", Compressed(HyperV)).WithFile("boot/loader/entries/ostree-1.conf", "linux /ostree/a/vmlinuz-6.1.0-28-amd64\ninitrd /ostree/a/initramfs-6.1.0-28-amd64.img\noptions root=UUID=1\n")),
        new("HyperVInitramfs", "a program that is no unified kernel image", Undetermined, guest => guest.WithoutFile(Archive).WithFile("boot/efi/EFI/Linux/0123-6.1.0-28-amd64.efi", "MZ"), Blocker),
        new("HyperVInitramfs", "beside ostree's modules", Pass, guest => guest.WithoutFile(Archive).WithFile("usr/lib/modules/6.1.0-28-amd64/initramfs.img", Compressed(HyperV))),
        new("HyperVInitramfs", "NixOS', which has no /lib/modules", Pass, guest => guest.WithIdentity(Sample.Linux with { KernelVersions = [] }).WithFile("boot/kernels/x-initrd", Initramfs.Of([.. HyperV, "nvme.ko"])).WithFile(Grub, "linux ($drive1)//kernels/x-bzImage root=UUID=1\ninitrd ($drive1)//kernels/x-initrd\n")),
        new("HyperVInitramfs", "NixOS', and what is built in is not known", Undetermined, guest => guest.WithIdentity(Sample.Linux with { KernelVersions = [] }).WithFile("boot/kernels/x-initrd", Initramfs.Of(HyperV[0])).WithFile(Grub, "linux ($drive1)//kernels/x-bzImage root=UUID=1\ninitrd ($drive1)//kernels/x-initrd\n"), Blocker),
        new("HyperVInitramfs", "another kernel's boot entry", Undetermined, guest => guest.WithoutFile(Archive).WithFile("boot/initrd.img-9.9", Compressed(HyperV)).WithFile(Grub, "linux /boot/vmlinuz-9.9 root=UUID=1\ninitrd /boot/initrd.img-9.9\n"), Blocker),
        new("HyperVInitramfs", "bzip2", Undetermined, guest => guest.WithFile(Archive, "BZh91AY"u8.ToArray()), Blocker),
        new("HyperVInitramfs", "bzip2, but dracut is told", Undetermined, guest => guest.WithFile(Archive, "BZh91AY"u8.ToArray()).WithFile("etc/dracut.conf.d/azure.conf", "add_drivers+=\" hv_vmbus hv_netvsc hv_storvsc \"\n"), Warning),
        new("HyperVInitramfs", "damaged", Undetermined, guest => guest.WithFile(Archive, [.. Initramfs.Of("drivers/virtio_blk.ko").AsSpan(0, 200)]), Blocker),
        new("HyperVInitramfs", "no initramfs", Undetermined, guest => guest.WithoutFile(Archive), Blocker),
        new("HyperVInitramfs", "neither the kernel nor the initramfs of any boot entry is there", Fail, guest => guest.WithoutFile(Archive).WithFile(Grub, Gone), Blocker),
        new("HyperVInitramfs", "the files of no boot entry are there, though drivers are built in", Fail, guest => guest.WithoutFile(Archive).WithFile(Grub, Gone).WithFile(BuiltIn, "kernel/hv_vmbus.ko\nkernel/hv_storvsc.ko\nkernel/hv_netvsc.ko\n"), Blocker),
        new("HyperVInitramfs", "the files of no boot entry are there, but not every volume is read", Undetermined, guest => guest.WithoutFile(Archive).WithFile(Grub, Gone).Lose("VOLUMES"), Blocker),
        new("HyperVInitramfs", "the files of no boot entry are there, and there is no disk image", Undetermined, guest => guest.WithoutFile(Archive).WithFile(Grub, Gone).WithoutDisk(), Blocker),
        new("HyperVInitramfs", "the files of one boot entry of two are there", Undetermined, guest => guest.WithoutFile(Archive).WithFile("boot/vmlinuz-9.9", "kernel").WithFile(Grub, Gone + "linux /boot/vmlinuz-9.9 root=UUID=1\ninitrd /boot/initrd.img-9.9\n"), Blocker),
        new("HyperVInitramfs", "the files of no boot entry are there, and the entries are of a kernel without modules here", Undetermined, guest => guest.WithoutFile(Archive).WithFile(Grub, Gone.Replace("6.1.0-28", "6.1.0-29", StringComparison.Ordinal)), Blocker),
        new("HyperVInitramfs", "a loader's variable tells where the files are", Undetermined, guest => guest.WithoutFile(Archive).WithFile(Grub, Gone.Replace(" /boot", " ${where}/boot", StringComparison.Ordinal)), Blocker),
        new("HyperVInitramfs", "a loader's device holds the files", Undetermined, guest => guest.WithoutFile(Archive).WithFile(Grub, Gone.Replace(" /boot", " (loop)/boot", StringComparison.Ordinal)), Blocker),
        new("HyperVInitramfs", "paths from the loader's own folder", Undetermined, guest => guest.WithoutFile(Archive).WithoutFile(Grub).WithFile("boot/syslinux/syslinux.cfg", "LABEL arch\nLINUX ../vmlinuz-linux\nINITRD ../initramfs-linux.img\nAPPEND root=UUID=1\n"), Blocker),
        new("HyperVInitramfs", "firmware starts a unified kernel image, whatever boot entries name", Undetermined, guest => guest.WithoutFile(Archive).WithFile(Grub, Gone).WithFile("boot/efi/EFI/BOOT/BOOTX64.EFI", UnifiedKernels.Make("root=UUID=1", Compressed(HyperV))), Blocker),
        new("HyperVInitramfs", "no kernel", Undetermined, guest => guest.WithIdentity(Sample.Linux with { KernelVersions = [] }), Blocker),

        new("UdfVfat", "free", Pass, guest => guest),
        new("UdfVfat", "commented out", Pass, guest => guest.WithFile("etc/modprobe.d/cis.conf", "# blacklist udf\nblacklist cramfs\n")),
        new("UdfVfat", "blacklisted, cloud-init 22.4", Fail, guest => guest.WithFile("etc/modprobe.d/cis.conf", "blacklist udf\n"), Warning),
        new("UdfVfat", "blacklisted, cloud-init 25.1 by its own files", Fail, guest => guest.WithoutFile(CloudInitPackage).WithFile("usr/lib/python3/dist-packages/cloudinit/version.py", "# x\n__VERSION__ = \"25.1.3\"\n").WithFile("etc/modprobe.d/cis.conf", "blacklist udf\n"), Warning),
        new("UdfVfat", "blacklisted, cloud-init 20.4", Fail, guest => guest.WithoutFile(CloudInitPackage).WithFile("usr/lib/python3/dist-packages/cloud_init-20.4.egg-info", []).WithFile("etc/modprobe.d/cis.conf", "install vfat /bin/true\n"), Blocker),
        new("UdfVfat", "blacklisted, no cloud-init", Fail, guest => guest.WithoutFile(CloudInit).WithFile("usr/lib/modprobe.d/cis.conf", "install udf /sbin/nologin\n"), Blocker),
        new("UdfVfat", "unreadable", Undetermined, guest => guest.Lose("etc/modprobe.d"), Blocker),

        new("NoSwap", "none", Pass, guest => guest),
        new("NoSwap", "in fstab", Fail, guest => guest.WithFile("etc/fstab", "UUID=1 / ext4 defaults 0 1\n/dev/mapper/vg-swap none swap sw 0 0\n"), Warning),
        new("NoSwap", "a file", Fail, guest => guest.WithFile("swap.img", "x"), Warning),
        new("NoSwap", "a GPT partition", Fail, guest => guest.WithDisk(disk => disk with { Partitions = [.. disk.Partitions, new Partition { Number = 4, Offset = 60 << 20, Length = 1 << 20, TypeId = new Guid("0657FD6D-A4AB-43C4-84E5-0933C84B4F4F") }] }), Warning),
        new("NoSwap", "an MBR partition", Fail, guest => guest.WithDisk(disk => disk with { Partitions = [new Partition { Number = 2, Offset = 60 << 20, Length = 1 << 20, TypeCode = 0x82 }] }), Warning),
        new("NoSwap", "a running machine's", Fail, guest => guest.WithoutDisk().WithLive(new LiveFacts { SwapDevices = ["/dev/sda5"] }), Warning),
        new("NoSwap", "a running machine without", Pass, guest => guest.WithoutDisk().WithLive(new LiveFacts { SwapDevices = [] })),
        new("NoSwap", "no disk", Undetermined, guest => guest.WithoutDisk(), Warning),

        new("FstabStable", "UUIDs", Pass, guest => guest),
        new("FstabStable", "no file", Pass, guest => guest.WithoutFile("etc/fstab")),
        new("FstabStable", "sda", Fail, guest => guest.WithFile("etc/fstab", "/dev/sda1 / ext4 defaults 0 1\n"), Warning),
        new("FstabStable", "nvme", Fail, guest => guest.WithFile("etc/fstab", "/dev/nvme0n1p1\t/\text4\tdefaults 0 1\n"), Warning),
        new("FstabStable", "a DVD", Pass, guest => guest.WithFile("etc/fstab", "/dev/sr0 /media/cdrom0 udf,iso9660 user,noauto 0 0\n")),
        new("FstabStable", "unreadable", Undetermined, guest => guest.Lose("etc/fstab"), Warning),

        new("FstabMounts", "all there", Pass, guest => guest),
        new("FstabMounts", "a data disk, without which it starts", Pass, guest => guest.WithAbsentMounts("UUID=2 /data ext4 defaults,nofail 0 2\n/dev/sr0 /media udf user,noauto 0 0\n")),
        new("FstabMounts", "a data disk", Fail, guest => guest.WithAbsentMounts("UUID=2 /data ext4 defaults 0 2\n"), Warning),
        new("FstabMounts", "a running machine", NotApplicable, guest => guest.WithoutDisk().WithLive(new LiveFacts())),
        new("FstabMounts", "no disk", Undetermined, guest => guest.WithoutDisk(), Warning),

        new("NoExecMounts", "none", Pass, guest => guest),
        new("NoExecMounts", "no file", Pass, guest => guest.WithoutFile("etc/fstab")),
        new("NoExecMounts", "/var", Fail, guest => guest.WithFile("etc/fstab", "UUID=2 /var xfs defaults,nodev,noexec 0 2\n"), Warning),
        new("NoExecMounts", "/var/lib/, with a slash", Fail, guest => guest.WithFile("etc/fstab", "UUID=2 /var/lib/ xfs noexec\n"), Warning),
        new("NoExecMounts", "/var, whose own volumes below allow it", Pass, guest => guest.WithFile("etc/fstab", "UUID=2 /var xfs noexec 0 2\nUUID=3 /var/lib xfs defaults 0 2\nUUID=4 /var/tmp xfs defaults 0 2\n")),
        new("NoExecMounts", "/tmp in memory", Fail, guest => guest.WithFile("etc/fstab", "tmpfs /tmp tmpfs defaults,nosuid,nodev,noexec 0 0\n"), Warning),
        new("NoExecMounts", "/var/tmp, bound to /tmp", Fail, guest => guest.WithFile("etc/fstab", "/tmp /var/tmp none bind,noexec 0 0\n"), Warning),
        new("NoExecMounts", "user implies it", Fail, guest => guest.WithFile("etc/fstab", "UUID=2 /var ext4 rw,user 0 2\n"), Warning),
        new("NoExecMounts", "a later exec takes it back", Pass, guest => guest.WithFile("etc/fstab", "UUID=2 /var ext4 user,noexec,exec 0 2\n")),
        new("NoExecMounts", "other folders", Pass, guest => guest.WithFile("etc/fstab", "UUID=2 /var/log xfs noexec\nUUID=3 /variable xfs noexec\nUUID=4 /home xfs noexec\ntmpfs /dev/shm tmpfs noexec\n")),
        new("NoExecMounts", "a mount unit", Fail, guest => guest.WithFile("etc/systemd/system/tmp.mount", TmpUnit).WithFile("etc/systemd/system/local-fs.target.wants/tmp.mount", TmpUnit), Warning),
        new("NoExecMounts", "the distribution's mount unit", Fail, guest => guest.WithFile("usr/lib/systemd/system/tmp.mount", TmpUnit).WithLink("usr/lib/systemd/system/local-fs.target.wants/tmp.mount"), Warning),
        new("NoExecMounts", "a mount unit that another target starts", Fail, guest => guest.WithFile("etc/systemd/system/var-lib-waagent.mount", "[Mount]\nWhat=/dev/vg/a\nWhere=/var/lib/waagent\nOptions = nosuid,noexec\n").WithLink("etc/systemd/system/multi-user.target.wants/var-lib-waagent.mount"), Warning),
        new("NoExecMounts", "a mount unit that nothing starts", Pass, guest => guest.WithFile("usr/lib/systemd/system/tmp.mount", TmpUnit)),
        new("NoExecMounts", "a mount unit that is masked", Pass, guest => guest.WithFile("usr/lib/systemd/system/tmp.mount", TmpUnit).WithLink("usr/lib/systemd/system/local-fs.target.wants/tmp.mount").WithLink("etc/systemd/system/tmp.mount")),
        new("NoExecMounts", "a mount unit that fstab stands before", Pass, guest => guest.WithFile("usr/lib/systemd/system/tmp.mount", TmpUnit).WithLink("usr/lib/systemd/system/local-fs.target.wants/tmp.mount").WithFile("etc/fstab", "tmpfs /tmp tmpfs defaults 0 0\n")),
        new("NoExecMounts", "the administrator's mount unit, which stands before fstab", Fail, guest => guest.WithFile("etc/systemd/system/tmp.mount", TmpUnit).WithFile("etc/fstab", "tmpfs /tmp tmpfs defaults 0 0\n"), Warning),
        new("NoExecMounts", "a drop-in of a mount unit", Fail, guest => guest.WithFile("usr/lib/systemd/system/tmp.mount", "[Mount]\nWhat=tmpfs\nWhere=/tmp\n").WithLink("usr/lib/systemd/system/local-fs.target.wants/tmp.mount").WithFile("etc/systemd/system/tmp.mount.d/options.conf", "[Mount]\nOptions=mode=1777,noexec\n"), Warning),
        new("NoExecMounts", "a drop-in that takes it back", Pass, guest => guest.WithFile("etc/systemd/system/tmp.mount", TmpUnit).WithLink("etc/systemd/system/local-fs.target.wants/tmp.mount").WithFile("etc/systemd/system/tmp.mount.d/20-exec.conf", "[Mount]\nOptions=mode=1777\n").WithFile("usr/lib/systemd/system/tmp.mount.d/10-noexec.conf", "[Mount]\nOptions=noexec\n")),
        new("NoExecMounts", "a drop-in of fstab's line", Fail, guest => guest.WithFile("etc/fstab", "UUID=2 /var xfs defaults 0 2\n").WithFile("etc/systemd/system/var.mount.d/options.conf", "[Mount]\nOptions=defaults,noexec\n"), Warning),
        new("NoExecMounts", "a unit that can't be read", Undetermined, guest => guest.Lose("etc/systemd/system/tmp.mount"), Warning),
        new("NoExecMounts", "a comment", Pass, guest => guest.WithFile("etc/fstab", "# UUID=2 /var xfs noexec\n")),
        new("NoExecMounts", "unreadable", Undetermined, guest => guest.Lose("etc/fstab"), Warning),

        new("SELinuxLabels", "none is wanted", NotApplicable, guest => guest.WithoutLabel("etc/passwd")),
        new("SELinuxLabels", "labelled", Pass, guest => guest.WithDistribution("rhel", "9.4").WithFile(SELinux, "# SELINUX=\nSELINUX=enforcing\nSELINUXTYPE=targeted\n")),
        new("SELinuxLabels", "accounts without", Fail, guest => guest.WithDistribution("rhel", "9.4").WithFile(SELinux, "SELINUX=enforcing\n").WithoutLabel("etc/passwd"), Warning),
        new("SELinuxLabels", "without, and permissive", NotApplicable, guest => guest.WithDistribution("rhel", "9.4").WithFile(SELinux, "SELINUX=permissive\n").WithoutLabel("etc/passwd")),
        new("SELinuxLabels", "without, and labelled at the next start", Pass, guest => guest.WithDistribution("rhel", "9.4").WithFile(SELinux, "SELINUX=enforcing\n").WithoutLabel("etc/passwd").WithFile(".autorelabel", [])),
        new("SELinuxLabels", "without, and off by the kernel's command line", Pass, guest => guest.WithDistribution("rhel", "9.4").WithFile(SELinux, "SELINUX=enforcing\n").WithoutLabel("etc/passwd").WithFile(Grub, $"linux /vmlinuz {Azure} selinux=0\n")),
        new("SELinuxLabels", "not read", Undetermined, guest => guest.WithDistribution("rhel", "9.4").WithFile(SELinux, "SELINUX=enforcing\n").WithoutLabel("*"), Warning),
        new("SELinuxLabels", "settings that Debian does not use", NotApplicable, guest => guest.WithFile(SELinux, "SELINUX=enforcing\n").WithoutLabel("etc/passwd")),
        new("SELinuxLabels", "settings that Debian is told to use", Fail, guest => guest.WithFile(SELinux, "SELINUX=enforcing\n").WithoutLabel("etc/passwd").WithFile(Grub, $"linux /vmlinuz {Azure} security=selinux\n"), Warning),

        new("Lvm", "partitions", Pass, guest => guest),
        new("Lvm", "mapped", Fail, guest => guest.WithFile("etc/fstab", "/dev/mapper/rootvg-rootlv / xfs defaults 0 0\n"), Information),
        new("Lvm", "group and volume", Fail, guest => guest.WithFile("etc/fstab", "/dev/rootvg/rootlv / xfs defaults 0 0\n"), Information),
        new("Lvm", "a physical volume", Fail, guest => guest.WithVolume(volume => volume with { FileSystem = FileSystemKind.LvmPhysicalVolume }), Information),
        new("Lvm", "unreadable", Undetermined, guest => guest.Lose("etc/fstab"), Information),

        new("SshServer", "enabled, 180", Pass, guest => guest),
        new("SshServer", "its socket, 3 minutes", Pass, guest => guest.WithoutFile(Wants + "/ssh.service").WithLink("etc/systemd/system/sockets.target.wants/ssh.socket").WithFile(Ssh, "clientaliveinterval=3m\n")),
        new("SshServer", "the first of two counts", Pass, guest => guest.WithFile("etc/ssh/sshd_config.d/10-azure.conf", "ClientAliveInterval 120\n").WithFile(Ssh, "Include /etc/ssh/sshd_config.d/*.conf\nClientAliveInterval 0\n")),
        new("SshServer", "minutes and seconds", Pass, guest => guest.WithFile(Ssh, "ClientAliveInterval 2m30s\n")),
        new("SshServer", "OpenRC's", Pass, guest => guest.WithoutFile(Wants + "/ssh.service").WithLink("etc/runlevels/default/sshd")),
        new("SshServer", "no time", Fail, guest => guest.WithFile(Ssh, "ClientAliveInterval 3x\n"), Warning),
        new("SshServer", "interval not set", Fail, guest => guest.WithFile(Ssh, "#ClientAliveInterval 180\nMatch User x\nClientAliveInterval 180\n"), Warning),
        new("SshServer", "interval too long", Fail, guest => guest.WithFile(Ssh, "ClientAliveInterval 236\n"), Warning),
        new("SshServer", "not enabled", Fail, guest => guest.WithoutFile(Wants + "/ssh.service"), Warning),
        new("SshServer", "not installed", Fail, guest => guest.WithoutFile("usr/sbin/sshd"), Warning),
        new("SshServer", "no configuration", Undetermined, guest => guest.WithoutFile(Ssh), Warning),

        new("UdevPersistentNet", "none", Pass, guest => guest),
        new("UdevPersistentNet", "rules", Fail, guest => guest.WithFile("etc/udev/rules.d/70-persistent-net.rules", "x"), Warning),
        new("UdevPersistentNet", "SUSE's", Fail, guest => guest.WithDistribution("sles", "15.5").WithFile("etc/sysconfig/network/ifcfg-eth0", "x"), Warning),
        new("UdevPersistentNet", "SUSE's file elsewhere", Pass, guest => guest.WithFile("etc/sysconfig/network/ifcfg-eth0", "x")),
        new("UdevPersistentNet", "Red Hat's generator", Fail, guest => guest.WithDistribution("ol", "6.10").WithFile("lib/udev/rules.d/75-persistent-net-generator.rules", "x"), Warning),
        new("UdevPersistentNet", "Red Hat's generator, masked", Pass, guest => guest.WithDistribution("rhel", "6.10").WithFile("lib/udev/rules.d/75-persistent-net-generator.rules", "x").WithLink("etc/udev/rules.d/75-persistent-net-generator.rules")),
        new("UdevPersistentNet", "unreadable", Undetermined, guest => guest.Lose("etc/udev"), Warning),

        new("Netplan", "Ubuntu, none", Pass, guest => guest.WithDistribution("ubuntu", "22.04")),
        new("Netplan", "Ubuntu, the installer's", Fail, guest => guest.WithDistribution("ubuntu", "22.04").WithFile("etc/netplan/00-installer-config.yaml", "x"), Warning),
        new("Netplan", "Debian", NotApplicable, guest => guest.WithFile("etc/netplan/x.yaml", "x")),
        new("Netplan", "unreadable", Undetermined, guest => guest.WithDistribution("ubuntu", "22.04").Lose("etc/netplan"), Warning),

        new("MachineNetwork", "DHCP", Pass, guest => guest.WithFile("etc/sysconfig/network-scripts/ifcfg-eth0", "DEVICE=eth0\nBOOTPROTO=dhcp\nHWADDR=\n").WithFile("etc/sysconfig/network-scripts/ifcfg-lo", "IPADDR=127.0.0.1\n").WithFile("etc/network/interfaces", "iface lo inet loopback\niface eth0 inet dhcp\n")),
        new("MachineNetwork", "a network card in ifcfg", Fail, guest => guest.WithFile("etc/sysconfig/network-scripts/ifcfg-ens192", "BOOTPROTO=dhcp\nHWADDR=00:50:56:AA:BB:CC\n"), Warning),
        new("MachineNetwork", "an address in SUSE's ifcfg", Fail, guest => guest.WithFile("etc/sysconfig/network/ifcfg-eth0", "BOOTPROTO='static'\nIPADDR='10.1.2.3/24'\n"), Warning),
        new("MachineNetwork", "a network card in a keyfile", Fail, guest => guest.WithFile("etc/NetworkManager/system-connections/ens192.nmconnection", "[ethernet]\nmac-address=00:50:56:AA:BB:CC\n"), Warning),
        new("MachineNetwork", "an address in a keyfile", Fail, guest => guest.WithFile("etc/NetworkManager/system-connections/ens192", "[ipv4]\naddress1=10.1.2.3/24,10.1.2.1\nmethod=manual\n"), Warning),
        new("MachineNetwork", "a keyfile that makes up addresses", Pass, guest => guest.WithFile("etc/NetworkManager/system-connections/x.nmconnection", "[ethernet]\ncloned-mac-address=stable\n[ipv6]\naddr-gen-mode=eui64\nmethod=auto\n")),
        new("MachineNetwork", "a network card in systemd's link", Fail, guest => guest.WithFile("etc/systemd/network/10-eth0.link", "[Match]\nMACAddress=00:50:56:aa:bb:cc\n[Link]\nName=eth0\n"), Warning),
        new("MachineNetwork", "an address in systemd's network", Fail, guest => guest.WithFile("etc/systemd/network/10-eth0.network", "[Match]\nName=eth0\n[Network]\nAddress=10.1.2.3/24\n"), Warning),
        new("MachineNetwork", "systemd's network with DHCP", Pass, guest => guest.WithFile("etc/systemd/network/10-eth0.network", "[Match]\nName=eth*\n[Network]\nDHCP=yes\n# Address=10.1.2.3\n")),
        new("MachineNetwork", "a network card in netplan", Fail, guest => guest.WithFile("etc/netplan/01.yaml", "network:\n  ethernets:\n    eth0:\n      match:\n        macaddress: 00:50:56:aa:bb:cc\n      dhcp4: true\n"), Warning),
        new("MachineNetwork", "an address in netplan", Fail, guest => guest.WithFile("etc/netplan/01.yaml", "network:\n  ethernets:\n    eth0:\n      nameservers:\n        addresses: [8.8.8.8]\n      addresses: [10.1.2.3/24]\n"), Warning),
        new("MachineNetwork", "name servers alone in netplan", Pass, guest => guest.WithFile("etc/netplan/01.yaml", "network:\n  ethernets:\n    eth0:\n      dhcp4: true\n      nameservers:\n        search: [x]\n        addresses:\n        - 8.8.8.8\n")),
        new("MachineNetwork", "what cloud-init wrote, and writes anew", Pass, guest => guest.WithFile("etc/netplan/50-cloud-init.yaml", "network:\n  ethernets:\n    eth0:\n      match:\n        macaddress: 00:0d:3a:aa:bb:cc\n").WithFile("etc/sysconfig/network-scripts/ifcfg-eth0", "# Created by cloud-init on instance boot automatically, do not edit.\nHWADDR=00:0d:3a:aa:bb:cc\n")),
        new("MachineNetwork", "what cloud-init wrote, and no longer does", Fail, guest => guest.WithoutFile(CloudInitUnit).WithFile("etc/sysconfig/network-scripts/ifcfg-eth0", "# Created by cloud-init on instance boot automatically, do not edit.\nHWADDR=00:0d:3a:aa:bb:cc\n"), Warning),
        new("MachineNetwork", "an address in a drop-in of systemd's network", Fail, guest => guest.WithFile("etc/systemd/network/10-eth0.network", "[Match]\nName=eth0\n").WithFile("etc/systemd/network/10-eth0.network.d/static.conf", "[Network]\nAddress=10.1.2.3/24\n"), Warning),
        new("MachineNetwork", "a drop-in of systemd's network with DHCP", Pass, guest => guest.WithFile("etc/systemd/network/10-eth0.network.d/dhcp.conf", "[Network]\nDHCP=yes\n")),
        new("MachineNetwork", "an address in netctl's profile", Fail, guest => guest.WithFile("etc/netctl/lan", "Interface=eth0\nConnection=ethernet\nIP=static\nAddress=('10.1.2.3/24')\n"), Warning),
        new("MachineNetwork", "an address in dhcpcd's settings", Fail, guest => guest.WithFile("etc/dhcpcd.conf", "interface eth0\nstatic ip_address=10.1.2.3/24\nstatic routers=10.1.2.1\n"), Warning),
        new("MachineNetwork", "dhcpcd's settings without", Pass, guest => guest.WithFile("etc/dhcpcd.conf", "hostname\n#static ip_address=10.1.2.3/24\nstatic domain_name_servers=10.1.2.1\n")),
        new("MachineNetwork", "a udev rule of any name", Fail, guest => guest.WithFile("etc/udev/rules.d/10-net.rules", "SUBSYSTEM==\"net\", ACTION==\"add\", ATTR{address}==\"00:50:56:aa:bb:cc\", NAME=\"lan0\"\n"), Warning),
        new("MachineNetwork", "an address in Debian's interfaces", Fail, guest => guest.WithFile("etc/network/interfaces.d/eth0", "auto eth0\niface eth0 inet static\n  address 10.1.2.3/24\n"), Warning),
        new("MachineNetwork", "an address on the kernel's command line", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} ip=10.1.2.3::10.1.2.1:255.255.255.0:web01:eth0:none\n"), Warning),
        new("MachineNetwork", "DHCP on the kernel's command line", Pass, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} ip=dhcp\n")),
        new("MachineNetwork", "an installer's settings for cloud-init", Fail, guest => guest.WithFile("etc/cloud/cloud.cfg.d/90-installer-network.cfg", "network:\n  version: 2\n  ethernets:\n    ens160:\n      dhcp4: true\n"), Warning),
        new("MachineNetwork", "cloud-init's own settings of what writes it", Pass, guest => guest.WithFile("etc/cloud/cloud.cfg", "system_info:\n  network:\n    renderers: ['netplan']\n")),
        new("MachineNetwork", "Azure's metadata is left out", Fail, guest => guest.WithFile("etc/cloud/cloud.cfg.d/99-z.cfg", "datasource:\n  Azure:\n    apply_network_config: false\n"), Warning),
        new("MachineNetwork", "Azure's metadata is left out, as the instructions for Red Hat's say", Pass, guest => RedHat(guest, Azure).WithFile("etc/cloud/cloud.cfg.d/99-z.cfg", "datasource:\n  Azure:\n    apply_network_config: False\n")),
        new("MachineNetwork", "cloud-init leaves it alone, and so does everything else", Fail, guest => guest.WithFile("etc/cloud/cloud.cfg.d/99-disable-network-config.cfg", "network: {config: disabled}\n"), Blocker),
        new("MachineNetwork", "cloud-init leaves it alone, in a block", Fail, guest => guest.WithFile("etc/cloud/cloud.cfg.d/99-disable-network-config.cfg", "network:\n  config: disabled\n"), Blocker),
        new("MachineNetwork", "cloud-init leaves it alone, by the kernel's command line", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure} network-config=disabled\n"), Blocker),
        new("MachineNetwork", "cloud-init leaves it alone, and netplan sets it up", Pass, guest => guest.WithFile("etc/cloud/cloud.cfg.d/99-disable-network-config.cfg", "network: {config: disabled}\n").WithFile("etc/netplan/01.yaml", "network:\n  ethernets:\n    all:\n      dhcp4: true\n")),
        new("MachineNetwork", "cloud-init leaves it alone, and NetworkManager sets it up", Pass, guest => guest.WithFile("etc/cloud/cloud.cfg.d/99-disable-network-config.cfg", "network: {config: disabled}\n").WithLink(Wants + "/NetworkManager.service")),
        new("MachineNetwork", "unreadable", Undetermined, guest => guest.Lose("etc/netplan"), Warning),

        new("Gen2Boot", "a loader on the disk", Pass, guest => guest),
        new("Gen2Boot", "no loader on the disk", Fail, guest => guest.WithDisk(disk => disk with { SupportedGenerations = VmGenerations.V1 }), Warning),
        new("Gen2Boot", "generation 1 wanted", NotApplicable, guest => guest.WithDisk(disk => disk with { SupportedGenerations = VmGenerations.V1 }), Options: new ReadinessOptions { Generation = 1 }),
        new("Gen2Boot", "mounted", Pass, guest => guest.WithoutDisk().WithFile("boot/efi/EFI/BOOT/BOOTX64.EFI", "MZ")),
        new("Gen2Boot", "neither disk nor mounted", Undetermined, guest => guest.WithoutDisk(), Warning),

        new("LinuxManaDriver", "built in", Pass, guest => guest.WithFile("lib/modules/6.1.0-28-amd64/modules.builtin", "kernel/drivers/hv/hv_vmbus.ko\nkernel/drivers/net/ethernet/microsoft/mana/mana.ko\n")),
        new("LinuxManaDriver", "a module", Pass, guest => guest.WithFile("lib/modules/6.1.0-28-amd64/modules.dep", "kernel/drivers/net/ethernet/microsoft/mana/mana.ko.xz: kernel/x.ko\n")),
        new("LinuxManaDriver", "another", Fail, guest => guest.WithFile("lib/modules/6.1.0-28-amd64/modules.dep", "kernel/drivers/infiniband/hw/mana/mana_ib.ko: kernel/drivers/net/ethernet/microsoft/mana/mana.ko\n"), Information),
        new("LinuxManaDriver", "not listed", Undetermined, guest => guest, Information),
        new("LinuxManaDriver", "no kernel", Undetermined, guest => guest.WithIdentity(guest.Identity! with { KernelVersions = [] }), Information),

        new("LinuxMetadataAgent", "there", Pass, guest => guest.WithFile("usr/sbin/azure-proxy-agent", "ELF").WithLink("etc/systemd/system/multi-user.target.wants/azure-proxy-agent.service")),
        new("LinuxMetadataAgent", "not started", Fail, guest => guest.WithFile("usr/sbin/azure-proxy-agent", "ELF"), Information),
        new("LinuxMetadataAgent", "absent", NotApplicable, guest => guest),
        new("LinuxMetadataAgent", "unreadable", Undetermined, guest => guest.Lose("usr"), Information),

        new("NvmeReady", "built in", Pass, guest => guest),
        new("NvmeReady", "no driver", Fail, guest => guest.WithFile(BuiltIn, "kernel/hv_vmbus.ko\n"), Information),
        new("NvmeReady", "no timeout", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure}\n"), Information),
        new("NvmeReady", "the timeout is set by a rule of udev", Pass, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure}\n").WithFile("usr/lib/udev/rules.d/80-azure-disk.rules", "SUBSYSTEM==\"block\", KERNEL==\"nvme*\", ENV{DEVTYPE}==\"disk\", ATTR{queue/io_timeout}=\"240000\"\n")),
        new("NvmeReady", "the timeout is a short one by a rule of udev", Fail, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure}\n").WithFile("usr/lib/udev/rules.d/80-azure-disk.rules", "KERNEL==\"nvme*\", ATTR{queue/io_timeout}=\"30000\"\n"), Information),
        new("NvmeReady", "the timeout is set for the module", Pass, guest => guest.WithFile(Grub, $"linux /vmlinuz {Azure}\n").WithFile("etc/modprobe.d/nvme.conf", "options nvme_core io_timeout=240\n")),
        new("NvmeReady", "no kernel", Undetermined, guest => guest.WithIdentity(Sample.Linux with { KernelVersions = [] }), Information),
    ];

    private static MemoryGuest RedHat(MemoryGuest guest, string options)
        => guest.WithDistribution("rhel", "9.4").WithoutFile(Grub).WithFile("boot/loader/entries/1-5.14.0.conf", $"title Red Hat Enterprise Linux\noptions root=UUID=1 ro {options}\n");

    private static byte[] Compressed(params string[] names)
    {
        MemoryStream compressed = new();
        using (GZipStream gzip = new(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(Initramfs.Of(names));
        }

        return compressed.ToArray();
    }
}
